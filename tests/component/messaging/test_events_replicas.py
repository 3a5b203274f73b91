"""Two replicas of one reader on RabbitMQ: when the one that reads loses its wire amid the flow, the other goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import eventlet
import pytest
from nameko.containers import ServiceContainer

from tests.component.conftest import RABBITMQ_URL
from tests.support.eventful import Eventful, EventfulPlatform, stop_container
from tests.support.waiting import eventually, patience
from tests.support.wires import Wire, wire_to

RECORDS, CHANGES = 16, 12
pytestmark = pytest.mark.needs_rabbitmq


@pytest.fixture
def wire() -> Iterator[tuple[Wire, str]]:
    wire, url = wire_to(str(RABBITMQ_URL))
    yield wire, url
    wire.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Eventful]:
    """A teller, and a reader that is not started yet."""
    running = Eventful(tmp_path, broker_url=str(RABBITMQ_URL))
    running.start("referrals")
    yield running
    running.stop()


@pytest.fixture
def on_the_wire(platform: Eventful, wire: tuple[Wire, str]) -> Iterator[ServiceContainer]:
    """A replica of the reader whose broker is at the end of the wire; it is the first and so reads all to begin with."""
    settings = replace(platform.platform.settings, broker_url=wire[1])
    other = EventfulPlatform(settings, plugins=tuple(platform.platform.services.values()), faults=platform.faults)
    container = other.container(platform.readers[0])
    container.start()
    resources = container.config["steward.resources"]
    assert resources.reader.wait_ready(patience(20))
    yield container
    stop_container(container)
    other.close()


def test_the_other_replica_goes_on_where_the_first_was_cut_off(
    platform: Eventful, wire: tuple[Wire, str], on_the_wire: ServiceContainer
) -> None:
    [reader] = platform.readers
    platform.start(reader)
    ids = [f"ref-{number}" for number in range(RECORDS)]

    for change in range(CHANGES):
        for referral_id in ids:
            platform.command(referral_id)
            eventlet.sleep(0.003)
        if change == CHANGES // 3:
            wire[0].keep_everyone_off()

    for referral_id in ids:
        platform.await_applied(referral_id, list(range(1, CHANGES + 1)), within=30)
    eventually(lambda: platform.held() == {})
    twice = {place: runs for place, runs in Counter(platform.faults.runs).items() if runs > 1}
    assert len(twice) < RECORDS * CHANGES / 4, "a handler runs again only for what was in hand when the wire was cut"
    wire[0].let_on()


def test_a_replica_that_comes_back_takes_its_part_again(
    platform: Eventful, wire: tuple[Wire, str], on_the_wire: ServiceContainer
) -> None:
    platform.command("ref-1")
    platform.await_applied("ref-1", [1])
    wire[0].keep_everyone_off()
    platform.command("ref-1")

    wire[0].let_on()

    platform.await_applied("ref-1", [1, 2], within=30)
