"""T4: the broker killed with SIGKILL and started again while clients are at work, and the services stay up."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.faults.broker import OwnBroker, own_broker
from tests.faults.conftest import SERVICES
from tests.faults.effects import outcome_of
from tests.faults.engine_kills import EngineKills, assert_survived
from tests.faults.fleet import Fleet, on_engines
from tests.faults.history import History
from tests.faults.load import Load
from tests.faults.results import Lengths
from tests.support.waiting import eventually

KILLS_EACH_ROUND = 3
READY_AGAIN_SECONDS = 240
BLOCKED_SECONDS = 3.0
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.timeout(900 + 300 * Lengths.from_environment().rounds),
]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnBroker]:
    with own_broker(tmp_path_factory.mktemp("engines")) as broker:
        yield broker


@pytest.fixture(scope="module")
def platform(broker: OwnBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("platform")
    store_url = f"sqlite:///{folder / 'stores'}"
    with on_engines(folder, broker_url=broker.url, store_url=store_url, services=SERVICES) as fleet:
        yield fleet


@pytest.fixture
def fleet(broker: OwnBroker, platform: Fleet) -> Fleet:
    """The platform as good as new, whatever the test before has left."""
    broker.start()
    broker.unblock_publishers()
    eventually(platform.is_up, within=READY_AGAIN_SECONDS)
    platform.history = History()
    return platform


def test_a_broker_killed_again_and_again_costs_no_event_and_no_service_its_life(
    broker: OwnBroker, fleet: Fleet, lengths: Lengths
) -> None:
    attack = EngineKills(
        test="T4",
        name="broker",
        platform="RabbitMQ and SQLite",
        kills=lengths.rounds * KILLS_EACH_ROUND,
        operations=20,
        referrers=4,
        spenders=2,
    )
    assert_survived(attack, engine=broker, fleet=fleet)


def test_services_stop_in_time_start_and_come_back_while_the_broker_is_away(broker: OwnBroker, fleet: Fleet) -> None:
    broker.kill()
    eventually(lambda: not fleet.answers(), within=READY_AGAIN_SECONDS)

    codes = stop_and_start_each(fleet)
    time.sleep(1.0)
    assert all(process.poll() is None for process in fleet.processes.running.values())
    broker.start()

    assert set(codes.values()) == {0}
    eventually(fleet.is_up, within=READY_AGAIN_SECONDS)


def test_services_stop_in_time_while_the_broker_takes_nothing(broker: OwnBroker, fleet: Fleet) -> None:
    load = Load(fleet=fleet, pause_seconds=0.1)
    with load.running(referrers=2, spenders=1):
        load.await_more_operations(10)
        broker.block_publishers()
        time.sleep(BLOCKED_SECONDS)
        codes = stop_and_start_each(fleet)
        broker.unblock_publishers()
        load.await_more_operations(10)
    outcome = outcome_of(fleet, load.run)

    assert set(codes.values()) == {0}
    assert outcome.verdict.holds, outcome.verdict


def stop_and_start_each(fleet: Fleet) -> dict[str, int]:
    """Restarts each member; their exit codes: 0 from those that ended within the time that their settings give them."""
    codes = {}
    for member in fleet.members:
        codes[member] = fleet.stop(member)
        fleet.start(member)
    return codes
