"""What a store says of how it answers a page of referrals: which index it reads, and whether it sorts what it found."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, cast

from pymongo import MongoClient

from services.referrals.model.referral import Referral
from services.referrals.store import REFERRALS, ReferralStore
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found
from shared.store.documents import Condition
from shared.store.mongo_questions import page_filter, sort_keys
from shared.store.questions import Question, ask
from shared.store.sqlite_layout import Layout
from shared.store.sqlite_questions import stretches_sql

PAGE = 50
INDEX = re.compile(r"INDEX (\S+)(?: \((.+)\))?")


class _Overheard:
    """Records that are asked and answer nothing, so that the questions are the service's own."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    def find(
        self, where: Sequence[Condition] = (), *, order: str | None = None, after: str | None = None, limit: int = 50
    ) -> Found[Any]:
        self.asked.append(ask(REFERRALS, where, order))
        return Found(items=[], next=None)


class _Nobody:
    """Persons, of whom none has the number that is looked for."""

    def find(self, *_where: object, **_how: object) -> Found[Any]:
        return Found(items=[], next=None)


def questions_of(caller: Caller, wanted: Mapping[str, str]) -> list[Question]:
    """What the service asks of its store for `GET /referrals` narrowed like this."""
    overheard = _Overheard()
    records = cast("Aggregates[Referral]", overheard)
    nobody: Any = _Nobody()
    none: Any = None
    store = ReferralStore(
        referrals=records,
        persons=nobody,
        referrers=none,
        providers=none,
        intakes=none,
        direct_payments=none,
        workers=none,
        review_programmes=none,
        agencies=none,
    )
    narrowed: dict[str, Any] = {name: True if value == "true" else value for name, value in wanted.items()}
    store.referrals_seen_by(caller, limit=PAGE, **narrowed)
    return overheard.asked


def by_sqlite(file: Path, question: Question) -> str:
    """SQLite's own plan, in short."""
    plans = []
    with closing(sqlite3.connect(file)) as connection:
        for sql, values in stretches_sql(Layout(REFERRALS), question, None):
            rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [*values, PAGE]).fetchall()
            plans.append("; ".join(_in_short(row[-1]) for row in rows))
    return " | ".join(plans)


def _in_short(line: str) -> str:
    found = INDEX.search(line)
    return f"{found[1].split(':')[-1]} ({found[2] or 'whole, in order'})" if found else line.lower()


def by_server(url: str, database: str, question: Question) -> str:
    """The MongoDB-wire server's own plan, in short, with how many keys it looked at."""
    with MongoClient[dict[str, Any]](url) as client:
        cursor = client[database][REFERRALS.name].find(page_filter(question, None), sort=sort_keys(question))
        told = cursor.limit(PAGE).explain()
    stages = list(_stages(told["queryPlanner"]["winningPlan"]))
    index = next((stage["indexName"] for stage in stages if "indexName" in stage), "no index")
    sorts = ", sorts" if any(stage["stage"] == "SORT" for stage in stages) else ""
    keys = told.get("executionStats", {}).get("totalKeysExamined", "?")
    return f"{index.split(':')[-1]}{sorts}, {keys} keys looked at"


def _stages(stage: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield stage
    if "inputStage" in stage:
        yield from _stages(stage["inputStage"])
    for each in stage.get("inputStages", ()):
        yield from _stages(each)
