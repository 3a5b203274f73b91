"""What a document may hold, checked the same way for every adapter before anything is sent to the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NoReturn

from shared.store.documents import Document, Kind

DEEPEST = 90
"""Levels of nesting a document may have: inside the 100 that MongoDB documents."""

LARGEST_BYTES = 16 * 1024 * 1024
"""How large a stored document may be: MongoDB's limit."""

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_MOST_KEYS = 40
"""Names in an object that are remembered together: what has more of them is hardly one of many alike."""
_FIRST_SURROGATE, _AFTER_SURROGATES = 0xD800, 0xE000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def check_document(document: Document) -> None:
    """Refuses what not every engine can keep exactly, with `TypeError` and the place in the document."""
    if not isinstance(document, dict):
        raise TypeError("a document is a dict")
    if not isinstance(document.get("_id"), str) or not document["_id"]:
        raise TypeError("_id must be a text that is not empty")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TypeError("version must be a whole number from 1")
    if not _is_plain(document):
        _check(document, "", DEEPEST)


def check_of_kind(value: Any, kind: Kind, path: str) -> None:
    """Refuses a value that is not of the declared kind (an element of it, for `texts`), with `TypeError`."""
    _check_kind(value, kind, path)
    _check(value, path, 1)


def declared_value(document: Mapping[str, Any], path: str, kind: Kind) -> Any:
    """The value of a checked document's declared field, `None` if absent; `TypeError` if it is not of the declared kind."""
    value = value_at(document, path)
    if value is None:
        return None
    if kind != "texts":
        _check_kind(value, kind, path)
        return value
    if not isinstance(value, list | tuple):
        raise TypeError(f"{path} is declared as texts and cannot hold a {type(value).__name__}")
    for element in value:
        _check_kind(element, kind, path)
    return value


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, `None` where absent; `TypeError` where the path leads through a list."""
    if "." not in path:
        return document.get(path)
    value: Any = document
    for part in path.split("."):
        if isinstance(value, list | tuple):
            raise TypeError(f"{path} is declared but leads through a list")
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def is_whole_number(value: Any) -> bool:
    """An int that is not a flag."""
    return isinstance(value, int) and not isinstance(value, bool)


def to_milliseconds(instant: datetime) -> int:
    """Milliseconds since 1970 (UTC), the part below a millisecond cut off."""
    return (instant - _EPOCH) // _MILLISECOND


def from_milliseconds(milliseconds: int) -> datetime:
    """The aware UTC instant."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def end_of_prefix(start: str) -> str | None:
    """The smallest text above every text that starts with `start`; `None` if there is none."""
    kept = start.rstrip("\U0010ffff")
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(_AFTER_SURROGATES if following == _FIRST_SURROGATE else following)


def elements(values: Sequence[str]) -> Iterator[str]:
    """The different elements of a `texts` field, in order."""
    return iter(dict.fromkeys(values))


# ---------------------------------------------------------------------- at a glance


def _is_plain(document: dict[Any, Any]) -> bool:
    """Whether a glance shows that nothing in it can be refused; most documents are so, and need no closer look."""
    holders: list[Any] | None = [document]
    levels = DEEPEST
    while holders and levels:
        holders, levels = _held_by(holders), levels - 1
    return holders == []


def _held_by(holders: list[Any]) -> list[Any] | None:
    """What in these is neither text nor number, flag, instant or nothing; `None` if something in them is not plain."""
    inner: list[Any] = []
    for holder in holders:
        values = _plain_values(holder)
        if values is None:
            return None
        for value in values:
            is_plain = _ARE_PLAIN.get(type(value))
            if is_plain is None:
                inner.append(value)
            elif not is_plain(value):
                return None
    return inner


def _plain_values(holder: Any) -> Iterable[Any] | None:
    """What an object or a list holds; `None` if it is neither, or has a name that is not plain."""
    if type(holder) is dict:
        return holder.values() if _has_plain_keys(holder) else None
    return holder if type(holder) is list or type(holder) is tuple else None


