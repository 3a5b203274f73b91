"""The indexes and the validator that a declared collection needs in MongoDB. Pure: no connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.store.declarations import check_declaration
from shared.store.documents import Collection, Kind, Order, Unique

OWN_INDEXES = ("field:", "order:", "unique:")
"""Prefixes of the index names that migrations create and drop; an index of any other name is left alone."""

VALIDATOR: dict[str, Any] = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["_id", "version"],
        "properties": {"_id": {"bsonType": "string"}, "version": {"bsonType": ["int", "long"]}},
    }
}


def validator_of(collection: Collection) -> dict[str, Any]:
    """What the server asks of every document: the protocol's shape, and the collection's belt."""
    return {**VALIDATOR} if collection.belt is None else {"$and": [VALIDATOR, dict(collection.belt.mongo)]}


_BSON_TYPES: dict[Kind, str] = {
    "text": "string",
    "texts": "string",
    "number": "number",
    "flag": "bool",
    "instant": "date",
}


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index by name; `only` limits it to some documents."""

    name: str
    keys: tuple[tuple[str, int], ...]
    is_unique: bool = False
    only: dict[str, Any] | None = None

    @property
    def options(self) -> dict[str, Any]:
        limited = {"partialFilterExpression": self.only} if self.only else {}
        return {"name": self.name, **({"unique": True} if self.is_unique else {}), **limited}

    def is_like(self, found: dict[str, Any]) -> bool:
        """Whether the server's description of an index is this one."""
        return (
            tuple((path, int(way)) for path, way in found["key"]) == self.keys
            and bool(found.get("unique")) == self.is_unique
            and found.get("partialFilterExpression") == self.only
        )


def indexes_of(collection: Collection) -> tuple[Index, ...]:
    """Every index of a collection. Raises `BadDeclaration` or `Undeclared`.

    A field that leads an order needs none of its own. A key's index is partial: it stands in for that of its field only
    where the key has no other and nobody asks for the field's absence. An order by `_id` alone has the server's own index.
    """
    check_declaration(collection)
    leading = {order.by[0][0] for order in collection.orders if order.by}
    leading |= {unique.paths[0] for unique in collection.unique if _answers_alone(collection, unique)}
    return (
        *(_key_index(collection, unique) for unique in collection.unique),
        *(_order_index(order) for order in collection.orders if order.by and order.by[0][0] != "_id"),
        *(
            Index(name=f"field:{field.path}", keys=((field.path, 1),))
            for field in collection.fields
            if field.path not in leading
        ),
    )


def key_of(collection: Collection, pattern: Any) -> str | None:
    """The name of the unique key over these fields, as a duplicate-key error lists them."""
    paths = tuple(pattern)
    return next((unique.name for unique in collection.unique if unique.paths == paths), None)


def _answers_alone(collection: Collection, unique: Unique) -> bool:
    """Whether the key's index answers every question about its field."""
    first = collection.field(unique.paths[0])
    return len(unique.paths) == 1 and first.kind in ("text", "texts") and not first.absence_asked


def _key_index(collection: Collection, unique: Unique) -> Index:
    """Of the documents that have every field: the server uses it for a text that is asked for, as any text is above ""."""
    if _answers_alone(collection, unique):
        only: dict[str, Any] = {unique.paths[0]: {"$gte": ""}}
    else:
        only = {path: {"$type": _BSON_TYPES[collection.field(path).kind]} for path in unique.paths}
    keys = tuple((path, 1) for path in unique.paths)
    return Index(name=f"unique:{unique.name}", keys=keys, is_unique=True, only=only)


def _order_index(order: Order) -> Index:
    keys = tuple((path, -1 if way == "descending" else 1) for path, way in order.by)
    by_id = () if any(path == "_id" for path, _ in keys) else (("_id", 1),)
    return Index(name=f"order:{order.name}", keys=(*keys, *by_id))
