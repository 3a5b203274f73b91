"""T4 and T5 alike: an engine killed with SIGKILL and started again while clients are at work, and the services stay up."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.faults.attacks import Engine, kill_again_and_again
from tests.faults.checking import recoveries
from tests.faults.effects import outcome_of
from tests.faults.fleet import Fleet
from tests.faults.load import Load
from tests.faults.results import percentile, report


@dataclass(frozen=True, kw_only=True)
class EngineKills:
    """Which engine of which platform dies how often, each time after so many operations, with so many clients."""

    test: str
    name: str
    platform: str
    kills: int
    operations: int
    referrers: int
    spenders: int


def assert_survived(attack: EngineKills, *, engine: Engine, fleet: Fleet) -> None:
    """Nothing that was acknowledged is lost or doubled, and every process is still the one that it was."""
    load, draw = Load(fleet=fleet, pause_seconds=0.1), random.Random(attack.test)
    pids = {name: process.pid for name, process in fleet.processes.running.items()}

    with load.running(referrers=attack.referrers, spenders=attack.spenders):
        starts = kill_again_and_again(
            engine, attack.name, load, kills=attack.kills, operations=attack.operations, draw=draw
        )
    outcome = outcome_of(fleet, load.run)

    report(
        attack.test,
        attack=f"{attack.name} killed and started again",
        platform=attack.platform,
        runs=attack.kills,
        kills=attack.kills,
        verdict=outcome.verdict,
        recoveries=recoveries(fleet.history.kills, fleet.history, outcome.applied),
        note=f"its own start took {percentile(starts, 0.5)} s p50, {percentile(starts, 0.99)} s p99",
    )
    assert outcome.verdict.holds, outcome.verdict
    assert {name: process.pid for name, process in fleet.processes.running.items()} == pids
    assert all(process.poll() is None for process in fleet.processes.running.values())
