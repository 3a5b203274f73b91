"""Shape errors of marshmallow as named field errors, for every edge alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from shared.errors import FieldError, Invalid


def field_errors(error: ValidationError, *, prefix: str = "") -> list[FieldError]:
    """One `FieldError` per message, with the field as a dotted path."""
    messages: Any = error.messages
    return list(_walk(messages, prefix))


def load(schema: Schema, payload: Any) -> Any:
    """Loads a payload through a schema. Raises `Invalid` naming each field and rule."""
    try:
        return schema.load(payload)
    except ValidationError as error:
        raise Invalid("some fields are not valid", errors=field_errors(error)) from error


def _walk(messages: Any, path: str) -> Any:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _walk(inner, path if name == "_schema" else _join(path, name))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(field=path or "body", rule=_rule(str(message)), message=str(message))


def _join(path: str, name: Any) -> str:
    return f"{path}.{name}" if path else str(name)


def _rule(message: str) -> str:
    if message.startswith("Missing data"):
        return "required"
    if message.startswith("Unknown field"):
        return "unknown"
    return "invalid"
