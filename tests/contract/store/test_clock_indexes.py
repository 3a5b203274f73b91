"""Every question about clocks is answered from one stretch of one index, without sorting, however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.messaging.scheduling import Due
from shared.policy.clock_keeper import STRETCHES
from shared.policy.clock_list import CLOCKS, ClockList, Wanted, place_of, questions
from shared.store.documents import Between, Collection, Condition, Equal
from shared.store.mongo_layout import indexes_of
from shared.store.mongo_questions import sort_keys
from shared.store.opening import open_store
from shared.store.questions import ask
from shared.store.sqlite_layout import Layout
from shared.store.sqlite_questions import stretches_sql
from tests.unit.clocks.builders import CASES, CASES_DUE

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
SERVICE = "clocks_contract"
PAGE = 20
COUNT = 400
Asked = tuple[Collection, list[Condition], str, str]
"""A collection, a question, its order, and the index that answers it."""


def due_now(due: Due) -> list[Condition]:
    return [Between(path=due.path, high=NOW, including_high=True)]


def asked() -> Iterator[Any]:
    """Every question that is asked of clocks, on a first and on a later page."""
    yield pytest.param((CASES, due_now(CASES_DUE), "due", "order:due"), id="what is due")
    for condition, order in STRETCHES:
        where = [Equal(path="council_id", value="one"), condition]
        yield pytest.param((CASES, where, order, f"order:{order}"), id=f"a council's, {order}")
    wanted = {
        "state": Wanted(councils=("one",), state="running"),
        "rule": Wanted(councils=("one",), state="running", rule="C1"),
        "record": Wanted(councils=("one",), record_id="case-7"),
    }
    for after in (None, place_of(NOW + timedelta(days=30), "clk-0001")):
        for name, which in wanted.items():
            ((where, order),) = questions(which, after)
            page = "first page" if after is None else "later page"
            yield pytest.param((CLOCKS, where, order, f"order:{name}"), id=f"by {name}, {page}")


def a_line(number: int) -> dict[str, Any]:
    """A clock of one of two councils, as the list has it; every tenth belongs to one record."""
    council_id, rule = ("one", "other")[number % 2], ("C1", "C6")[number % 4 // 2]
    state = ("running", "running", "stopped")[number % 3]
    return {
        "_id": f"clk-{number:06}",
        "version": 1,
        "revision": 1,
        "record_id": "case-7" if number % 10 == 0 else f"case-{number}",
        "place": place_of(NOW + timedelta(hours=number % 1500), f"clk-{number:06}"),
        "state_in": f"{council_id}|{state}",
        "rule_in": f"{council_id}|{rule}|{state}",
    }


def a_case(number: int) -> dict[str, Any]:
    """A record with clocks; every fifth is overdue, and half have nothing that is to come."""
    at = NOW + timedelta(hours=number - 100) if number % 2 else None
    state = {"next_due_at": at, "overdue": number % 5 == 0, "clock_ids": [f"clk-{number}"]}
    return {"_id": f"case-{number:06}", "version": 1, "council_id": ("one", "other")[number % 3 % 2], "state": state}


def fill(store: Any, count: int) -> None:
    """Puts so many records with clocks, and so many lines of the list, into a store."""
    store.migrate([CASES, CLOCKS])
    for first in range(0, count, 500):
        numbers = range(first, min(first + 500, count))
        assert not any(store.documents(CLOCKS).insert_many([a_line(number) for number in numbers]))
        assert not any(store.documents(CASES).insert_many([a_case(number) for number in numbers]))


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clocks")
    store = open_store(f"sqlite:///{folder}", SERVICE)
    fill(store, COUNT)
    store.close()
    return folder / f"{SERVICE}.sqlite3"


@pytest.mark.parametrize("question", list(asked()))
def test_sqlite_reads_one_stretch_of_one_index(sqlite_file: Path, question: Asked) -> None:
    collection, where, order, index = question

    plans = [
        plan(sqlite_file, sql, [*values, PAGE])
        for sql, values in stretches_sql(Layout(collection), ask(collection, where, order), None)
    ]

    assert len(plans) == 1
    assert f"USING INDEX {collection.name}:{index} (" in plans[0]
    assert "B-TREE" not in plans[0]


def plan(path: Path, sql: str, values: list[Any]) -> str:
    """How SQLite would answer."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return "\n".join(row[-1] for row in rows)


@pytest.mark.parametrize("question", list(asked()))
def test_mongodb_has_the_index_whose_keys_are_the_questions(question: Asked) -> None:
    """What must be equal leads the index, and the order follows it; so one stretch of its keys is the page."""
    collection, where, order, index = question
    equal = {each.path for each in where if isinstance(each, Equal)}

    keys = next(found.keys for found in indexes_of(collection) if found.name == index)

    assert {path for path, _ in keys[: len(equal)]} == equal
    asked_for = [key for key in sort_keys(ask(collection, where, order)) if key[0] not in equal]
    assert list(keys[len(equal) :]) == asked_for


def test_the_list_is_walked_page_by_page_to_its_end(sqlite_file: Path) -> None:
    store = open_store(f"sqlite:///{sqlite_file.parent}", SERVICE)
    listing, wanted = ClockList(store.documents(CLOCKS)), Wanted(councils=("one", "other"))
    after, seen = None, []
    while True:
        page = listing.page(wanted, after=after, limit=PAGE)
        seen += [line.place for line in page.lines]
        if (after := page.next) is None:
            break
    store.close()

    assert len(seen) == sum(not a_line(number)["state_in"].endswith("stopped") for number in range(COUNT))
    assert seen == sorted(seen)
