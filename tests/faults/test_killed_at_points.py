"""T1 and T2: sender and consumer killed at every step of the protocol, with clients at work: nothing lost, nothing twice."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from tests.faults.attacks import CONSUMER_POINTS, SENDER_POINTS, die_at_each
from tests.faults.checking import recoveries
from tests.faults.effects import all_applied, outcome_of
from tests.faults.fleet import PLATFORM, Fleet
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually

RECOVERED_SECONDS = 60
ROUND_SECONDS = 120
pytestmark = pytest.mark.timeout(max(300, Lengths.from_environment().rounds * ROUND_SECONDS))


@dataclass(frozen=True, kw_only=True)
class Victim:
    """Who is killed where, and what the attack is called."""

    test: str
    member: str
    points: tuple[str, ...]


SENDER = Victim(test="T1", member="referrals-0", points=SENDER_POINTS)
CONSUMER = Victim(test="T2", member="witness-0", points=CONSUMER_POINTS)


@pytest.mark.parametrize("victim", [pytest.param(SENDER, id="sender"), pytest.param(CONSUMER, id="consumer")])
def test_killed_at_each_step_it_loses_nothing_and_doubles_nothing(attacked, kind, lengths, victim):
    load = Load(fleet=attacked, pause_seconds=0.3)
    draw = random.Random(f"{kind} {victim.test}")

    with load.running(referrers=2, spenders=1):
        measured = [one_round(attacked, victim, draw=draw) for _ in range(lengths.rounds)]
    outcome = outcome_of(attacked, load.run)

    last_kills = [attacked.history.kills[index] for index in measured]
    report(
        victim.test,
        attack=f"killed at {', '.join(victim.points)}",
        platform=kind,
        runs=lengths.rounds,
        kills=len(attacked.history.kills),
        verdict=outcome.verdict,
        recoveries=recoveries(last_kills, attacked.history, outcome.applied, effect="referral.submitted"),
    )
    assert {kill.cause for kill in attacked.history.kills} == set(victim.points)
    assert outcome.verdict.holds, outcome.verdict


def one_round(fleet: Fleet, victim: Victim, *, draw: random.Random) -> int:
    """Dies at each point; then all that was under way at the last death is waited for. Which kill that was."""
    member = victim.member if victim.member in fleet.members else PLATFORM
    die_at_each(fleet, member, victim.points, draw=draw)
    died_at = fleet.history.kills[-1].at
    under_way = [
        o.id for o in list(fleet.history.operations.values()) if o.attempted_at <= died_at and "submit" in o.id
    ]
    eventually(lambda: all_applied(fleet, under_way), within=RECOVERED_SECONDS)
    return len(fleet.history.kills) - 1
