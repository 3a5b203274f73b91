"""How a declared collection lies in a SQLite file: one table, a column per declared field, side tables for `texts`.

Identifiers come from checked declarations only; values are always bound.
"""
# ruff: noqa: S608

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import orjson

from shared.store.declarations import check_declaration
from shared.store.documents import Collection, DamagedDocument, Document, Field, Kind, Order, Unique
from shared.store.values import (
    LARGEST_BYTES,
    check_document,
    declared_value,
    elements,
    from_milliseconds,
    to_milliseconds,
)

COLUMN_TYPES: dict[Kind, str] = {
    "text": "TEXT",
    "number": "INTEGER",
    "flag": "INTEGER_FLAG",
    "instant": "INTEGER_MILLISECONDS",
    "texts": "INTEGER_COUNT",
}
"""The column's type in the file names the declared kind, so that a changed declaration is noticed."""

_BUILT_IN = ("_id", "version", "_body")
_INSTANT = "$at"


@dataclass(frozen=True, kw_only=True)
class SideTable:
    """One row per element of a `texts` field, with the other fields of the unique key it serves, if any."""

    name: str
    fields: tuple[Field, ...]
    is_unique: bool

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(field.path for field in self.fields if field.path not in _BUILT_IN)

    @property
    def sql(self) -> str:
        columns = ", ".join(f"{quoted(field.path)} {_element_type(field)} NOT NULL" for field in self.fields)
        key = ", ".join(quoted(field.path) for field in self.fields)
        key = key if self.is_unique else f"{key}, _id"
        return f"CREATE TABLE {quoted(self.name)} ({columns}, _id TEXT NOT NULL, PRIMARY KEY ({key})) WITHOUT ROWID"

    @property
    def insert_sql(self) -> str:
        marks = ", ".join("?" for _ in self.fields)
        return f"INSERT INTO {quoted(self.name)} VALUES ({marks}, ?)"

    @property
    def delete_sql(self) -> str:
        same = " AND ".join(f"{quoted(field.path)} = ?" for field in self.fields)
        return f"DELETE FROM {quoted(self.name)} WHERE {same} AND _id = ?"

    def rows(self, document: Document) -> list[tuple[Any, ...]]:
        """What the document contributes; nothing if it lacks any of the fields."""
        return [(*values, document["_id"]) for values in key_values(document, self.fields)]


@dataclass(frozen=True, kw_only=True)
class Key:
    """A unique key and the table that keeps it."""

    name: str
    table: str
    fields: tuple[Field, ...]

    @property
    def holder_sql(self) -> str:
        """Finds another document that holds the same values."""
        same = " AND ".join(f"{quoted(field.path)} = ?" for field in self.fields)
        return f"SELECT 1 FROM {quoted(self.table)} WHERE {same} AND _id <> ? LIMIT 1"


class Layout:
    """Tables, indexes and statements of one collection. Raises `BadDeclaration` or `Undeclared`."""

    def __init__(self, collection: Collection) -> None:
        check_declaration(collection)
        self.collection = collection
        self.table = collection.name
        self.columns = tuple(field for field in collection.fields if field.path not in _BUILT_IN)
        self.sides = _side_tables(collection)
        self.keys = tuple(_key(collection, unique, self.sides) for unique in collection.unique)
        self.indexes = _indexes(collection)
        self.triggers = _triggers(collection)
        self.insert_sql = self._insert_sql()
        self.replace_sql = self._replace_sql()

    @property
    def table_sql(self) -> str:
        columns = "_id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, _body TEXT NOT NULL"
        return f"CREATE TABLE {quoted(self.table)} ({columns})"

    def side_of(self, path: str) -> SideTable:
        """The table that holds the elements of a `texts` field alone."""
        return next(side for side in self.sides if [field.path for field in side.fields] == [path])

    def row(self, document: Document) -> Row:
        """The document as it will lie in the file. Raises `TypeError` for what cannot be kept."""
        check_document(document)
        columns = {field.path: column_value(document, field) for field in self.columns}
        return Row(
            id=document["_id"],
            values=(document["_id"], document["version"], _encoded(document), *columns.values()),
            sides=tuple([(side, rows) for side in self.sides_in(columns) if (rows := side.rows(document))]),
        )

    def sides_in(self, columns: Mapping[str, Any]) -> list[SideTable]:
        """The side tables that a document with these columns can have rows in: it lacks none of their fields."""
        return [side for side in self.sides if None not in map(columns.get, side.paths)]

    def side_rows(self, document: Document) -> list[list[tuple[Any, ...]]]:
        """What the document contributes to each side table."""
        return [side.rows(document) for side in self.sides]

    def parts_sql(self, ids: int, names: Sequence[str]) -> str:
        """Selects id and parts, as a JSON list, of so many documents; `paths_of` the names are bound before the ids."""
        return _parts_sql(self.table, ids, len(names))

    def keys_of(self, document: Document) -> list[tuple[Key, tuple[Any, ...]]]:
        """Every unique key's values in the document."""
        return [(key, values) for key in self.keys for values in key_values(document, key.fields)]

    def _insert_sql(self) -> str:
        names = [quoted(name) for name in (*_BUILT_IN, *(field.path for field in self.columns))]
        marks = ", ".join("?" for _ in names)
        return f"INSERT INTO {quoted(self.table)} ({', '.join(names)}) VALUES ({marks})"

    def _replace_sql(self) -> str:
        names = ["version", "_body", *(field.path for field in self.columns)]
        changes = ", ".join(f"{quoted(name)} = ?" for name in names)
        return f"UPDATE {quoted(self.table)} SET {changes} WHERE _id = ? AND version = ?"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A document ready to be written, with its rows in those side tables that it has any in."""

    id: str
    values: tuple[Any, ...]
    sides: tuple[tuple[SideTable, list[tuple[Any, ...]]], ...]

    @property
    def body(self) -> str:
        return str(self.values[2])


def quoted(name: str) -> str:
    """An identifier, in brackets: in double quotes SQLite would take a missing column's name for a text."""
    return f"[{name}]"


