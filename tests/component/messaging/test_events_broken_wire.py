"""The broker's wire is cut again and again while events flow: none is lost, none has two effects, none overtakes another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import eventlet
import pytest
from eventlet.event import Event

from tests.component.conftest import RABBITMQ_URL
from tests.support.eventful import Eventful
from tests.support.waiting import eventually
from tests.support.wires import Wire, wire_to

RECORDS, CHANGES = 20, 10
pytestmark = pytest.mark.needs_rabbitmq


@pytest.fixture
def wire() -> Iterator[tuple[Wire, str]]:
    wire, url = wire_to(str(RABBITMQ_URL))
    yield wire, url
    wire.close()


@pytest.fixture
def platform(tmp_path: Path, wire: tuple[Wire, str]) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=wire[1])
    running.start()
    yield running
    running.stop()


def test_what_was_told_on_a_wire_cut_again_and_again_is_applied_once_and_in_order(
    platform: Eventful, wire: tuple[Wire, str]
) -> None:
    ids = [f"ref-{number}" for number in range(RECORDS)]
    over = Event()
    cutting = eventlet.spawn(cut_now_and_then, wire[0], over)

    for _ in range(CHANGES):
        for referral_id in ids:
            platform.command(referral_id)
            eventlet.sleep(0.005)
    over.send(None)
    cuts = cutting.wait()

    for referral_id in ids:
        platform.await_applied(referral_id, list(range(1, CHANGES + 1)), within=60)
    eventually(lambda: platform.waiting() == 0, within=60)
    eventually(lambda: platform.held() == {}, within=20)
    assert cuts > 3
    assert [len(platform.published(referral_id)) for referral_id in ids] == [CHANGES] * RECORDS


def cut_now_and_then(wire: Wire, over: Event) -> int:
    """Cuts at random moments until it is over; how often."""
    draw = random.Random(11)
    cuts = 0
    while not over.ready():
        eventlet.sleep(draw.uniform(0.05, 0.25))
        wire.cut()
        cuts += 1
    return cuts
