"""Declarations that no adapter could keep are refused before anything is built from them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.store.declarations import BadDeclaration, check_declaration
from shared.store.documents import Collection, Field, Order, Undeclared, Unique

STATUS, NEEDS, ALIASES = Field(path="status"), Field(path="needs", kind="texts"), Field(path="aliases", kind="texts")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Cases"}, "name"),
        ({"name": "cases]; DROP"}, "name"),
        ({"name": ""}, "name"),
        ({"fields": (Field(path="a b"),)}, "field"),
        ({"fields": (Field(path="a]b"),)}, "field"),
        ({"fields": (Field(path="a..b"),)}, "field"),
        ({"fields": (Field(path=".a"),)}, "field"),
        ({"fields": (Field(path="$a"),)}, "field"),
        ({"fields": (Field(path="_id"),)}, "_id"),
        ({"fields": (Field(path="_body"),)}, "_body"),
        ({"fields": (STATUS, Field(path="Status"))}, "2 times"),
        ({"unique": (Unique(name="none", paths=()),)}, "no field"),
        ({"unique": (Unique(name="two", paths=("needs", "aliases")),)}, "more than one texts"),
        ({"unique": (Unique(name="a", paths=("status",)), Unique(name="a", paths=("needs",)))}, "2 times"),
        ({"unique": (Unique(name="a", paths=("status",)), Unique(name="b", paths=("status",)))}, "2 times"),
        ({"unique": (Unique(name="a key", paths=("status",)),)}, "name"),
        ({"orders": (Order(name="by", by=(("needs", "ascending"),)),)}, "texts"),
        ({"orders": (Order(name="by", by=(("_id", "ascending"), ("status", "ascending"))),)}, "_id"),
        ({"orders": (Order(name="by", by=()), Order(name="by", by=()))}, "2 times"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_is_refused_with_the_reason(changes: dict[str, Any], said: str) -> None:
    declared = {"name": "cases", "fields": (STATUS, NEEDS, ALIASES), **changes}

    with pytest.raises(BadDeclaration, match=said):
        check_declaration(Collection(**declared))


@pytest.mark.parametrize(
    "changes",
    [
        {"unique": (Unique(name="a", paths=("colour",)),)},
        {"orders": (Order(name="by", by=(("colour", "ascending"),)),)},
    ],
    ids=str,
)
def test_keys_and_orders_are_over_declared_fields(changes: dict[str, Any]) -> None:
    with pytest.raises(Undeclared, match="colour"):
        check_declaration(Collection(name="cases", fields=(STATUS,), **changes))


def test_a_whole_declaration_is_accepted() -> None:
    check_declaration(
        Collection(
            name="held_messages",
            fields=(STATUS, NEEDS, Field(path="marks.07", kind="number"), Field(path="by-council.cheshire-east")),
            unique=(Unique(name="needs", paths=("status", "needs")),),
            orders=(Order(name="by-id", by=(("_id", "descending"),)), Order(name="plain", by=())),
        )
    )