def stored_value(value: Any) -> Any:
    """A value as a column holds it."""
    if isinstance(value, bool):
        return int(value)
    return to_milliseconds(value) if isinstance(value, datetime) else value


def revived_value(value: Any, kind: Kind) -> Any:
    """A column's value as the document holds it."""
    if kind == "flag":
        return bool(value)
    return from_milliseconds(value) if kind == "instant" else value


def column_value(document: Document, field: Field) -> Any:
    """What the declared field's column holds for this document (for `texts`, how many elements)."""
    value = declared_value(document, field.path, field.kind)
    if value is None:
        return None
    return len(value) if field.kind == "texts" else stored_value(value)


def key_values(document: Document, fields: Sequence[Field]) -> list[tuple[Any, ...]]:
    """The values of these fields together, once per element of a `texts` field; none if any field is absent."""
    if len(fields) == 1:
        return [(element,) for element in _elements_of(document, fields[0])]
    return list(product(*(_elements_of(document, field) for field in fields)))


def decoded(body: str) -> Document:
    """The document that a stored text holds. Raises `DamagedDocument`, naming it where its id can still be found."""
    document = _loaded(body)
    if instants := body.count(_INSTANT_IN_TEXT):
        _revive(document, instants)
    return document


def legible(body: str) -> Document:
    """The same, with instants as text in UTC, to the millisecond: a third of the work. Raises `DamagedDocument`."""
    before, *coded = body.split(_INSTANT_IN_TEXT)
    return _loaded(before + "".join(map(_instant_as_text, coded)))


def _loaded(body: str) -> Document:
    try:
        document: Document = orjson.loads(body)
    except ValueError as error:
        found = _ID_IN_TEXT.search(body)
        which = found[1] if found else "whose id cannot be read either"
        raise DamagedDocument(f"the stored document {which} is damaged and cannot be read") from error
    return document


def _instant_as_text(coded: str) -> str:
    """What follows `{"$at":`, its number written out; within a text of the document, where quotes are escaped, none does."""
    number, _, rest = coded.partition("}")
    try:
        milliseconds = int(number)
        if number == str(milliseconds):
            return f'"{from_milliseconds(milliseconds).isoformat(timespec="milliseconds")}"{rest}'
    except (ValueError, OverflowError):
        pass
    return _INSTANT_IN_TEXT + coded  # no instant that was ever written: it stays as it lies there


@lru_cache(maxsize=64)
def _parts_sql(table: str, ids: int, names: int) -> str:
    marks, which = ", ".join("?" * (names + 1)), ", ".join("?" * ids)
    return f"SELECT _id, json_extract(_body, {marks}) FROM {quoted(table)} WHERE _id IN ({which})"


def paths_of(names: Sequence[str]) -> list[str]:
    """Where SQLite finds the id and these parts in a document's text."""
    return ["$._id", *[f'$."{name}"' for name in names]]


def decoded_parts(names: Sequence[str], text: str) -> Document:
    """The document's parts from the list that `parts_sql` selects."""
    values = orjson.loads(text)
    parts: Document = {name: value for name, value in zip(("_id", *names), values, strict=True) if value is not None}
    if instants := text.count(_INSTANT_IN_TEXT):
        _revive(parts, instants)
    return parts


def _encoded(document: Document) -> str:
    body = orjson.dumps(document, default=_coded, option=orjson.OPT_PASSTHROUGH_DATETIME)
    if len(body) > LARGEST_BYTES:
        raise TypeError(f"{document['_id']} is larger than a document may be ({LARGEST_BYTES} bytes)")
    return body.decode()


def _elements_of(document: Document, field: Field) -> list[Any]:
    value = declared_value(document, field.path, field.kind)
    if value is None:
        return []
    return list(elements(value)) if field.kind == "texts" else [stored_value(value)]


def _element_type(field: Field) -> str:
    return "TEXT" if field.kind == "texts" else COLUMN_TYPES[field.kind]


def _fields(collection: Collection, paths: Sequence[str]) -> tuple[Field, ...]:
    return tuple(collection.field(path) for path in paths)


