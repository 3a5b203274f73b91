"""T4: the broker killed with SIGKILL and started again while clients are at work, and the services stay up."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from tests.faults.attacks import kill_again_and_again
from tests.faults.broker import OwnBroker, own_broker
from tests.faults.checking import recoveries
from tests.faults.conftest import SERVICES
from tests.faults.effects import outcome_of
from tests.faults.fleet import Fleet, on_engines
from tests.faults.history import History
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually

KILLS_EACH_ROUND = 3
STOP_SECONDS = 15.0
BLOCKED_SECONDS = 3.0
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.timeout(300 + 60 * Lengths.from_environment().rounds),
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
    eventually(platform.is_up, within=60)
    platform.history = History()
    return platform


def test_a_broker_killed_again_and_again_costs_no_event_and_no_service_its_life(
    broker: OwnBroker, fleet: Fleet, lengths: Lengths
) -> None:
    load, draw = Load(fleet=fleet, pause_seconds=0.1), random.Random(4)
    kills = lengths.rounds * KILLS_EACH_ROUND
    pids = {name: process.pid for name, process in fleet.processes.running.items()}

    with load.running(referrers=4, spenders=2):
        kill_again_and_again(broker, "broker", load, kills=kills, operations=20, draw=draw)
    outcome = outcome_of(fleet, load.run)

    report(
        "T4",
        attack="broker killed and started again",
        platform="RabbitMQ and SQLite",
        runs=kills,
        kills=kills,
        verdict=outcome.verdict,
        recoveries=recoveries(fleet.history.kills, fleet.history, outcome.applied),
    )
    assert outcome.verdict.holds, outcome.verdict
    assert {name: process.pid for name, process in fleet.processes.running.items()} == pids
    assert all(process.poll() is None for process in fleet.processes.running.values())


def test_services_stop_in_time_start_and_come_back_while_the_broker_is_away(broker: OwnBroker, fleet: Fleet) -> None:
    broker.kill()
    eventually(lambda: not fleet.answers())

    codes, seconds = stop_and_start_each(fleet)
    time.sleep(1.0)
    assert all(process.poll() is None for process in fleet.processes.running.values())
    broker.start()

    assert set(codes.values()) == {0}
    assert seconds < STOP_SECONDS
    eventually(fleet.is_up, within=60)


def test_services_stop_in_time_while_the_broker_takes_nothing(broker: OwnBroker, fleet: Fleet) -> None:
    load = Load(fleet=fleet, pause_seconds=0.1)
    with load.running(referrers=2, spenders=1):
        load.await_operations(10, within=60)
        broker.block_publishers()
        time.sleep(BLOCKED_SECONDS)
        codes, seconds = stop_and_start_each(fleet)
        broker.unblock_publishers()
        load.await_operations(len(fleet.history.acknowledged) + 10, within=60)
    outcome = outcome_of(fleet, load.run)

    assert set(codes.values()) == {0}
    assert seconds < STOP_SECONDS
    assert outcome.verdict.holds, outcome.verdict


def stop_and_start_each(fleet: Fleet) -> tuple[dict[str, int], float]:
    """Restarts each member; their exit codes, and the longest that one took to end."""
    longest, codes = 0.0, {}
    for member in fleet.members:
        began = time.monotonic()
        codes[member] = fleet.stop(member)
        longest = max(longest, time.monotonic() - began)
        fleet.start(member)
    return codes, longest
