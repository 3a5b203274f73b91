"""T3: members of every service killed at random with clients at work: nothing lost, nothing twice, each book sums to nought."""

from __future__ import annotations

import random

import pytest

from tests.faults.attacks import killing_at_random
from tests.faults.checking import recoveries
from tests.faults.conftest import EMBEDDED, EVERY_SERVICE, WITH_REPLICAS
from tests.faults.effects import books_balance, outcome_of
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually

EVERY_SECONDS = {EMBEDDED: 5.0}
"""Where all is in one process, it needs this long to do anything between two deaths."""
USUAL_SECONDS = 2.0
FEWEST_KILLS = 3
MOST_SECONDS = 900 + 4 * Lengths.from_environment().seconds + Lengths.from_environment().commands
pytestmark = pytest.mark.timeout(2 * MOST_SECONDS + 600)


@pytest.mark.parametrize("kind", WITH_REPLICAS, indirect=True, scope="session")
def test_killed_at_random_they_lose_nothing_and_double_nothing(attacked, kind, lengths):
    attacked.scale(EVERY_SERVICE, lengths.replicas)
    load = Load(fleet=attacked, pause_seconds=0.1)
    every_seconds = EVERY_SECONDS.get(kind, USUAL_SECONDS)

    attack = killing_at_random(attacked, attacked.members, every_seconds=every_seconds, draw=random.Random(kind))
    with load.running(referrers=4, spenders=2), attack:
        load.stopping.wait(lengths.seconds)
        load.await_operations(lengths.commands, within=MOST_SECONDS)
        eventually(lambda: len(attacked.history.kills) >= FEWEST_KILLS, within=MOST_SECONDS)
    outcome = outcome_of(attacked, load.run)

    kills = attacked.history.kills
    report(
        "T3",
        attack=f"any of {len(attacked.members)} processes killed every {every_seconds:g} s or more",
        platform=kind,
        runs=1,
        kills=len(kills),
        verdict=outcome.verdict,
        recoveries=recoveries(kills, attacked.history, outcome.applied),
    )
    assert outcome.verdict.holds, outcome.verdict
    books_balance(attacked, load, outcome.applied)
