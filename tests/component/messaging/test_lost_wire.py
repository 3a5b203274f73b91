"""A connection whose wire was cut says so to whoever uses it further, and never becomes another one in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.messaging.wire.connection import LOST, Link
from tests.component.conftest import RABBITMQ_URL
from tests.support.waiting import eventually
from tests.support.wires import Wire, wire_to

pytestmark = pytest.mark.needs_rabbitmq


@pytest.fixture
def wire() -> Iterator[tuple[Wire, str]]:
    wire, url = wire_to(str(RABBITMQ_URL))
    yield wire, url
    wire.close()


def test_no_further_channel_is_opened_on_a_connection_that_is_lost(wire: tuple[Wire, str]) -> None:
    link = Link(wire[1], heartbeat=10, connect_timeout=10)
    further = link.open_channel()
    wire[0].cut()
    eventually(lambda: is_lost_when_writing(link, further), within=20)

    with pytest.raises(LOST):
        link.open_channel()

    assert wire[0].connections == 0
    link.hang_up()


def is_lost_when_writing(link: Link, channel: object) -> bool:
    try:
        link.leave_channel(channel)
    except LOST:
        return True
    return False
