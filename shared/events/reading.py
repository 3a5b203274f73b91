"""Reads an event's data: at once where everything is plainly right, else by the schema, which says what is wrong.

Most data is right, and marshmallow takes ten times as long to find so.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from shared.events.schemas import TEXT_LIMIT, is_required, schema_of, unwrapped

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
Reader = Callable[[Any], Any]


class _InDoubt(Exception):
    """Not in the form that `dump_event` writes: for the schema to judge."""


def read_event(cls: Any, data: Mapping[str, Any]) -> Any:
    """What `schema_of(cls).load(data)` gives. Raises marshmallow's error."""
    try:
        return _reader(cls)(data)
    except (_InDoubt, ValueError):
        return schema_of(cls).load(data)


@cache
def _reader(hint: Any) -> Reader:
    inner, _, is_optional = unwrapped(hint)
    read = _reader_of_value(inner)
    return (lambda value: None if value is None else read(value)) if is_optional else read


def _reader_of_value(inner: Any) -> Reader:
    if get_origin(inner) is Literal:
        return _reader_of_choice(frozenset(get_args(inner)))
    if get_origin(inner) is tuple:
        return _reader_of_tuple(_reader(get_args(inner)[0]))
    if dataclasses.is_dataclass(inner):
        return _reader_of_record(inner)
    return _PLAIN[inner]


def _reader_of_record(cls: Any) -> Reader:
    hints = get_type_hints(cls, include_extras=True)
    fields = [(f.name, _reader(hints[f.name]), is_required(f)) for f in dataclasses.fields(cls)]

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise _InDoubt
        found = {}
        for name, read_field, required in fields:
            if name in data:
                found[name] = read_field(data[name])
            elif required:
                raise _InDoubt
        return cls(**found)

    return read


def _reader_of_tuple(read_item: Reader) -> Reader:
    def read(values: Any) -> Any:
        if type(values) is not list:
            raise _InDoubt
        return tuple(map(read_item, values))

    return read


def _reader_of_choice(choices: frozenset[str]) -> Reader:
    return lambda value: _sure(value, type(value) is str and value in choices)


def _text(value: Any) -> Any:
    if type(value) is str and len(value) <= TEXT_LIMIT:
        return value
    raise _InDoubt


def _instant(value: Any) -> datetime:
    return datetime.fromisoformat(_sure(value, type(value) is str and _INSTANT.fullmatch(value)))


def _day(value: Any) -> date:
    return date.fromisoformat(_sure(value, type(value) is str and _DAY.fullmatch(value)))


def _sure(value: Any, is_sure: object) -> Any:
    if not is_sure:
        raise _InDoubt
    return value


_PLAIN: dict[Any, Reader] = {
    str: _text,
    bool: lambda value: _sure(value, type(value) is bool),
    int: lambda value: _sure(value, type(value) is int),
    datetime: _instant,
    date: _day,
}
