"""The broker's wire is cut, stopped or slowed while events flow (T10): none is lost, doubled, or overtakes another."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import eventlet
import pytest
from eventlet.event import Event

from tests.component.conftest import RABBITMQ_URL
from tests.support.eventful import Eventful
from tests.support.waiting import eventually
from tests.support.wires import Wire, wire_to

RECORDS, CHANGES = 20, 10
Attack = Callable[[Wire, random.Random], None]
pytestmark = pytest.mark.needs_rabbitmq


@pytest.fixture
def wire() -> Iterator[tuple[Wire, str]]:
    wire, url = wire_to(str(RABBITMQ_URL))
    yield wire, url
    wire.close()


@pytest.fixture
def platform(tmp_path: Path, wire: tuple[Wire, str]) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=wire[1], confirm_seconds=1.0)
    running.start()
    yield running
    running.stop()


def cut(wire: Wire, draw: random.Random) -> None:
    """Every connection is reset."""
    eventlet.sleep(draw.uniform(0.05, 0.25))
    wire.cut()


def let_stand_still(wire: Wire, draw: random.Random) -> None:
    """Nothing moves for a while, and then the connections are reset: what was on its way is gone."""
    eventlet.sleep(draw.uniform(0.3, 0.6))
    wire.stop_moving()
    eventlet.sleep(draw.uniform(0.3, 1.2))
    wire.cut()
    wire.move()


def slow_down(wire: Wire, draw: random.Random) -> None:
    """Every piece takes 300 ms each way, and now and then the connections are reset."""
    wire.delay_seconds = 0.3
    eventlet.sleep(draw.uniform(1.0, 2.0))
    wire.cut()


def keep_off(wire: Wire, draw: random.Random) -> None:
    """Connections are reset, and whoever comes again for a while too."""
    eventlet.sleep(draw.uniform(0.3, 0.6))
    wire.keep_everyone_off()
    eventlet.sleep(draw.uniform(0.3, 0.8))
    wire.let_on()


@pytest.mark.parametrize("attack", [cut, let_stand_still, slow_down, keep_off])
def test_what_was_told_on_a_wire_attacked_again_and_again_is_applied_once_and_in_order(
    platform: Eventful, wire: tuple[Wire, str], attack: Attack
) -> None:
    ids = [f"ref-{number}" for number in range(RECORDS)]
    over = Event()
    attacking = eventlet.spawn(again_and_again, attack, wire[0], over)

    for _ in range(CHANGES):
        for referral_id in ids:
            platform.command(referral_id)
            eventlet.sleep(0.01)
    over.send(None)
    times = attacking.wait()
    wire[0].delay_seconds = 0.0

    for referral_id in ids:
        platform.await_applied(referral_id, list(range(1, CHANGES + 1)), within=60)
    eventually(lambda: platform.waiting() == 0, within=60)
    eventually(lambda: platform.held() == {}, within=20)
    assert times > 0
    assert [len(platform.published(referral_id)) for referral_id in ids] == [CHANGES] * RECORDS


def again_and_again(attack: Attack, wire: Wire, over: Event) -> int:
    """Attacks until it is over; how often."""
    draw = random.Random(11)
    times = 0
    while not over.ready():
        attack(wire, draw)
        times += 1
    return times