def _has_plain_keys(holder: dict[Any, Any]) -> bool:
    return _are_plain_keys(tuple(holder)) if len(holder) <= _MOST_KEYS else all(map(_is_plain_key, holder))


@lru_cache(maxsize=1024)
def _are_plain_keys(keys: tuple[Any, ...]) -> bool:
    """Most objects have the same names as many others."""
    return all(map(_is_plain_key, keys))


@lru_cache(maxsize=4096)
def _is_plain_key(key: Any) -> bool:
    return type(key) is str and key.isascii() and not (key.startswith("$") or "." in key or "\0" in key)


def _is_plain_int(value: int) -> bool:
    return _SMALLEST <= value <= _LARGEST


def _is_utc(instant: datetime) -> bool:
    return instant.tzinfo is UTC


def _always(_value: Any) -> bool:
    return True


_ARE_PLAIN: dict[type, Callable[[Any], bool]] = {
    str: str.isascii,
    int: _is_plain_int,
    bool: _always,
    type(None): _always,
    datetime: _is_utc,
}


# ---------------------------------------------------------------------- one check per type


def _check_kind(value: Any, kind: Kind, path: str) -> None:
    if not _IS_KIND[kind](value):
        raise TypeError(f"{path} is declared as {kind} and cannot hold or be asked for a {type(value).__name__}")


def _check(value: Any, path: str, levels: int) -> None:
    check = _CHECKS.get(type(value))
    if check is None:
        check = next((_CHECKS[kind] for kind in _CHECKS if isinstance(value, kind)), _refuse_type)
    check(value, path, levels)


def _check_dict(value: dict[Any, Any], path: str, levels: int) -> None:
    _check_depth(path, levels)
    for key, each in value.items():
        if not (type(key) is str and key.isidentifier()):  # most keys are, and then hold nothing to refuse
            _check_key(key, path)
        if not (type(each) is str and each.isascii()):
            _check(each, f"{path}.{key}" if path else key, levels - 1)


def _check_list(value: Sequence[Any], path: str, levels: int) -> None:
    _check_depth(path, levels)
    for each in value:
        _check(each, path, levels - 1)


def _check_depth(path: str, levels: int) -> None:
    if levels < 1:
        raise TypeError(f"{path[:80]}... is nested deeper than {DEEPEST} levels")


def _check_key(key: Any, path: str) -> None:
    if not isinstance(key, str):
        raise TypeError(f"{path or 'the document'} has the key {key!r}: keys are texts")
    if "." in key or key.startswith("$") or "\0" in key:
        raise TypeError(f"{path or 'the document'} has the key {key!r}: no '.', no NUL, no '$' at its start")
    _check_text(key, path, 0)


def _check_text(value: str, path: str, _levels: int) -> None:
    if value.isascii():
        return
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise TypeError(f"{path} holds a text that is not valid Unicode") from error


def _check_int(value: int, path: str, _levels: int) -> None:
    if not _SMALLEST <= value <= _LARGEST:
        raise TypeError(f"{path} holds a whole number beyond 64 bits")


def _check_instant(value: datetime, path: str, _levels: int) -> None:
    if value.utcoffset() is None:
        raise TypeError(f"{path} holds an instant without a time zone")


def _check_nothing(_value: Any, _path: str, _levels: int) -> None:
    """Null and flags are kept as they are."""


def _refuse_type(value: Any, path: str, _levels: int) -> NoReturn:
    reason = "numbers are whole" if isinstance(value, float) else "documents hold JSON values and aware instants"
    raise TypeError(f"{path} holds a {type(value).__name__}: {reason}")


_CHECKS: dict[type, Callable[[Any, str, int], None]] = {
    str: _check_text,
    bool: _check_nothing,
    int: _check_int,
    type(None): _check_nothing,
    datetime: _check_instant,
    dict: _check_dict,
    list: _check_list,
    tuple: _check_list,
}

_IS_KIND: dict[Kind, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "texts": lambda value: isinstance(value, str),
    "number": is_whole_number,
    "flag": lambda value: isinstance(value, bool),
    "instant": lambda value: isinstance(value, datetime),
}
