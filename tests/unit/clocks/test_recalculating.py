"""A council's open clocks are reckoned anew in pages; whoever dies or stalls half-way, each that moved is told of once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.dates import start_of_london_day
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from shared.policy import keeping, recalculating
from shared.policy.policies import Policies
from shared.policy.recalculating import (
    RECALCULATING,
    RECALCULATIONS,
    RECALCULATIONS_DUE,
    Recalculations,
    reckoned_under,
)
from shared.policy.running import RunningClock
from shared.store.documents import Documents
from tests.support.clocks import FixedClock
from tests.support.crashing import Died, Life, MortalDocuments
from tests.support.documents import InMemoryDocuments
from tests.support.scheduling import LEASE_SECONDS, a_scheduler
from tests.unit.clocks.builders import (
    COUNCIL,
    DUE,
    STARTED,
    Case,
    a_command,
    a_worker,
    closed_on,
    keeper_over,
    memory,
    policies,
    records_over,
    some_clocks,
)

SETTLE = timedelta(seconds=10)
CASES = [f"case-{number}" for number in range(7)]
HOLIDAY = {date(2026, 3, 5): "A jubilee"}
BREACHED = CASES[0]
ENDED = CASES[1]


class Place:
    """Two stores of one service, and what runs over them."""

    def __init__(self) -> None:
        self.clock = FixedClock(STARTED)
        self.cases = memory()
        self.jobs = InMemoryDocuments(RECALCULATIONS)
        self.plain = policies()
        self.later = policies(bank_holidays=HOLIDAY, version="listed again")
        for case_id in CASES:
            self._open(case_id)

    def _open(self, case_id: str) -> None:
        clocks = some_clocks(record_id=case_id)
        if case_id == BREACHED:
            clocks = keeping.tell_passed(clocks, at=DUE + timedelta(seconds=1)).clocks
        if case_id == ENDED:
            clocks = keeping.stop(clocks, at=STARTED).clocks
        records_over(self.cases, self.clock).create(
            case_id, Decision(state=Case(case_id=case_id, clocks=clocks)), council_id=COUNCIL, cause=a_command()
        )

    def running(self, under: Policies, life: Life | None = None) -> Recalculations:
        """What one process does."""
        cases: Documents = MortalDocuments(self.cases, life) if life else self.cases
        jobs: Documents = MortalDocuments(self.jobs, life) if life else self.jobs
        return Recalculations(
            records=Aggregates(documents=jobs, kind=RECALCULATING, clock=self.clock, nudge=lambda _: None),
            keeper=keeper_over(cases, self.clock, under),
            clock=self.clock,
            settle_seconds=SETTLE.total_seconds(),
        )

    def sweep(self, under: Policies, *, life: Life | None = None, owner: str = "replica-1") -> int:
        jobs: Documents = MortalDocuments(self.jobs, life) if life else self.jobs
        work = DueWork(due=RECALCULATIONS_DUE, documents=jobs, do=self.running(under, life).go_on)
        return a_scheduler(self.clock, owner=owner).sweep(work)

    def told(self) -> Counter[str]:
        """How often each case's clock was told to have moved."""
        items = self.cases.find(limit=100).items
        return Counter(
            document["_id"]
            for document in items
            for entry in document["outbox"]
            if entry["type"] == "clock.recalculated"
        )

    def job(self) -> dict[str, Any]:
        (document,) = self.jobs.find().items
        state: dict[str, Any] = document["state"]
        return state


ALL_ONCE = Counter({case_id: 1 for case_id in CASES if case_id != ENDED})


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(recalculating, "PAGE", 2)
    return Place()


def test_every_open_clock_of_the_council_is_reckoned_anew_and_told_once(place: Place) -> None:
    place.running(place.plain).order_where_needed([COUNCIL])
    place.sweep(place.plain)
    place.clock.advance(timedelta(seconds=1))
    place.running(place.later).order_where_needed([COUNCIL])

    place.sweep(place.later)
    place.clock.advance(SETTLE)
    place.sweep(place.later)

    assert place.told() == ALL_ONCE
    states = {d["_id"]: d["state"]["clocks"][0]["state"] for d in place.cases.find(limit=100).items}
    assert (states[BREACHED], states[ENDED], states[CASES[2]]) == ("breached", "stopped", "running")
    assert place.job()["under"] == reckoned_under(place.later, COUNCIL, place.clock.now())


def test_what_another_replica_started_under_the_old_pack_meanwhile_is_found_the_second_time(place: Place) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    place.sweep(place.later)
    late = some_clocks(record_id="case-late")
    records_over(place.cases, place.clock).create(
        "case-late", Decision(state=Case(case_id="case-late", clocks=late)), council_id=COUNCIL, cause=a_command()
    )

    place.clock.advance(SETTLE)
    place.sweep(place.later)

    assert place.told() == ALL_ONCE + Counter({"case-late": 1})