def _side_tables(collection: Collection) -> tuple[SideTable, ...]:
    unique = [
        SideTable(name=f"{collection.name}!{key.name}", fields=fields, is_unique=True)
        for key in collection.unique
        if _has_texts(fields := _fields(collection, key.paths))
    ]
    served = {side.fields[0].path for side in unique if len(side.fields) == 1}
    plain = [
        SideTable(name=f"{collection.name}/{field.path}", fields=(field,), is_unique=False)
        for field in collection.fields
        if field.kind == "texts" and field.path not in served
    ]
    return (*unique, *plain)


def _has_texts(fields: Sequence[Field]) -> bool:
    return any(field.kind == "texts" for field in fields)


def _key(collection: Collection, unique: Unique, sides: Sequence[SideTable]) -> Key:
    side_name = f"{collection.name}!{unique.name}"
    is_aside = any(side.name == side_name for side in sides)
    table = side_name if is_aside else collection.name
    return Key(name=unique.name, table=table, fields=_fields(collection, unique.paths))


def _indexes(collection: Collection) -> dict[str, str]:
    """Index name -> statement. A field that already leads an order or a key needs no index of its own.

    The side table answers for the elements of a `texts` field; an index finds the documents that lack it, if that is asked.
    """
    keys = [unique for unique in collection.unique if not _has_texts(_fields(collection, unique.paths))]
    leading = {unique.paths[0] for unique in keys} | {order.by[0][0] for order in collection.orders if order.by}
    return dict(
        [
            *(_key_index(collection, unique) for unique in keys),
            *(_order_index(collection, order) for order in collection.orders if order.by and order.by[0][0] != "_id"),
            *(
                _field_index(collection, field)
                for field in collection.fields
                if field.path not in leading and (field.kind != "texts" or field.absence_asked)
            ),
        ]
    )


def _field_index(collection: Collection, field: Field) -> tuple[str, str]:
    only = f" WHERE {quoted(field.path)} IS NULL" if field.kind == "texts" else _present_only(field)
    return _index(collection, f"field:{field.path}", quoted(field.path), only=only)


def _present_only(field: Field) -> str:
    """Leaves documents without the field out of an index, if nobody asks for them."""
    return "" if field.absence_asked else f" WHERE {quoted(field.path)} IS NOT NULL"


def _key_index(collection: Collection, unique: Unique) -> tuple[str, str]:
    columns = ", ".join(quoted(path) for path in unique.paths)
    return _index(collection, f"unique:{unique.name}", columns, kind="UNIQUE INDEX")


def _order_index(collection: Collection, order: Order) -> tuple[str, str]:
    ways = [f"{quoted(path)} {'DESC' if way == 'descending' else 'ASC'}" for path, way in order.by]
    by_id = [] if any(path == "_id" for path, _ in order.by) else ["_id ASC"]
    only = _present_only(collection.field(order.by[0][0]))
    return _index(collection, f"order:{order.name}", ", ".join([*ways, *by_id]), only=only)


def _index(collection: Collection, name: str, columns: str, *, kind: str = "INDEX", only: str = "") -> tuple[str, str]:
    full_name = f"{collection.name}:{name}"
    return full_name, f"CREATE {kind} {quoted(full_name)} ON {quoted(collection.name)} ({columns}){only}"


def _triggers(collection: Collection) -> dict[str, str]:
    """Trigger name -> statement: the collection's belt."""
    belt = collection.belt
    if belt is None:
        return {}
    kept = ", ".join(f"'$.{name}'" for name in belt.kept)
    changed = f"json_extract(OLD._body, {kept}) IS NOT json_extract(NEW._body, {kept})"
    conditions = {
        "INSERT": f"({belt.sqlite}) IS NOT TRUE",
        "UPDATE": f"OLD._id IS NOT NEW._id OR {changed}" if belt.kept else f"({belt.sqlite}) IS NOT TRUE",
        **({"DELETE": "TRUE"} if belt.kept else {}),
    }
    return dict(_trigger(collection, event, condition) for event, condition in conditions.items())


def _trigger(collection: Collection, event: str, refuses: str) -> tuple[str, str]:
    name = f"{collection.name}~{event.lower()}"
    says = f"SELECT RAISE(ABORT, '{collection.name}: refused by the rule of the collection')"
    on = f"BEFORE {event} ON {quoted(collection.name)} WHEN {refuses}"
    return name, f"CREATE TRIGGER {quoted(name)} {on} BEGIN {says}; END"


def _coded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {_INSTANT: to_milliseconds(value)}
    raise TypeError(f"a document cannot hold a {type(value).__name__}")


def _revive(document: Document, instants: int) -> None:
    """Puts so many instants, which lie in the text as `{"$at": milliseconds}`, in their places: most lie near the top."""
    holders: list[Any] = [document]
    for holder in holders:
        for place, value in holder.items() if type(holder) is dict else enumerate(holder):
            if type(value) is dict and _INSTANT in value:
                holder[place] = from_milliseconds(value[_INSTANT])
                instants -= 1
            elif type(value) is dict or type(value) is list:
                holders.append(value)
        if not instants:
            return


_INSTANT_IN_TEXT = f'{{"{_INSTANT}":'
_ID_IN_TEXT = re.compile(r'"_id":"([^"]{1,256})"')
