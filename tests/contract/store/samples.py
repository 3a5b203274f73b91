"""The collection that the contract is tried on, with every kind of field, key and order, and builders for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar

from shared.store.documents import Collection, Condition, Document, Documents, Field, Order, Unique
from tests.support.waiting import patience

T = TypeVar("T")

CASES = Collection(
    name="cases",
    fields=(
        Field(path="council_id"),
        Field(path="status"),
        Field(path="reference"),
        Field(path="budget.amount", kind="number"),
        Field(path="is_overdue", kind="flag"),
        Field(path="due_at", kind="instant"),
        Field(path="needs", kind="texts"),
        Field(path="keys", kind="texts"),
        Field(path="aliases", kind="texts"),
        Field(path="scheme"),
    ),
    unique=(
        Unique(name="reference", paths=("council_id", "reference")),
        Unique(name="one-key", paths=("keys",)),
        Unique(name="alias-in-scheme", paths=("scheme", "aliases")),
    ),
    orders=(
        Order(name="by-due", by=(("due_at", "ascending"),)),
        Order(name="latest-due", by=(("due_at", "descending"),)),
        Order(name="by-status", by=(("status", "ascending"), ("budget.amount", "descending"))),
        Order(name="largest", by=(("budget.amount", "descending"), ("status", "ascending"))),
        Order(name="overdue-first", by=(("is_overdue", "descending"), ("council_id", "ascending"))),
        Order(name="last-id", by=(("_id", "descending"),)),
    ),
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def hours_later(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def a_case(id: str, version: int = 1, **fields: Any) -> Document:
    """A document; `amount` becomes `budget.amount`."""
    budget = {"budget": {"amount": fields.pop("amount")}} if "amount" in fields else {}
    return {"_id": id, "version": version, **budget, **fields}


def put_in(documents: Documents, *cases: Document) -> None:
    refusals = [refusal for refusal in documents.insert_many(cases) if refusal is not None]
    assert refusals == []


def ids(found: Sequence[Document]) -> list[str]:
    return [document["_id"] for document in found]


def found_ids(documents: Documents, *where: Condition, order: str | None = None) -> list[str]:
    return ids(documents.find(where, order=order, limit=1000).items)


def all_pages(
    documents: Documents,
    *where: Condition,
    order: str | None = None,
    limit: int = 2,
    between: Callable[[], None] | None = None,
) -> list[str]:
    """Every id, page by page; `between` is called after each page."""
    seen: list[str] = []
    after: str | None = None
    while True:
        page = documents.find(where, order=order, after=after, limit=limit)
        assert len(page.items) <= limit
        seen += ids(page.items)
        if page.next is None:
            return seen
        assert len(seen) < 2_000, "the pages go round"
        after = page.next
        if between is not None:
            between()


def at_once(number: int, act: Callable[[int], T]) -> list[T]:
    """The results of `act(0)` .. `act(number - 1)`, begun together in threads of their own."""
    start = Barrier(number)

    def begin(which: int) -> T:
        start.wait(patience(20))
        return act(which)

    with ThreadPoolExecutor(number) as threads:
        return list(threads.map(begin, range(number)))
