"""Checks a collection's declaration before an adapter builds anything from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from shared.store.documents import Collection, Unique

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_PATH = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


class BadDeclaration(ValueError):
    """A collection's declaration that no adapter could keep; the message says what and where."""


class CannotMigrate(Exception):
    """What is stored does not fit the declaration; the message says which collection and why."""


def check_declaration(collection: Collection) -> None:
    """Raises `BadDeclaration`, or `Undeclared` for a key or an order over a field that is not declared."""
    names = [collection.name, *(unique.name for unique in collection.unique), *(o.name for o in collection.orders)]
    for name in names:
        if not _NAME.fullmatch(name):
            raise BadDeclaration(f"{collection.name}: {name!r} is not a name (a-z, 0-9, '-' and '_')")
    _check_fields(collection)
    _refuse_repeats(collection, "unique key", (unique.name for unique in collection.unique))
    _refuse_repeats(collection, "unique key over", (" + ".join(unique.paths) for unique in collection.unique))
    _refuse_repeats(collection, "order", (order.name for order in collection.orders))
    for unique in collection.unique:
        _check_unique(collection, unique)
    _check_orders(collection)


def _check_fields(collection: Collection) -> None:
    for field in collection.fields:
        if not _PATH.fullmatch(field.path) or field.path in ("_id", "_body"):
            raise BadDeclaration(f"{collection.name}: {field.path!r} cannot be declared as a field")
    _refuse_repeats(collection, "field", (field.path.lower() for field in collection.fields))


def _check_unique(collection: Collection, unique: Unique) -> None:
    kinds = [collection.field(path).kind for path in unique.paths]
    if not kinds:
        raise BadDeclaration(f"{collection.name}: the unique key {unique.name} has no field")
    if kinds.count("texts") > 1:
        raise BadDeclaration(f"{collection.name}: the unique key {unique.name} has more than one texts field")


def _check_orders(collection: Collection) -> None:
    for order in collection.orders:
        for path, _ in order.by:
            if path != "_id" and collection.field(path).kind == "texts":
                raise BadDeclaration(f"{collection.name}: the order {order.name} is over a texts field")
        if "_id" in [path for path, _ in order.by[:-1]]:
            raise BadDeclaration(f"{collection.name}: nothing can follow _id in the order {order.name}")


def _refuse_repeats(collection: Collection, what: str, names: Iterable[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise BadDeclaration(f"{collection.name}: the {what} {name} is declared {times} times")
