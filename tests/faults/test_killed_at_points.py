"""T1 and T2: sender and consumer killed at every step of the protocol, with clients at work: nothing lost, nothing twice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from tests.faults.attacks import CONSUMER_POINTS, SENDER_POINTS, die_at_each
from tests.faults.checking import recoveries
from tests.faults.effects import all_applied, books_balance, outcome_of
from tests.faults.fleet import PLATFORM, Fleet
from tests.faults.history import Kill
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually

RECOVERED_SECONDS = 240
ROUND_SECONDS = 300
pytestmark = pytest.mark.timeout(900 + Lengths.from_environment().rounds * ROUND_SECONDS)


@dataclass(frozen=True, kw_only=True)
class Victims:
    """Who is killed where, and what the attack is called."""

    test: str
    services: tuple[str, ...]
    points: tuple[str, ...]

    def members(self, fleet: Fleet) -> list[str]:
        """The services' processes, or the one that holds all."""
        return [PLATFORM] if PLATFORM in fleet.members else [f"{service}-0" for service in self.services]


SENDERS = Victims(test="T1", services=("referrals", "ledger"), points=SENDER_POINTS)
CONSUMERS = Victims(test="T2", services=("witness", "notifications"), points=CONSUMER_POINTS)


@pytest.mark.parametrize("victims", [pytest.param(SENDERS, id="senders"), pytest.param(CONSUMERS, id="consumers")])
def test_killed_at_each_step_they_lose_nothing_and_double_nothing(attacked, kind, lengths, victims):
    load = Load(fleet=attacked, pause_seconds=0.3)

    with load.running(referrers=2, spenders=2):
        last_kills = [one_round(attacked, victims, seed=f"{kind} {n}") for n in range(lengths.rounds)]
    outcome = outcome_of(attacked, load.run)

    history = attacked.history
    report(
        victims.test,
        attack=f"killed at {', '.join(victims.points)}",
        platform=kind,
        runs=lengths.rounds,
        kills=len(history.kills),
        verdict=outcome.verdict,
        recoveries=recoveries(last_kills, history, outcome.applied),
    )
    assert {(kill.member, kill.cause) for kill in history.kills} == set(
        product(victims.members(attacked), victims.points)
    )
    assert outcome.verdict.holds, outcome.verdict
    books_balance(attacked, load, outcome.applied)


def one_round(fleet: Fleet, victims: Victims, *, seed: str) -> Kill:
    """Each dies at each point; then all that was under way at the last death is waited for. Which kill that was."""
    die_at_each(fleet, victims.members(fleet), victims.points, seed=seed)
    last = fleet.history.kills[-1]
    under_way = [o.id for o in list(fleet.history.operations.values()) if o.attempted_at <= last.at]
    eventually(lambda: all_applied(fleet, under_way), within=RECOVERED_SECONDS)
    return last
