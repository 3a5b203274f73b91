from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import amqp
import pytest
from kombu import Connection

from shared.messaging.consuming.deliveries import Delivery, raw_channel, read_delivery
from tests.support.waiting import patience

Connect = Callable[..., Connection]

BODIES = {
    "JSON": (b'{"a":1}', {"content_type": "application/json", "content_encoding": "utf-8"}),
    "typed JSON that kombu would revive": (
        b'{"__type__":"uuid","__value__":"x"}',
        {"content_type": "application/json"},
    ),
    "gzip that kombu would inflate": (gzip.compress(b"x" * 10_000), {"headers": {"compression": "application/x-gzip"}}),
    "gzip of another name": (gzip.compress(b"x"), {"headers": {"compression": "none-such"}}),
    "no UTF-8": (b"\xff\xfe\x00", {"content_encoding": "utf-8"}),
    "a charset that changes bytes when decoded": (b"\xff\xfeh\x00", {"content_encoding": "utf-16"}),
    "nothing": (b"", {}),
}


@pytest.fixture
def queue(broker_url: str, connect: Connect) -> Iterator[str]:
    """A durable queue of this test's own."""
    name = f"test-{uuid4().hex}"
    channel = connect(broker_url).default_channel
    channel.queue_declare(name, durable=True, auto_delete=False)
    yield name
    channel.queue_delete(name)


def deliver(connection: Connection, queue: str, body: bytes, **message: Any) -> list[Delivery]:
    """Publish to the queue's own name, and take what arrives without settling it."""
    channel = raw_channel(connection)
    deliveries: list[Delivery] = []
    channel.basic_publish(channel.prepare_message(body, **message), exchange="", routing_key=queue)
    channel.basic_consume(queue, callback=lambda raw: deliveries.append(read_delivery(raw)), consumer_tag="reader")
    while not deliveries:
        connection.drain_events(timeout=patience(20))
    return deliveries


@pytest.mark.parametrize(("body", "message"), BODIES.values(), ids=BODIES)
def test_the_bytes_of_a_body_arrive_as_they_were_sent(
    broker_url: str, connect: Connect, queue: str, body: bytes, message: dict[str, Any]
) -> None:
    (delivery,) = deliver(connect(broker_url), queue, body, **message)

    assert delivery.body == body
    assert delivery.headers == message.get("headers", {})
    assert delivery.content_type == message.get("content_type")


def test_a_delivery_names_where_the_message_came_from(broker_url: str, connect: Connect, queue: str) -> None:
    properties = {"message_id": "event-1", "correlation_id": "story-1", "reply_to": "someone"}

    (delivery,) = deliver(connect(broker_url), queue, b"1", properties=properties)

    assert (delivery.exchange, delivery.routing_key, delivery.redelivered) == ("", queue, False)
    assert (delivery.message_id, delivery.correlation_id, delivery.reply_to) == ("event-1", "story-1", "someone")
    assert (delivery.user_id, delivery.delivery_tag) == (None, 1)


def test_a_message_that_was_given_back_is_marked(broker_url: str, connect: Connect, queue: str) -> None:
    lost = connect(broker_url)
    deliver(lost, queue, b"1")
    lost.close()

    again = connect(broker_url)
    channel = raw_channel(again)
    deliveries: list[Delivery] = []
    channel.basic_consume(queue, callback=lambda raw: deliveries.append(read_delivery(raw)))
    while not deliveries:
        again.drain_events(timeout=patience(20))

    assert (deliveries[0].body, deliveries[0].redelivered) == (b"1", True)


def test_a_user_id_is_proved_by_the_broker(broker_url: str, connect: Connect, queue: str) -> None:
    (delivery,) = deliver(connect(broker_url), queue, b"1", properties={"user_id": "guest"})

    assert delivery.user_id == "guest"
    with pytest.raises(amqp.exceptions.PreconditionFailed):
        deliver(connect(broker_url), queue, b"2", properties={"user_id": "someone-else"})
