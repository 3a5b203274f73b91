"""Publisher and reader on a RabbitMQ whose connection is cut, refused or stands still: nothing confirmed is lost."""

from __future__ import annotations

import random
import threading
import time

import pytest

from shared.messaging.publisher import NotPublished
from tests.integration.messaging.desk import Desk
from tests.support.waiting import eventually

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
    over = threading.Event()
    cutting = threading.Thread(target=cut_now_and_then, args=(desk, over), daemon=True)
    cutting.start()

    for number in range(300):
        desk.publish_until_taken(f"m-{number}", "ab"[number % 2])
    over.set()
    cutting.join()

    eventually(lambda: len(desk.came) == 300, within=30)
    eventually(lambda: desk.waiting() == 0, within=30)


def cut_now_and_then(desk: Desk, over: threading.Event) -> None:
    draw = random.Random(7)
    while not over.wait(draw.uniform(0.05, 0.3)):
        desk.wire.cut()


def test_while_the_broker_is_away_nothing_is_taken_and_then_all_goes_on(desk: Desk) -> None:
    desk.start_reading()
    desk.wire.keep_everyone_off()
    eventually(lambda: not desk.reader.connected)
    with pytest.raises(NotPublished):
        desk.publish("m-1").wait()

    desk.wire.let_on()

    desk.publish_until_taken("m-2")
    eventually(lambda: desk.came["m-2"] == 1, within=20)


def test_a_wire_that_stands_still_is_noticed_and_given_up(desk: Desk) -> None:
    desk.start_reading()
    desk.publish("m-1").wait()
    desk.wire.stop_moving()
    began = time.monotonic()

    with pytest.raises(NotPublished):
        desk.publish("m-2").wait()

    assert time.monotonic() - began < desk.confirm_timeout + 2
    eventually(lambda: not desk.reader.connected, within=15)
    desk.wire.cut()
    desk.wire.move()
    desk.publish_until_taken("m-3")
    eventually(lambda: desk.came["m-3"] == 1, within=20)


def test_a_publisher_closed_on_a_wire_that_stands_still_does_not_hang(desk: Desk) -> None:
    waiting = desk.publish("m-1")
    desk.wire.stop_moving()
    began = time.monotonic()

    desk.publisher.close(deadline_seconds=1.0)

    assert time.monotonic() - began < 3
    with pytest.raises(NotPublished):
        waiting.wait()


def test_a_reader_stops_within_its_time_and_leaves_the_rest_to_the_broker(desk: Desk) -> None:
    desk.pause.set()
    desk.start_reading()
    for number in range(6):
        desk.publish(f"m-{number}").wait()
    eventually(lambda: desk.waiting() == 1 and desk.begun == ["m-0"])

    stopping = threading.Thread(target=desk.reader.stop, kwargs={"deadline_seconds": 5})
    stopping.start()
    eventually(desk.reader._stopping.is_set)
    desk.pause.clear()
    stopping.join(10)

    assert desk.order == ["m-0"], "what was in hand is finished, no other is begun"
    eventually(lambda: desk.waiting() == 5)
