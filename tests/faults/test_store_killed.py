"""T5: the store killed with SIGKILL and started again while clients are at work, and the services stay up."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.attacks import kill_again_and_again
from tests.faults.checking import recoveries
from tests.faults.conftest import SERVICES
from tests.faults.effects import outcome_of
from tests.faults.fleet import Fleet, on_engines
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.faults.stores import OwnStore, own_store

KILLS_EACH_ROUND = 2
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.needs_mongodb,
    pytest.mark.timeout(300 + 90 * Lengths.from_environment().rounds),
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OwnStore]:
    with own_store(tmp_path / "engines") as store:
        yield store


@pytest.fixture
def fleet(store: OwnStore, tmp_path: Path) -> Iterator[Fleet]:
    broker_url = os.environ["STEWARD_TEST_RABBITMQ_URL"]
    with on_engines(tmp_path, broker_url=broker_url, store_url=store.url, services=SERVICES) as fleet:
        yield fleet


def test_a_store_killed_again_and_again_costs_nothing_that_was_acknowledged(
    store: OwnStore, fleet: Fleet, lengths: Lengths
) -> None:
    load, draw = Load(fleet=fleet, pause_seconds=0.1), random.Random(5)
    kills = lengths.rounds * KILLS_EACH_ROUND
    pids = {name: process.pid for name, process in fleet.processes.running.items()}

    with load.running(referrers=3, spenders=1):
        kill_again_and_again(store, "store", load, kills=kills, operations=6, draw=draw)
    outcome = outcome_of(fleet, load.run)

    report(
        "T5",
        attack="store killed and started again",
        platform="RabbitMQ and MongoDB",
        runs=kills,
        kills=kills,
        verdict=outcome.verdict,
        recoveries=recoveries(fleet.history.kills, fleet.history, outcome.applied),
    )
    assert outcome.verdict.holds, outcome.verdict
    assert {name: process.pid for name, process in fleet.processes.running.items()} == pids
    assert all(process.poll() is None for process in fleet.processes.running.values())
