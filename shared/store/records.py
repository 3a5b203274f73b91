"""Frozen dataclasses as documents and back: days as ISO text, instants as they are, tuples as lists, pence as integers."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from shared.money import Pence

T = TypeVar("T")
Reader = Callable[[Any], Any]


def dump_record(value: Any) -> Any:
    """A dataclass (or a value inside one) as document values."""
    kind: Any = type(value)
    return _dumper(kind)(value)


def load_record(cls: type[T], document: dict[str, Any]) -> T:
    """The dataclass that was dumped. Fields the document lacks take their defaults; unknown ones are ignored."""
    hint: Any = cls
    return cast(T, _reader(hint)(document))


@cache
def _dumper(kind: Any) -> Callable[[Any], Any]:
    if kind is Pence:
        return attrgetter("amount")
    if dataclasses.is_dataclass(kind):
        return _dataclass_dumper(kind)
    if issubclass(kind, tuple | list | frozenset):
        return _dump_sequence
    if issubclass(kind, dict):
        return _dump_mapping
    if issubclass(kind, date) and not issubclass(kind, datetime):
        return date.isoformat
    return _as_is


def _dataclass_dumper(kind: Any) -> Callable[[Any], dict[str, Any]]:
    names = [field.name for field in dataclasses.fields(kind)]

    def dump(value: Any) -> dict[str, Any]:
        return {name: dump_record(getattr(value, name)) for name in names}

    return dump


def _dump_sequence(values: Iterable[Any]) -> list[Any]:
    return [dump_record(value) for value in values]


def _dump_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: dump_record(value) for name, value in values.items()}


@cache
def _reader(hint: Any) -> Reader:
    if get_origin(hint) is Annotated:
        return _reader(get_args(hint)[0])
    if dataclasses.is_dataclass(hint) and hint is not Pence:
        return _dataclass_reader(hint)
    if get_origin(hint) in (tuple, frozenset, list):
        return _sequence_reader(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return _optional_reader(hint)
    return _PLAIN.get(hint, _as_is)


def _dataclass_reader(cls: Any) -> Reader:
    hints = get_type_hints(cls, include_extras=True)
    readers = {f.name: _reader(hints[f.name]) for f in dataclasses.fields(cls)}

    def read(document: dict[str, Any]) -> Any:
        return cls(**{name: reader(document[name]) for name, reader in readers.items() if name in document})

    return read


def _sequence_reader(hint: Any) -> Reader:
    kind, item = get_origin(hint), _reader(get_args(hint)[0])

    def read(values: Any) -> Any:
        return kind(item(value) for value in values)

    return read


def _optional_reader(hint: Any) -> Reader:
    parts = [part for part in get_args(hint) if part is not type(None)]
    inner = _as_is if len(parts) > 1 or get_origin(parts[0]) is Literal else _reader(parts[0])

    def read(value: Any) -> Any:
        return None if value is None else inner(value)

    return read


def _as_is(value: Any) -> Any:
    return value


_PLAIN: dict[Any, Reader] = {Pence: Pence, date: date.fromisoformat}
