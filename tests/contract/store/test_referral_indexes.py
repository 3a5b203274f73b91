"""What is asked of referrals reads one stretch of one index, and a count reads nothing but an index: it costs what it counts."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.referrals.model.life import OPEN, STEPS
from services.referrals.store import REFERRALS
from shared.context import Caller
from shared.store.documents import AnyOf, Between, Condition, Equal
from shared.store.mongo_layout import indexes_of
from shared.store.mongo_questions import sort_keys
from shared.store.opening import open_store
from shared.store.questions import Question, ask, field_of
from shared.store.sqlite_layout import Layout
from shared.store.sqlite_questions import group_count_sql
from tests.support.explained import by_sqlite, questions_of

SERVICE = "referrals"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WITHIN = Equal(path="state.outside_contract", value=None)
OF_ONE = Equal(path="council_id", value="one")
COUNT = 2_000


def a_referral(number: int) -> dict[str, Any]:
    state = {
        "status": tuple(STEPS)[number % len(STEPS)],
        "component": ("brokerage", "universal-information")[number % 2],
        "received_at": NOW - timedelta(hours=number),
        "worker_id": f"worker-{number % 7}",
        "outside_contract": True if number % 5 == 0 else None,
    }
    return {"_id": f"ref-{number:06}", "version": 1, "council_id": ("one", "other")[number % 2], "state": state}


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("referrals")
    store = open_store(f"sqlite:///{folder}", SERVICE)
    store.migrate([REFERRALS])
    for first in range(0, COUNT, 500):
        numbers = range(first, first + 500)
        assert not any(store.documents(REFERRALS).insert_many([a_referral(number) for number in numbers]))
    store.close()
    return folder / f"{SERVICE}.sqlite3"


def plan(path: Path, sql: str, values: list[Any]) -> str:
    """How SQLite would answer."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return "\n".join(row[-1] for row in rows)


PAGES = {
    "of_council": {},
    "of_council_status": {"status": "waiting"},
    "of_council_component": {"component": "brokerage"},
    "of_council_overdue": {"overdue": "true"},
    "of_council_possible_duplicate": {"possible_duplicate": "true"},
    "of_council_by_reference": {"q": "REF-0"},
}
"""How a list is narrowed, by the index that answers it."""


def asked_by_the_service(wanted: dict[str, str]) -> Question:
    adviser = Caller(actor_id="adviser-1", roles=("adviser",), councils=("one",))
    (question,) = questions_of(adviser, wanted)
    return question


@pytest.mark.parametrize(("index", "wanted"), PAGES.items(), ids=PAGES)
def test_each_way_to_list_referrals_reads_one_stretch_of_its_index_and_sorts_nothing(
    sqlite_file: Path, index: str, wanted: dict[str, str]
) -> None:
    explained = by_sqlite(sqlite_file, asked_by_the_service(wanted))

    assert explained.startswith(f"{index} (council_id=?")
    assert "b-tree" not in explained
    assert "|" not in explained


@pytest.mark.parametrize(("index", "wanted"), PAGES.items(), ids=PAGES)
def test_by_mongodbs_rule_too_its_equalities_lead_the_index_and_its_order_follows(
    index: str, wanted: dict[str, str]
) -> None:
    question = asked_by_the_service(wanted)
    equal = {one.field.path for one in question.where if isinstance(one.condition, Equal)}

    keys = next(found.keys for found in indexes_of(REFERRALS) if found.name == f"order:{index}")

    assert {path for path, _ in keys[: len(equal)]} == equal
    assert list(keys[len(equal) :]) == [key for key in sort_keys(question) if key[0] not in equal]


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("state.worker_id", [OF_ONE, AnyOf(path="state.status", values=sorted(OPEN))]),
        ("state.worker_id", [OF_ONE, WITHIN, AnyOf(path="state.status", values=sorted(OPEN))]),
        ("state.status", [OF_ONE, WITHIN, Between(path="state.received_at", low=NOW - timedelta(days=9), high=NOW)]),
        ("state.component", [OF_ONE, WITHIN, Between(path="state.received_at", low=NOW - timedelta(days=9), high=NOW)]),
    ],
)
def test_a_count_reads_its_index_alone(sqlite_file: Path, path: str, where: list[Condition]) -> None:
    sql, values = group_count_sql(Layout(REFERRALS), ask(REFERRALS, where), field_of(REFERRALS, path))

    found = plan(sqlite_file, sql, values)
    assert "SEARCH referrals USING COVERING INDEX referrals:order:" in found
    assert "(council_id=? AND state." in found