def test_nothing_is_due_again_before_midnight_and_then_nothing_is_written(place: Place) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    for _ in range(2):
        place.sweep(place.later)
        place.clock.advance(SETTLE)
    cases = place.cases.find(limit=100).items

    assert place.sweep(place.later) == 0
    assert place.job()["due_at"] == start_of_london_day(date(2026, 3, 3))
    place.running(place.later).order_where_needed([COUNCIL])
    place.clock.at = start_of_london_day(date(2026, 3, 3))
    assert place.sweep(place.later) == 1
    assert place.sweep(place.later) == 0
    assert place.cases.find(limit=100).items == cases
    assert place.job()["due_at"] == start_of_london_day(date(2026, 3, 4))


def test_a_pack_known_long_before_is_followed_at_midnight_of_its_first_day(place: Place) -> None:
    both = policies(later={"effective_on": "2026-03-03", "calendars": closed_on("2026-03-05")})
    place.running(both).order_where_needed([COUNCIL])
    for _ in range(2):
        place.sweep(both)
        place.clock.advance(SETTLE)
    assert place.told() == Counter()

    place.clock.at = start_of_london_day(date(2026, 3, 3))
    place.sweep(both)

    assert place.told() == ALL_ONCE


@pytest.mark.parametrize("dies_at", range(0, 44, 3))
def test_whoever_dies_half_way_is_followed_by_one_who_goes_on(place: Place, dies_at: int) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    try:
        place.sweep(place.later, life=Life(dies_at=dies_at), owner="mortal")
    except Died:
        place.clock.advance(timedelta(seconds=LEASE_SECONDS + 1))
    for _ in range(2):
        place.sweep(place.later, owner="survivor")
        place.clock.advance(SETTLE)

    assert place.told() == ALL_ONCE
    assert place.job()["settled"] == "yes"


def test_a_page_noted_is_not_looked_at_again(place: Place) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    first = place.running(place.later)
    stopping = threading.Event()
    stopping.set()
    one_page = Recalculations(
        records=first.records, keeper=first.keeper, clock=first.clock, settle_seconds=1, stopping=stopping
    )
    (document,) = place.jobs.find().items

    one_page.go_on(document["_id"])

    assert (place.job()["looked_at"], place.job()["stretch"]) == (2, 0)
    assert sum(place.told().values()) == 2


def test_two_who_go_on_at_once_do_each_others_no_harm(place: Place) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    (document,) = place.jobs.find().items
    other = place.running(place.later)
    met: list[int] = []

    def meanwhile() -> None:
        if len(met) < 1:
            met.append(1)
            other.go_on(document["_id"])

    place.running(place.later, Life(between=meanwhile)).go_on(document["_id"])

    assert place.told() == ALL_ONCE


def test_an_order_that_comes_half_way_with_another_pack_begins_again(place: Place) -> None:
    place.running(place.later).order(COUNCIL, cause=a_command())
    place.sweep(place.later)
    place.clock.advance(timedelta(seconds=1))
    newest = policies(bank_holidays=HOLIDAY | {date(2026, 3, 6): "Another"}, version="the newest")
    place.running(newest).order(COUNCIL, cause=a_command())

    place.sweep(newest)

    due = {d["state"]["clocks"][0]["due_at"] for d in place.cases.find(limit=100).items if d["_id"] in CASES[2:]}
    assert due == {DUE + timedelta(days=2)}


def test_a_record_that_cannot_be_reckoned_anew_does_not_keep_the_others_from_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    reckon = keeping.recalculate

    def fails_for_one(clocks: tuple[RunningClock, ...], **given: Any) -> keeping.Kept:
        if clocks[0].record_id == CASES[3]:
            raise RuntimeError("a defect")
        return reckon(clocks, **given)

    monkeypatch.setattr(keeping, "recalculate", fails_for_one)
    place.running(place.later).order(COUNCIL, cause=a_command())
    with capture_logs() as logs:
        place.sweep(place.later)

    assert place.told() == ALL_ONCE - Counter([CASES[3]])
    assert [(line["event"], line["record_id"]) for line in logs if line["log_level"] == "error"] == [
        ("clocks.not_recalculated", CASES[3])
    ]


def test_a_council_without_a_pack_in_force_leaves_its_clocks_alone(place: Place) -> None:
    none = policies(effective_on="2030-01-01")

    assert reckoned_under(none, COUNCIL, STARTED) == "no pack in force"
    assert reckoned_under(none, "another", STARTED) == "no pack in force"


def test_records_from_before_the_list_of_clocks_are_listed(place: Place) -> None:
    running = place.running(place.later)
    running.order(COUNCIL, cause=of_schedule("recalculations", COUNCIL))
    (job,) = place.jobs.find().items

    running.go_on(job["_id"])

    wanted = running.keeper.wanted(a_worker())
    page = running.keeper.page(wanted, caller=a_worker(), after=None, limit=50)
    assert len(page.items) == len(CASES) - 1
