"""marshmallow schemas and JSON Schemas made from event dataclasses, so that a type is written down once."""

from __future__ import annotations

import dataclasses
import types
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

TEXT_LIMIT = 4000
_AS_THEY_ARE = frozenset([str, int, bool])


class Instant(fields.AwareDateTime):
    """An instant with its offset; kept in UTC to the millisecond."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        parsed: datetime = super()._deserialize(value, attr, data, **kwargs)
        utc = parsed.astimezone(UTC)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


@cache
def schema_of(cls: Any) -> Schema:
    """A schema whose `load` gives an instance of the dataclass; errors name the field by dotted path."""
    hints = get_type_hints(cls, include_extras=True)
    members: dict[str, Any] = {f.name: _field(hints[f.name], required=is_required(f)) for f in dataclasses.fields(cls)}

    def build(self: Schema, data: dict[str, Any], **kwargs: Any) -> Any:
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in data.items()})

    members["build"] = post_load(build)
    members["Meta"] = type("Meta", (), {"unknown": EXCLUDE})
    schema_class = type(f"{cls.__name__}Schema", (Schema,), members)
    schema: Schema = schema_class()
    return schema


def dump_event(value: Any) -> Any:
    """A dataclass as JSON values: instants and days as ISO text, tuples as lists, absent optionals left out."""
    if (names := _names_of(value.__class__)) is not None:
        held = [(name, getattr(value, name)) for name in names]
        return {name: v if type(v) in _AS_THEY_ARE else dump_event(v) for name, v in held if v is not None}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [dump_event(v) for v in value]
    if isinstance(value, dict):
        return {name: dump_event(v) for name, v in value.items()}
    return value


@cache
def _names_of(cls: Any) -> tuple[str, ...] | None:
    """The fields of a dataclass, in their order; nothing for any other class."""
    return tuple(f.name for f in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else None


def json_schema(cls: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an event's data."""
    hints = get_type_hints(cls, include_extras=True)
    members = {f.name: _json(hints[f.name]) for f in dataclasses.fields(cls)}
    required = [f.name for f in dataclasses.fields(cls) if is_required(f)]
    return {"type": "object", "properties": members, "required": required}


def is_required(f: dataclasses.Field[Any]) -> bool:
    """Whether data must have this field."""
    return f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING


def _field(hint: Any, *, required: bool) -> fields.Field[Any]:
    inner, about, optional = unwrapped(hint)
    options: dict[str, Any] = {"required": required, "allow_none": optional}
    if about:
        options["metadata"] = {"description": about}
    if get_origin(inner) is Literal:
        return fields.String(validate=validate.OneOf(get_args(inner)), **options)
    if get_origin(inner) is tuple:
        return fields.List(_field(get_args(inner)[0], required=True), **options)
    if dataclasses.is_dataclass(inner):
        nested: Any = inner
        return fields.Nested(schema_of(nested), **options)
    return _plain_field(inner, options)


def _plain_field(inner: Any, options: dict[str, Any]) -> fields.Field[Any]:
    if inner is str:
        return fields.String(validate=validate.Length(max=TEXT_LIMIT), **options)
    if inner is bool:
        return fields.Boolean(truthy={True}, falsy={False}, **options)
    if inner is int:
        return fields.Integer(strict=True, **options)
    if inner is datetime:
        return Instant(**options)
    if inner is date:
        return fields.Date(format="iso", **options)
    raise TypeError(f"events cannot hold {inner!r}")


def _json(hint: Any) -> dict[str, Any]:
    inner, about, _ = unwrapped(hint)
    described = {"description": about} if about else {}
    if get_origin(inner) is Literal:
        return {"type": "string", "enum": list(get_args(inner))} | described
    if get_origin(inner) is tuple:
        return {"type": "array", "items": _json(get_args(inner)[0])} | described
    if dataclasses.is_dataclass(inner):
        return json_schema(inner) | described
    return _PLAIN[inner] | described


_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string", "maxLength": TEXT_LIMIT},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def unwrapped(hint: Any) -> tuple[Any, str, bool]:
    """The bare type, its description (from `Annotated`) and whether it may be null."""
    about = ""
    if get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        about = " ".join(note for note in notes if isinstance(note, str))
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, about, False
    bare = [part for part in get_args(hint) if part is not type(None)]
    inner, inner_about, _ = unwrapped(bare[0])
    return inner, about or inner_about, True
