"""T5: the store killed with SIGKILL and started again while clients are at work, and the services stay up."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import SERVICES
from tests.faults.engine_kills import EngineKills, assert_survived
from tests.faults.fleet import Fleet, on_engines
from tests.faults.results import Lengths
from tests.faults.stores import OwnStore, own_store

KILLS_EACH_ROUND = 2
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.needs_mongodb,
    pytest.mark.timeout(900 + 300 * Lengths.from_environment().rounds),
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
    attack = EngineKills(
        test="T5",
        name="store",
        platform="RabbitMQ and MongoDB",
        kills=lengths.rounds * KILLS_EACH_ROUND,
        operations=6,
        referrers=3,
        spenders=1,
    )
    assert_survived(attack, engine=store, fleet=fleet)
