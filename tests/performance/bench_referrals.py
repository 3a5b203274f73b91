"""How long a page of referrals takes by HTTP, plain and with each filter, with a thousand referrals and with a hundred thousand.

    python -m tests.performance.bench_referrals [--quick] [--mongodb mongodb://...] [--sizes N N] [--asked N]

A council with that many referrals, the newest page and pages narrowed by status, component, council, overdue clocks, and the
beginning of a reference, a page of two councils, a page far down the list, and what is counted. The figure to read is the
last: how much longer it takes when there are so many more. Beside it stands the same platform asked for its policy packs,
which no referral changes. Under the times stands each page's plan as the store itself explains it, at the larger size: the
index that it reads, and whether it sorts. With a MongoDB-wire server the same is measured there, with few referrals: the
stand-in that is tested against (infra/local/README.md) sorts whatever it finds, so that its times say nothing of MongoDB's own.
Nothing is asserted.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from pymongo import MongoClient

from services.referrals.model.life import STEPS
from services.referrals.model.referral import Referral
from services.referrals.store import REFERRAL, REFERRALS
from shared.clock import SystemClock
from shared.context import Caller
from shared.messaging.aggregates import Decision
from shared.messaging.cause import Cause
from shared.policy.recalculating import (
    RECALCULATING,
    RECALCULATIONS,
    Recalculating,
    recalculation_id,
    reckoned_under,
)
from shared.policy.running import RunningClock
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.settings import read_settings
from shared.store.documents import Document
from shared.store.questions import Question
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.explained import by_server, by_sqlite, questions_of
from tests.support.platforms import SERVICES, Processes, start_embedded

SERVICE = "referrals"
COUNCIL = "cheshire-east"
OTHER = "cambridgeshire-peterborough"
MONTH = {"first_on": "2026-02-01", "last_on": "2026-02-28"}
NEWEST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATUSES = tuple(STEPS)
AT_ONCE = 500
LONGEST_SECONDS = 3.0
ON_SERVER = (200, 2_000)
NOT_MONGODB = """The server is a stand-in that sorts whatever it finds, so that it is not flat. That the questions fit the indexes
by MongoDB's own rule is tested in tests/contract/store/test_referral_indexes.py."""
PAGE = 50
PAGES_DOWN = 10
FILTERS: Mapping[str, Mapping[str, str]] = {
    "newest": {},
    "status": {"status": "submitted"},
    "component": {"component": "brokerage"},
    "council": {"council_id": COUNCIL},
    "council and status": {"council_id": COUNCIL, "status": "waiting"},
    "overdue": {"overdue": "true"},
    "reference": {"q": "REF-00077"},
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A store to measure on: its name, its address, and how it explains a question there."""

    name: str
    url: str
    explained: Callable[[Question], str]


def main(argv: Sequence[str] | None = None) -> int:
    """Prints medians in milliseconds, their ratio, and plans, for each store; always 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="2 000 referrals at most, few questions")
    parser.add_argument("--mongodb", default=os.environ.get("STEWARD_TEST_MONGODB_URL"), help="mongodb://...")
    parser.add_argument("--sizes", type=int, nargs=2, default=[1_000, 100_000])
    parser.add_argument("--asked", type=int, default=60, help="how often each question is asked")
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.sizes, chosen.asked = [200, 2_000], 10
    _compare(on_sqlite, chosen.sizes, chosen.asked)
    if chosen.mongodb:
        print()
        _compare(partial(on_server, chosen.mongodb), ON_SERVER, min(chosen.asked, 10))
        print(NOT_MONGODB)
    return 0


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Place]:
    """A file of its own."""
    stores = folder / "data" / "stores"
    stores.mkdir(parents=True)
    file = stores / f"{SERVICE}.sqlite3"
    yield Place(name="SQLite", url=f"sqlite:///{stores}", explained=partial(by_sqlite, file))


@contextmanager
def on_server(url: str, _folder: Path) -> Iterator[Place]:
    """The server's databases, emptied before and after."""
    with MongoClient[dict[str, Any]](url) as client:
        _drop(client)
        try:
            yield Place(name="MongoDB-wire server", url=url, explained=partial(by_server, url, f"steward_{SERVICE}"))
        finally:
            _drop(client)


def _drop(client: MongoClient[dict[str, Any]]) -> None:
    for service in SERVICES:
        client.drop_database(f"steward_{service}")


def _compare(place_in: Callable[[Path], AbstractContextManager[Place]], sizes: Sequence[int], asked: int) -> None:
    measured = [_measured(place_in, size, asked) for size in sizes]
    (few, name, _), (many, _, plans) = measured
    print(f"{name + ', median ms':32}" + "".join(f"{size:>12,}" for size in sizes) + f"{'ratio':>9}")
    for what in few:
        print(f"{what:32}{few[what]:12.2f}{many[what]:12.2f}{many[what] / few[what]:9.2f}")
    print(f"{name}'s own plans at {sizes[-1]:,}")
    for what, plan in plans.items():
        print(f"  {what:30}{plan}")


def _measured(
    place_in: Callable[[Path], AbstractContextManager[Place]], size: int, asked: int
) -> tuple[dict[str, float], str, dict[str, str]]:
    with tempfile.TemporaryDirectory() as name, place_in(Path(name)) as place:
        folder = Path(name)
        _fill(folder / "data", place.url, size)
        processes = Processes(folder=folder, environment={"PYTHONUNBUFFERED": "1", "STEWARD_STORE_URL": place.url})
        try:
            times = _asked(start_embedded(processes, folder), folder / "data", asked)
        finally:
            processes.stop_all()
        return times, place.name, _plans(place)


