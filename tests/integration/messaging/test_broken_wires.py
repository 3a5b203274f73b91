"""Publisher and reader on a RabbitMQ whose connection is cut, refused or stands still: nothing confirmed is lost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.messaging.publishing.publisher import NotPublished
from shared.messaging.wire.connection import Link
from tests.integration.messaging.desk import Desk
from tests.support.waiting import eventually, patience

SLOW_SECONDS = 0.5
"""Longer than a reader looks for what has come, shorter than it waits for an answer."""
pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.enable_socket]


def test_messages_are_taken_read_and_acknowledged(desk: Desk) -> None:
    desk.start_reading()

    for number in range(20):
        desk.publish(f"m-{number}", "ab"[number % 2]).wait()

    eventually(lambda: len(desk.came) == 20)
    eventually(lambda: desk.waiting() == 0)
    assert [id for id in desk.order if int(id[2:]) % 2 == 0] == [f"m-{number}" for number in range(0, 20, 2)]


def test_a_message_without_a_queue_is_not_published_and_the_next_is(desk: Desk) -> None:
    lost, taken = desk.publish("m-1", "nowhere"), desk.publish("m-2")

    taken.wait()
    with pytest.raises(NotPublished, match="no queue"):
        lost.wait()


def test_a_connection_cut_again_and_again_loses_nothing_that_was_confirmed(desk: Desk) -> None:
    desk.start_reading()

    with cuts(desk):
        for number in range(300):
            desk.publish_until_taken(f"m-{number}", "ab"[number % 2])

    eventually(lambda: len(desk.came) == 300, within=30)
    eventually(lambda: desk.waiting() == 0, within=30)


@pytest.mark.parametrize("place", ["publishing.publisher", "consuming.reader"])
def test_a_connection_lost_before_it_is_of_use_leaves_no_socket_open(desk: Desk, monkeypatch, place: str) -> None:
    links: list[Link] = []

    class LostAtOnce(Link):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            links.append(self)
            if len(links) == 1:
                desk.wire.cut()

    monkeypatch.setattr(f"shared.messaging.{place}.Link", LostAtOnce)

    desk.start_reading()
    desk.publish_until_taken("m-1")

    eventually(lambda: desk.came["m-1"] == 1, within=20)
    assert links[0]._writing.fileno() < 0
    assert links[0]._amqp.connected is None


@contextmanager
def cuts(desk: Desk) -> Iterator[None]:
    """Cuts the wire now and then, each time only after a message was taken: who needs longer to connect gets it."""
    over = threading.Event()

    def cut_now_and_then() -> None:
        draw, taken = random.Random(7), 0
        while not over.wait(draw.uniform(0.05, 0.3)):
            if desk.taken > taken:
                taken = desk.taken
                desk.wire.cut()

    cutting = threading.Thread(target=cut_now_and_then, daemon=True)
    cutting.start()
    try:
        yield
    finally:
        over.set()
        cutting.join()


def test_while_the_broker_is_away_nothing_is_taken_and_then_all_goes_on(desk: Desk) -> None:
    desk.start_reading()
    desk.wire.keep_everyone_off()
    eventually(lambda: not desk.reader.connected, within=20)
    with pytest.raises(NotPublished):
        desk.publish("m-1").wait()

    desk.wire.let_on()

    desk.publish_until_taken("m-2")
    eventually(lambda: desk.came["m-2"] == 1, within=20)


@pytest.mark.parametrize("waits", [{"confirm_timeout": 3.0, "heartbeat": 1.0}])
def test_a_wire_that_stands_still_is_noticed_and_given_up(desk: Desk) -> None:
    desk.start_reading()
    desk.publish_until_taken("m-1")
    desk.wire.stop_moving()

    with pytest.raises(NotPublished):
        desk.publish("m-2").wait()

    eventually(lambda: not desk.reader.connected, within=20)
    desk.wire.cut()
    desk.wire.move()
    desk.publish_until_taken("m-3")
    eventually(lambda: desk.came["m-3"] == 1, within=20)


def test_a_publisher_closed_on_a_wire_that_stands_still_does_not_hang(desk: Desk) -> None:
    desk.publish_until_taken("m-1")
    desk.wire.stop_moving()
    waiting = desk.publish("m-2")
    began = time.monotonic()

    desk.publisher.close(deadline_seconds=1.0)

    assert time.monotonic() - began < desk.confirm_timeout, "it waited no longer than it was told"
    with pytest.raises(NotPublished):
        waiting.wait()


def test_a_reader_stops_within_its_time_and_leaves_the_rest_to_the_broker(desk: Desk) -> None:
    desk.pause.set()
    desk.start_reading()
    for number in range(6):
        desk.publish(f"m-{number}").wait()
    eventually(lambda: desk.waiting() == 1 and desk.begun == ["m-0"])

    stopping = threading.Thread(target=desk.reader.stop, kwargs={"deadline_seconds": patience(20)})
    stopping.start()
    eventually(desk.reader._stopping.is_set)
    desk.pause.clear()
    stopping.join(patience(20))

    assert desk.order == ["m-0"], "what was in hand is finished, no other is begun"
    eventually(lambda: desk.waiting() == 5)


def test_a_reader_that_stops_on_a_slow_wire_has_acknowledged_what_it_is_done_with(desk):
    desk.pause.set()
    desk.publish("m-1", "a").wait()
    desk.publish("m-2", "b").wait()
    desk.start_reading()
    eventually(lambda: sorted(desk.begun) == ["m-1", "m-2"])

    desk.wire.delay_seconds = SLOW_SECONDS
    desk.pause.clear()
    desk.reader.stop(deadline_seconds=patience(20))
    desk.wire.keep_everyone_off()

    eventually(lambda: desk.consumers() == 0)
    assert sorted(desk.came) == ["m-1", "m-2"]
    assert desk.waiting() == 0
