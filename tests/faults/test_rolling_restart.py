"""T12: every process restarted in turn by SIGTERM with clients at work: nothing lost or doubled, nothing applied comes again."""

from __future__ import annotations

import pytest

from tests.faults.attacks import restart_each
from tests.faults.conftest import EVERY_SERVICE, WITH_REPLICAS
from tests.faults.effects import books_balance, outcome_of
from tests.faults.load import Load
from tests.faults.results import report

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize("kind", WITH_REPLICAS, indirect=True, scope="session")
def test_restarted_in_turn_they_lose_nothing_and_let_nothing_come_again(attacked, kind, lengths):
    attacked.scale(EVERY_SERVICE, lengths.replicas)
    load = Load(fleet=attacked, pause_seconds=0.1)

    with load.running(referrers=4, spenders=2):
        load.await_operations(20, within=180)
        codes = restart_each(attacked, attacked.members)
    outcome = outcome_of(attacked, load.run)

    report(
        "T12",
        attack=f"SIGTERM to each of {len(codes)} processes in turn",
        platform=kind,
        runs=len(codes),
        kills=0,
        verdict=outcome.verdict,
    )
    assert set(codes.values()) == {0}, codes
    assert outcome.verdict.holds, outcome.verdict
    assert attacked.given_out_twice() == []
    books_balance(attacked, load, outcome.applied)