def _plans(place: Place) -> dict[str, str]:
    """Each page's plan. The question is the one that the service asks for a caller of one council, or of two."""
    of_one = Caller(actor_id="bench", roles=("adviser",), councils=(COUNCIL,))
    asked = {name: questions_of(of_one, wanted) for name, wanted in FILTERS.items()}
    asked["of two councils"] = questions_of(dataclasses.replace(of_one, councils=(COUNCIL, OTHER)), {})
    return {name: " | ".join(dict.fromkeys(map(place.explained, questions))) for name, questions in asked.items()}


def _asked(address: str, data: Path, asked: int) -> dict[str, float]:
    sign_in = development_sign_in(data_dir=data, clock=SystemClock())
    adviser = Client(address, sign_in(role="adviser", councils=(COUNCIL,)))
    questions: dict[str, Callable[[], Any]] = {"policy packs": lambda: adviser.get("/policies")}
    for name, wanted in FILTERS.items():
        questions[name] = partial(adviser.get, "/referrals", limit=PAGE, **wanted)
    of_two = Client(address, sign_in(role="adviser", councils=(COUNCIL, OTHER)))
    manager = Client(address, sign_in(role="dpss_manager", councils=(COUNCIL,)))
    questions["of two councils"] = partial(of_two.get, "/referrals", limit=PAGE)
    questions["caseloads"] = partial(manager.get, "/caseloads")
    questions["figures of a month"] = partial(manager.get, "/referrals/figures", council_id=COUNCIL, **MONTH)
    place = _place_down(adviser)
    questions[f"{PAGES_DOWN} pages down"] = lambda: adviser.get("/referrals", limit=PAGE, **place)
    return {name: _median(question, asked) for name, question in questions.items()}


def _place_down(adviser: Client) -> dict[str, str]:
    """Where the list goes on some pages down, or as far as it goes."""
    place: dict[str, str] = {}
    for _ in range(PAGES_DOWN):
        following = adviser.get("/referrals", limit=PAGE, **place)["next"]
        if following is None:
            break
        place = {"after": following}
    return place


def _median(question: Callable[[], Any], asked: int) -> float:
    """Of so many times, or of as many as fit into some seconds."""
    question()
    spells: list[float] = []
    until = time.perf_counter() + LONGEST_SECONDS
    while not spells or (len(spells) < asked and time.perf_counter() < until):
        began = time.perf_counter()
        question()
        spells.append((time.perf_counter() - began) * 1000)
    return statistics.median(spells)


def _fill(data: Path, url: str, size: int) -> None:
    """Referrals as the service keeps them, with nothing left to tell."""
    data.mkdir(parents=True, exist_ok=True)
    platform = Platform(dataclasses.replace(read_settings(PlatformSettings), data_dir=str(data), store_url=url))
    platform.migrate()
    stored = platform.store(SERVICE).documents(REFERRALS)
    for first in range(0, size, AT_ONCE):
        refusals = stored.insert_many([_document(number) for number in range(first, min(first + AT_ONCE, size))])
        if any(refusals):
            raise RuntimeError(f"the store refused {sum(map(bool, refusals))} referrals")
    platform.store(SERVICE).documents(RECALCULATIONS).insert_many(_reckoned(platform))
    platform.close()


def _reckoned(platform: Platform) -> list[Document]:
    """That all clocks were reckoned under the packs in force: a platform that begins without it reckons each anew at first."""
    now, policies = SystemClock().now(), platform.policies_of(SERVICE)
    kept = InMemoryAggregates(collection=RECALCULATIONS, kind=RECALCULATING, clock=SystemClock())
    return [
        _kept(
            kept,
            recalculation_id(council_id),
            Recalculating(
                council_id=council_id,
                due_at=now + timedelta(days=1),
                under=reckoned_under(policies, council_id, now),
                settled="yes",
            ),
            council_id,
        )
        for council_id in (COUNCIL, OTHER)
    ]


def _document(number: int) -> Document:
    """What the write protocol keeps of a new referral."""
    referral = _referral(number)
    kept = InMemoryAggregates(collection=REFERRALS, kind=REFERRAL, clock=SystemClock())
    return _kept(kept, referral.referral_id, referral, COUNCIL)


def _kept(kept: InMemoryAggregates[Any], id: str, state: object, council_id: str) -> Document:
    cause = Cause(actor_id="bench", correlation_id="bench", causation_id="bench")
    kept.records.create(id, Decision(state=state), council_id=council_id, cause=cause)
    document = kept.documents.get(id)
    assert document is not None
    return document


def _referral(number: int) -> Referral:
    received_at = NEWEST - timedelta(minutes=7 * number)
    return Referral(
        referral_id=f"ref-{number:08}",
        reference=f"REF-{number:05}",
        person_id=f"per-{number:08}",
        source="adult-social-care",
        urgency="standard",
        status=STATUSES[number % len(STATUSES)],
        received_at=received_at,
        component="brokerage" if number % 3 else "universal-information",
        worker_id=f"worker-{number % 12}",
        clocks=(_clock(number, received_at),),
    )


def _clock(number: int, started_at: datetime) -> RunningClock:
    """One in twenty is overdue; the others have been stopped."""
    return RunningClock(
        clock_id=f"clk-{number:08}",
        rule="C1",
        name="referral_response",
        record_id=f"ref-{number:08}",
        started_at=started_at,
        due_at=started_at + timedelta(days=7),
        clause="CE 4.3",
        policy=f"{COUNCIL}/2019-04-01",
        calendar_version="bench",
        provisional=False,
        explanation={"summary": "bench", "steps": []},
        state="breached" if number % 20 == 0 else "stopped",
    )


if __name__ == "__main__":
    sys.exit(main())
