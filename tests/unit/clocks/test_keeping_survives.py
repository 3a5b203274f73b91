"""What time brings about is told exactly once: by three replicas that sweep one store, and whoever dies between two writes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from shared.messaging.aggregates import Decision
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from shared.policy import keeping
from shared.store.documents import Documents
from shared.store.opening import open_store
from tests.support.clocks import FixedClock
from tests.support.crashing import Died, Life, MortalDocuments
from tests.support.scheduling import LEASE_SECONDS, a_scheduler
from tests.unit.clocks.builders import (
    CASES_DUE,
    COUNCIL,
    DUE,
    STARTED,
    WARN,
    Case,
    a_command,
    keeper_over,
    memory,
    records_over,
    some_clocks,
)

SECOND = timedelta(seconds=1)
CASES = [f"case-{number}" for number in range(4)]


def opened(documents: Documents, clock: FixedClock) -> None:
    """Four cases, each with two clocks."""
    for case_id in CASES:
        kept = keeping.start((), some_clocks("referral_response", "urgent_start", record_id=case_id))
        case = Case(case_id=case_id, clocks=kept.clocks)
        records_over(documents, clock).create(
            case_id, Decision(state=case, events=kept.events), council_id=COUNCIL, cause=a_command()
        )


def a_sweep(documents: Documents, clock: FixedClock, owner: str = "replica-1") -> int:
    """One replica's sweep over its own view of the cases."""
    keeper = keeper_over(documents, clock)

    def keep(record_id: str) -> None:
        keeper.keep(record_id, cause=of_schedule("clocks", record_id))

    return a_scheduler(clock, owner=owner).sweep(DueWork(due=CASES_DUE, documents=documents, do=keep))


def told(documents: Documents) -> Counter[tuple[str, str]]:
    """Which events wait to be published, by type and clock's rule."""
    items = documents.find(limit=100).items
    return Counter((entry["type"], entry["data"]["rule"]) for document in items for entry in document["outbox"])


EVERYTHING = Counter(
    {
        ("clock.started", "C1"): 4,
        ("clock.started", "C6"): 4,
        ("clock.breached", "C6"): 4,
        ("clock.warned", "C1"): 4,
        ("clock.breached", "C1"): 4,
    }
)
MOMENTS = (STARTED + timedelta(hours=25), WARN + 2 * SECOND, DUE + 2 * SECOND)


@pytest.mark.parametrize("dies_at", range(24))
def test_whoever_dies_between_two_writes_leaves_nothing_untold_and_nothing_told_twice(dies_at: int) -> None:
    documents, clock = memory(), FixedClock(STARTED)
    opened(documents, clock)
    died = 0

    for moment in MOMENTS:
        clock.at = moment
        try:
            a_sweep(MortalDocuments(documents, Life(dies_at=dies_at)), clock, owner="mortal")
        except Died:
            died += 1
        clock.advance(timedelta(seconds=LEASE_SECONDS + 1))
        a_sweep(documents, clock, owner="survivor")

    assert died == len(MOMENTS) if dies_at < 16 else died == 0
    assert told(documents) == EVERYTHING


def test_three_replicas_that_sweep_at_once_tell_everything_once() -> None:
    documents, clock = memory(), FixedClock(STARTED)
    opened(documents, clock)

    for moment in MOMENTS:
        clock.at = moment
        racing(documents, clock)

    assert told(documents) == EVERYTHING


def racing(documents: Documents, clock: FixedClock) -> None:
    """Before each write of the first replica the second sweeps, and before each of its writes the third."""
    third = Life(between=lambda: None)

    def third_sweeps() -> None:
        a_sweep(MortalDocuments(documents, third), clock, owner="replica-3")

    def second_sweeps() -> None:
        a_sweep(MortalDocuments(documents, Life(between=third_sweeps)), clock, owner="replica-2")

    a_sweep(MortalDocuments(documents, Life(between=second_sweeps)), clock, owner="replica-1")


def test_replicas_that_ignore_each_others_leases_still_tell_everything_once() -> None:
    documents, clock = memory(), FixedClock(STARTED)
    opened(documents, clock)

    def keep(case_id: str) -> None:
        life = Life(between=lambda: kept_by_another(documents, clock, case_id))
        keeper_over(MortalDocuments(documents, life), clock).keep(case_id, cause=of_schedule("clocks", case_id))

    for moment in MOMENTS:
        clock.at = moment
        for case_id in CASES:
            keep(case_id)

    assert told(documents) == EVERYTHING


def kept_by_another(documents: Documents, clock: FixedClock, case_id: str) -> None:
    keeper_over(documents, clock).keep(case_id, cause=of_schedule("clocks", case_id))


def test_what_another_has_done_already_is_not_written_again() -> None:
    documents, clock = memory(), FixedClock(STARTED)
    opened(documents, clock)
    clock.at = MOMENTS[0]
    a_sweep(documents, clock)
    before = documents.find(limit=100).items

    for case_id in CASES:
        kept_by_another(documents, clock, case_id)

    assert documents.find(limit=100).items == before


def test_three_replicas_on_one_file_tell_everything_once(tmp_path: Path) -> None:
    stores = [open_store(f"sqlite:///{tmp_path}", "cases") for _ in range(3)]
    stores[0].migrate([CASES_DUE.collection])
    views = [store.documents(CASES_DUE.collection) for store in stores]
    clock = FixedClock(STARTED)
    opened(views[0], clock)

    for moment in MOMENTS:
        clock.at = moment
        with ThreadPoolExecutor(max_workers=3) as replicas:
            sweeps = [replicas.submit(a_sweep, view, clock, f"replica-{n}") for n, view in enumerate(views)]
            assert sum(sweep.result() for sweep in sweeps) >= len(CASES)

    assert told(views[0]) == EVERYTHING
    for store in stores:
        store.close()
