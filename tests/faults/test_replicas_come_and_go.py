"""T12: services get more replicas and fewer again with clients at work: each has its part of the shards, and nothing is lost,
doubled, out of order or given out again.
"""

from __future__ import annotations

from collections import Counter

import pytest

from shared.messaging.consuming.sharing import REPLICAS, SHARDS_NOTE
from tests.faults.attacks import PROGRESS
from tests.faults.conftest import ON_MONGODB, ON_SQLITE
from tests.faults.effects import books_balance, outcome_of
from tests.faults.fleet import READY_SECONDS, Fleet
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually

SHARING = ("ledger", "notifications", "witness")
"""Those who handle events."""
COUNTS = (3, 2, 4, 1)
pytestmark = pytest.mark.timeout(900)


def are_shared(fleet: Fleet, service: str, replicas: int) -> bool:
    """Whether so many replicas of a service have noted that each has its part of the shards."""
    with fleet.store(service) as store:
        note = store.documents(REPLICAS).get(SHARDS_NOTE)
    parts = Counter(note["owners"]).values() if note else ()
    return len(parts) == replicas and max(parts) - min(parts) <= 1


def does_its_part(fleet: Fleet, member: str) -> bool:
    """Whether a member has begun to apply any event."""
    return any(point == "before-effect" for point, _ in fleet.noted(member))


def scale_under_load(fleet: Fleet, load: Load, replicas: int) -> None:
    """Returns when so many replicas have shared the shards, each has applied something, and more has been done meanwhile."""
    fleet.scale(SHARING, replicas)
    members = [f"{service}-{number}" for service in SHARING for number in range(replicas)]
    eventually(lambda: all(are_shared(fleet, service, replicas) for service in SHARING), within=READY_SECONDS)
    eventually(lambda: all(does_its_part(fleet, member) for member in members), within=READY_SECONDS)
    load.await_more_operations(PROGRESS)


@pytest.mark.parametrize(
    "kind", [ON_SQLITE, *([ON_MONGODB] if Lengths.from_environment().are_long else [])], indirect=True, scope="session"
)
def test_replicas_that_come_and_go_share_the_work_and_lose_nothing(attacked, kind):
    load = Load(fleet=attacked, pause_seconds=0.1)

    with load.running(referrers=4, spenders=2):
        for replicas in COUNTS:
            scale_under_load(attacked, load, replicas)
    outcome = outcome_of(attacked, load.run)

    counts = ", ".join(str(count) for count in COUNTS)
    report(
        "T12",
        attack=f"{len(SHARING)} services at work with 1, then {counts} replicas",
        platform=kind,
        runs=len(COUNTS),
        kills=0,
        verdict=outcome.verdict,
    )
    assert outcome.verdict.holds, outcome.verdict
    assert attacked.given_out_twice() == []
    books_balance(attacked, load, outcome.applied)
