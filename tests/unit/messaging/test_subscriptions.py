"""A queue that is handed back is given up when nothing of it is in hand any more, and not before."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.messaging.consuming.subscriptions import Session, Subscription

QUEUE, OTHER = "tally.events.03", "tally.events.04"


class NotingChannel:
    """Takes note of what is asked of it; `deliver` is the broker's side."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[int, bool]] = []
        self.is_lost = False
        self._callback: Callable[[Any], None] | None = None

    def basic_qos(self, size: int, count: int, for_all: bool) -> None:
        assert (size, for_all) == (0, False)

    def basic_consume(self, queue: str, *, callback: Callable[[Any], None], consumer_tag: str) -> None:
        assert consumer_tag.startswith(queue)
        self._callback = callback

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        if self.is_lost:
            raise ConnectionResetError
        self.acknowledged.append((delivery_tag, multiple))

    def deliver(self, message: str) -> None:
        assert self._callback is not None
        self._callback(message)


class NotingLink:
    """A connection on which nothing comes by itself."""

    def __init__(self) -> None:
        self.channel = NotingChannel()
        self.opened: list[NotingChannel] = []
        self.left: list[NotingChannel] = []

    def open_channel(self) -> NotingChannel:
        self.opened.append(NotingChannel())
        return self.opened[-1]

    def leave_channel(self, channel: NotingChannel) -> None:
        self.left.append(channel)

    @contextlib.contextmanager
    def patient(self) -> Iterator[None]:
        yield

    def drain(self) -> None:
        """Nothing has come."""


class Desk:
    """A session that reads two queues apart, and the subscriptions of what has arrived."""

    def __init__(self) -> None:
        self.link = NotingLink()
        self.arrived: list[Subscription] = []
        self.session = Session(
            self.link, prefetch=5, arrived=lambda _session, place, _message: self.arrived.append(place)
        )
        self.session.consume_apart(QUEUE)
        self.session.consume_apart(OTHER)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_queue_handed_back_is_given_up_once_nothing_of_it_is_in_hand(desk):
    desk.link.opened[0].deliver("first")
    [place] = desk.arrived
    assert place.begin()

    desk.session.hand_back([QUEUE])
    desk.session.drain()
    before = list(desk.link.left)
    desk.session.acknowledge(place, [1])
    place.let_go()
    desk.session.drain()

    assert before == []
    assert desk.link.left == [desk.link.opened[0]]
    assert desk.link.opened[0].acknowledged == [(1, True)]
    assert len(desk.link.opened) == 3


def test_of_a_queue_read_apart_everything_done_is_acknowledged_in_one_step(desk):
    for _ in range(3):
        desk.link.opened[0].deliver("one of three")

    desk.session.acknowledge(desk.arrived[0], [1, 2, 3])

    assert desk.link.opened[0].acknowledged == [(3, True)]


def test_queues_read_beside_others_are_acknowledged_one_by_one_as_their_channel_may_hold_what_is_not_done(desk):
    desk.session.consume("tally.requests")
    desk.link.channel.deliver("a request")

    desk.session.acknowledge(desk.arrived[0], [2, 4])

    assert desk.link.channel.acknowledged == [(2, False), (4, False)]


def test_nothing_more_of_a_queue_handed_back_is_begun_and_other_queues_go_on(desk):
    desk.link.opened[0].deliver("first")
    desk.link.opened[1].deliver("another")

    desk.session.hand_back([QUEUE])

    assert [place.begin() for place in desk.arrived] == [False, True]


def test_whoever_has_handed_a_queue_back_has_received_nothing_of_it_yet(desk):
    desk.link.opened[0].deliver("first")
    received = desk.session.received()

    desk.session.hand_back([QUEUE])
    desk.session.drain()

    assert received == {QUEUE}
    assert desk.session.received() == set()


def test_with_a_lost_connection_nothing_that_came_over_it_is_begun(desk):
    desk.link.opened[0].deliver("first")
    desk.link.opened[1].deliver("another")
    first, another = desk.arrived
    assert first.begin()
    first.channel.is_lost = True

    desk.session.acknowledge(first, [1])

    assert not desk.session.is_alive
    assert not another.begin()
