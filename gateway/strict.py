"""Reading what a request says, strictly: a body, a header or a query that could be understood in two ways is
refused.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Request
from marshmallow import Schema, ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import Headers
from werkzeug.exceptions import UnsupportedMediaType

from shared.errors import FieldError, Invalid
from shared.strict_json import read_strict_json

CORRELATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,200}")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
ETAG = re.compile(r'"(\d{1,15})"')


class Malformed(Invalid):
    """The request cannot be read at all, so nothing in it could be checked."""

    kind = "malformed"
    title = "The request cannot be read"


def malformed(field: str, rule: str, message: str) -> Malformed:
    """A `Malformed` about one part of the request."""
    return Malformed(message, errors=[FieldError(field=field, rule=rule, message=message)])


def read_json(body: bytes) -> Any:
    """JSON with one meaning (`shared.strict_json`). Raises `Malformed`."""
    try:
        return read_strict_json(body)
    except Invalid as error:
        raise Malformed(error.detail, errors=error.errors) from error


def correlation_of(headers: Headers) -> str:
    """The caller's correlation id, or a fresh one. Raises `Malformed`."""
    given = headers.get("X-Correlation-Id")
    if given is None:
        return str(uuid.uuid4())
    if not CORRELATION.fullmatch(given):
        raise malformed("X-Correlation-Id", "format", "X-Correlation-Id must be 1 to 128 of A-Z a-z 0-9 . _ : -")
    return given


def idempotency_key_of(headers: Headers) -> str | None:
    """The caller's idempotency key, if given. Raises `Malformed`."""
    given = headers.get("Idempotency-Key")
    if given is None:
        return None
    if not IDEMPOTENCY_KEY.fullmatch(given):
        raise malformed("Idempotency-Key", "format", "Idempotency-Key must be 1 to 200 visible ASCII characters")
    return given


def traceparent_of(headers: Headers) -> str | None:
    """The W3C trace context, passed on when well formed and left out otherwise, as that standard asks."""
    given = headers.get("traceparent", "")
    return given if TRACEPARENT.fullmatch(given) else None


def expected_version_of(headers: Headers) -> int | None:
    """The version named by `If-Match`; none when absent or `*`. Raises `Malformed`."""
    given = headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    found = ETAG.fullmatch(given.strip())
    if found is None:
        raise malformed("If-Match", "format", 'If-Match must be one ETag that this API gave, such as "3"')
    return int(found.group(1))


def field_errors(messages: Any, path: str = "") -> list[FieldError]:
    """Marshmallow's nested messages as a flat list, each with its dotted path and the rule it breaks."""
    if isinstance(messages, Mapping):
        return [error for name, inner in messages.items() for error in field_errors(inner, _join(path, str(name)))]
    texts = messages if isinstance(messages, list) else [messages]
    return [FieldError(field=path or "body", rule=_rule_of(str(text)), message=str(text)) for text in texts]


def refuse(error: ValidationError) -> NoReturn:
    """Raises `Invalid` with every field error that marshmallow found."""
    errors = field_errors(error.messages)
    raise Invalid("; ".join(f"{found.field}: {found.message}" for found in errors[:3]), errors=errors) from error


class StrictParser(FlaskParser):
    """Webargs with strict JSON, unknown query parameters refused, and our own problems."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012  webargs' declaration
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,  # what the schema says: refused, unless it takes any name
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        body = req.get_data(cache=True)
        if not body:
            return {}
        if not core.is_json(req.mimetype):
            raise UnsupportedMediaType("send the body as application/json")
        return read_json(body)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        unwrapped = error.messages
        for location in ("json", "query"):
            if isinstance(unwrapped, dict) and set(unwrapped) == {location}:
                unwrapped = unwrapped[location]
        refuse(ValidationError(unwrapped))


def _join(path: str, name: str) -> str:
    if name == "_schema":
        return path
    return f"{path}.{name}" if path else name


_RULES = (
    ("missing data", "required"),
    ("unknown field", "unknown"),
    ("may not be null", "required"),
    ("not a valid", "format"),
    ("must be one of", "choice"),
    ("longer than", "length"),
    ("shorter than", "length"),
    ("length must", "length"),
    ("must be greater", "range"),
    ("must be less", "range"),
    ("page", "range"),
)


def _rule_of(message: str) -> str:
    lower = message.lower()
    return next((rule for words, rule in _RULES if words in lower), "format")
