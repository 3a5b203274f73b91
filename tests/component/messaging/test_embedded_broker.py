from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import amqp
import pytest
from kombu import Connection

from shared.messaging.consuming.deliveries import read_delivery
from tests.support.waiting import eventually, patience

Connect = Callable[..., Connection]


class Inbox:
    """What one consumer got."""

    def __init__(self, connection: Connection, channel: Any) -> None:
        self.connection = connection
        self.channel = channel
        self.messages: list[Any] = []

    def drain(self) -> list[bytes]:
        """The bodies of all that is there now."""
        found = len(self.messages)
        try:
            while True:
                self.connection.drain_events(timeout=0)
        except TimeoutError:
            return [message.body for message in self.messages[found:]]

    def tags(self) -> list[int]:
        return [message.delivery_tag for message in self.messages]


def a_queue(channel: Any, name: str = "fund.events", **options: Any) -> str:
    channel.exchange_declare("ledger.events", "topic", durable=True, auto_delete=False)
    options = {"durable": True, "auto_delete": False, **options}
    name = channel.queue_declare(name, **options).queue
    channel.queue_bind(name, "ledger.events", "fund.#")
    return str(name)


def a_reader(connection: Connection, queue: str, *, prefetch: int = 0, no_ack: bool = False) -> Inbox:
    channel = connection.channel()
    channel.basic_qos(0, prefetch, False)
    inbox = Inbox(connection, channel)
    channel.basic_consume(queue, callback=inbox.messages.append, no_ack=no_ack, consumer_tag="reader")
    return inbox


def publish(channel: Any, body: bytes, *, key: str = "fund.opened.07", **options: Any) -> None:
    properties = options.pop("properties", {})
    message = channel.prepare_message(body, content_type="application/json", properties=properties)
    channel.basic_publish(message, exchange="ledger.events", routing_key=key, **options)


class Outcomes:
    """What a publisher in confirm mode was told."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.channel = connection.channel()
        self.channel.confirm_select()
        self.kept: list[tuple[int, bool]] = []
        self.refused: list[tuple[int, bool]] = []
        self.returned: list[tuple[Any, ...]] = []
        self.channel.events["basic_ack"].add(lambda *told: self.kept.append(told))
        self.channel.events["basic_nack"].add(lambda *told: self.refused.append(told))
        self.channel.events["basic_return"].add(lambda *told: self.returned.append(told))

    def drain(self) -> list[tuple[int, bool]]:
        try:
            while True:
                self.connection.drain_events(timeout=0)
        except TimeoutError:
            return self.kept


def test_a_publish_is_confirmed_only_when_every_durable_queue_has_settled_its_copy(
    embedded_url: str, connect: Connect
) -> None:
    first = a_reader(connect(embedded_url), a_queue(connect(embedded_url).default_channel, "first"))
    second = a_reader(connect(embedded_url), a_queue(connect(embedded_url).default_channel, "second"))
    publisher = Outcomes(connect(embedded_url))

    publish(publisher.channel, b"1", mandatory=True)
    first.drain()
    second.drain()
    before_any_ack = list(publisher.drain())
    first.channel.basic_ack(1)
    after_one_ack = list(publisher.drain())
    second.channel.basic_ack(1)

    assert before_any_ack == []
    assert after_one_ack == []
    assert publisher.drain() == [(1, False)]


def test_a_queue_of_an_outside_party_counts_as_settled_when_it_has_its_copy(
    embedded_url: str, connect: Connect
) -> None:
    a_queue(connect(embedded_url).default_channel, "ext.council", arguments={"x-steward-outside": True})
    publisher = Outcomes(connect(embedded_url))

    publish(publisher.channel, b"1")

    assert publisher.drain() == [(1, False)]


def test_a_queue_that_ends_with_its_connection_holds_no_confirm_back(embedded_url: str, connect: Connect) -> None:
    owner = connect(embedded_url)
    a_queue(owner.default_channel, "watcher", exclusive=True)
    publisher = Outcomes(connect(embedded_url))

    publish(publisher.channel, b"1")

    assert publisher.drain() == [(1, False)]


def test_a_redelivered_copy_still_holds_the_confirm_back(embedded_url: str, connect: Connect) -> None:
    queue = a_queue(connect(embedded_url).default_channel)
    publisher = Outcomes(connect(embedded_url))
    lost = connect(embedded_url)
    reader = a_reader(lost, queue)
    publish(publisher.channel, b"1")
    reader.drain()

    lost.close()
    told_after_loss = list(publisher.drain())
    second = a_reader(connect(embedded_url), queue)
    second.drain()
    second.channel.basic_ack(second.tags()[0])

    assert told_after_loss == []
    assert second.messages[0].delivery_info["redelivered"] is True
    assert publisher.drain() == [(1, False)]


def test_publishes_are_numbered_per_channel_from_one(embedded_url: str, connect: Connect) -> None:
    publisher = Outcomes(connect(embedded_url))
    a_queue(publisher.connection.default_channel, arguments={"x-steward-outside": True})

    for number in range(3):
        publish(publisher.channel, b"%d" % number)

    assert publisher.drain() == [(1, False), (2, False), (3, False)]


def test_a_mandatory_publish_without_a_queue_comes_back_before_its_confirm(embedded_url: str, connect: Connect) -> None:
    publisher = Outcomes(connect(embedded_url))
    a_queue(publisher.connection.default_channel)

    publish(publisher.channel, b"1", key="nobody", mandatory=True, properties={"message_id": "event-1"})
    publisher.connection.drain_events(timeout=0)
    told_first = (len(publisher.returned), len(publisher.kept))
    publisher.drain()

    refusal, exchange, key, message = publisher.returned[0]
    assert told_first == (1, 0)
    assert (refusal.reply_code, exchange, key) == (312, "ledger.events", "nobody")
    assert (message.body, message.properties["message_id"]) == (b"1", "event-1")
    assert publisher.kept == [(1, False)]


def test_a_return_nobody_listens_for_is_raised_from_the_drain(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    a_queue(connection.default_channel)
    publish(connection.default_channel, b"1", key="nobody", mandatory=True)

    with pytest.raises(amqp.exceptions.ChannelError, match="NO_ROUTE"):
        connection.drain_events(timeout=0)


def test_publishing_to_an_unknown_exchange_is_refused_with_404_by_the_next_drain(
    embedded_url: str, connect: Connect
) -> None:
    connection = connect(embedded_url)
    channel = connection.channel()

    publish(channel, b"1")

    with pytest.raises(amqp.exceptions.NotFound) as refusal:
        connection.drain_events(timeout=0)
    assert refusal.value.reply_code == 404
    assert a_queue(channel) == "fund.events"


def test_the_librarys_blocking_confirm_raises_no_route_at_once(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url, transport_options={"confirm_publish": True})
    a_queue(connection.default_channel)

    publish(connection.default_channel, b"1", mandatory=True)

    with pytest.raises(amqp.exceptions.ChannelError, match="NO_ROUTE"):
        publish(connection.default_channel, b"2", key="nobody", mandatory=True)


def test_a_consumer_holds_no_more_than_its_prefetch(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    reader = a_reader(connect(embedded_url), a_queue(connection.default_channel), prefetch=2)
    for number in range(4):
        publish(connection.default_channel, b"%d" % number)

    first = reader.drain()
    reader.channel.basic_ack(1)
    second = reader.drain()

    assert first == [b"0", b"1"]
    assert second == [b"2"]


def test_two_consumers_of_one_channel_have_a_prefetch_each(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    for name in ("first", "second"):
        a_queue(connection.default_channel, name)
    channel = connection.channel()
    channel.basic_qos(0, 1, False)
    got: list[bytes] = []
    channel.basic_consume("first", callback=lambda message: got.append(b"first " + message.body))
    channel.basic_consume("second", callback=lambda message: got.append(b"second " + message.body))

    for number in range(2):
        publish(connection.default_channel, b"%d" % number)
    Inbox(connection, channel).drain()

    assert sorted(got) == [b"first 0", b"second 0"]


def test_a_requeued_message_comes_back_where_it_was(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    queue = a_queue(connection.default_channel)
    reader = a_reader(connect(embedded_url), queue, prefetch=3)
    for number in range(5):
        publish(connection.default_channel, b"%d" % number)
    reader.drain()

    reader.channel.basic_cancel("reader")
    reader.channel.basic_reject(2, requeue=True)
    reader.channel.basic_reject(1, requeue=True)
    next_reader = a_reader(connect(embedded_url), queue)

    assert next_reader.drain() == [b"0", b"1", b"3", b"4"]
    assert [message.delivery_info["redelivered"] for message in next_reader.messages] == [True, True, False, False]


def test_a_lost_connection_gives_its_messages_back_to_the_front(embedded_url: str, connect: Connect) -> None:
    lost = connect(embedded_url)
    queue = a_queue(connect(embedded_url).default_channel)
    reader = a_reader(lost, queue, prefetch=3)
    sender = connect(embedded_url).default_channel
    for number in range(5):
        publish(sender, b"%d" % number)
    reader.drain()

    lost.close()
    next_reader = a_reader(connect(embedded_url), queue)

    assert next_reader.drain() == [b"0", b"1", b"2", b"3", b"4"]


def test_a_single_active_consumer_hands_over_with_nothing_out_of_order(embedded_url: str, connect: Connect) -> None:
    first_connection = connect(embedded_url)
    queue = a_queue(connect(embedded_url).default_channel, arguments={"x-single-active-consumer": True})
    first = a_reader(first_connection, queue, prefetch=2)
    second = a_reader(connect(embedded_url), queue, prefetch=10)
    sender = connect(embedded_url).default_channel
    for number in range(4):
        publish(sender, b"%d" % number)

    taken_first, while_first_is_active = first.drain(), second.drain()
    first_connection.close()

    assert taken_first == [b"0", b"1"]
    assert while_first_is_active == []
    assert second.drain() == [b"0", b"1", b"2", b"3"]


def test_consumers_of_an_ordinary_queue_take_turns(embedded_url: str, connect: Connect) -> None:
    queue = a_queue(connect(embedded_url).default_channel)
    first, second = a_reader(connect(embedded_url), queue), a_reader(connect(embedded_url), queue)
    sender = connect(embedded_url).default_channel

    for number in range(4):
        publish(sender, b"%d" % number)

    assert (first.drain(), second.drain()) == ([b"0", b"2"], [b"1", b"3"])


def test_an_exclusive_queue_is_gone_with_its_connection(embedded_url: str, connect: Connect) -> None:
    owner, other = connect(embedded_url), connect(embedded_url)
    name = owner.default_channel.queue_declare("", exclusive=True).queue

    with pytest.raises(amqp.exceptions.ResourceLocked):
        other.default_channel.queue_declare(name, passive=True)
    owner.close()

    with pytest.raises(amqp.exceptions.NotFound):
        other.default_channel.queue_declare(name, passive=True)


def test_an_auto_delete_queue_is_gone_with_its_last_consumer(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    queue = a_queue(connection.default_channel, auto_delete=True)
    reader = a_reader(connection, queue)

    reader.channel.basic_cancel("reader")

    with pytest.raises(amqp.exceptions.NotFound):
        connection.default_channel.queue_declare(queue, passive=True)


def test_a_queue_with_a_lease_goes_when_unused_and_stays_while_read(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    a_queue(connection.default_channel, "unused", arguments={"x-expires": 30})
    read = a_queue(connection.default_channel, "read", arguments={"x-expires": 30})
    a_reader(connection, read)

    def is_gone() -> bool:
        try:
            connection.default_channel.queue_declare("unused", passive=True)
        except amqp.exceptions.NotFound:
            return True
        return False

    assert eventually(is_gone)
    assert connection.default_channel.queue_declare("read", passive=True).consumer_count == 1


def test_a_consumer_of_a_deleted_queue_is_told(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    queue = a_queue(connection.default_channel)
    a_reader(connection, queue)

    connect(embedded_url).default_channel.queue_delete(queue)

    with pytest.raises(amqp.exceptions.ConsumerCancelled):
        connection.drain_events(timeout=0)


def test_an_expired_message_is_dropped_and_no_longer_holds_its_confirm_back(
    embedded_url: str, connect: Connect
) -> None:
    publisher = Outcomes(connect(embedded_url))
    queue = a_queue(publisher.connection.default_channel)
    publish(publisher.channel, b"old", properties={"expiration": "1"})

    eventually(lambda: publisher.connection.default_channel.queue_declare(queue, passive=True).message_count == 0)
    publish(publisher.channel, b"new", properties={"expiration": "60000"})

    assert a_reader(connect(embedded_url), queue).drain() == [b"new"]
    assert publisher.drain() == [(1, False)]


def test_a_full_queue_that_rejects_makes_the_publisher_hear_a_nack(embedded_url: str, connect: Connect) -> None:
    publisher = Outcomes(connect(embedded_url))
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish", "x-steward-outside": True}
    a_queue(publisher.connection.default_channel, arguments=arguments)

    publish(publisher.channel, b"1")
    publish(publisher.channel, b"2")
    publisher.drain()

    assert (publisher.kept, publisher.refused) == ([(1, False)], [(2, False)])


def test_a_full_queue_that_drops_its_head_keeps_the_newest(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    queue = a_queue(connection.default_channel, arguments={"x-max-length": 2})

    for number in range(4):
        publish(connection.default_channel, b"%d" % number)

    assert a_reader(connection, queue).drain() == [b"2", b"3"]


@pytest.mark.parametrize("other", [{"durable": False}, {"auto_delete": True}, {"arguments": {"x-max-length": 9}}])
def test_declaring_a_queue_otherwise_than_it_is_is_refused(
    embedded_url: str, connect: Connect, other: dict[str, Any]
) -> None:
    connection = connect(embedded_url)
    a_queue(connection.default_channel)

    with pytest.raises(amqp.exceptions.PreconditionFailed):
        a_queue(connection.default_channel, **other)


def test_acknowledging_twice_closes_the_channel_with_406(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    reader = a_reader(connection, a_queue(connection.default_channel))
    publish(connection.default_channel, b"1")
    reader.drain()
    reader.channel.basic_ack(1)

    reader.channel.basic_ack(1)

    with pytest.raises(amqp.exceptions.PreconditionFailed):
        connection.drain_events(timeout=0)


def test_a_durable_queue_keeps_its_messages_without_any_connection(embedded_url: str, connect: Connect) -> None:
    sender = connect(embedded_url)
    queue = a_queue(sender.default_channel)
    publish(sender.default_channel, b"1")

    sender.close()

    assert a_reader(connect(embedded_url), queue).drain() == [b"1"]


def test_a_message_keeps_its_bytes_properties_and_headers(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    reader = a_reader(connection, a_queue(connection.default_channel))
    headers = {"ce-type": "fund.opened", "nested": {"list": [1, "two"]}}
    properties = {"message_id": "event-1", "correlation_id": "story-1", "reply_to": "someone"}
    message = connection.default_channel.prepare_message(
        b"\x00\xff", content_type="application/json", headers=headers, properties=properties
    )

    connection.default_channel.basic_publish(message, exchange="ledger.events", routing_key="fund.opened.07")
    headers["nested"] = "changed after the publish"
    reader.drain()
    delivery = read_delivery(reader.messages[0])

    assert (delivery.body, delivery.content_type) == (b"\x00\xff", "application/json")
    assert delivery.headers == {"ce-type": "fund.opened", "nested": {"list": [1, "two"]}}
    assert (delivery.message_id, delivery.correlation_id, delivery.reply_to) == ("event-1", "story-1", "someone")


def test_a_wake_ends_a_wait_for_events_at_once(embedded_url: str, connect: Connect) -> None:
    connection = connect(embedded_url)
    began = time.monotonic()

    connection.connection.wake()

    with pytest.raises(TimeoutError):
        connection.drain_events(timeout=patience(60))
    assert time.monotonic() - began < patience(60)


def test_brokers_of_other_hosts_and_virtual_hosts_are_apart(embedded_url: str, connect: Connect) -> None:
    a_queue(connect(embedded_url).default_channel)

    for other in (f"{embedded_url}other", embedded_url.replace("embedded://", "embedded://not-")):
        with pytest.raises(amqp.exceptions.NotFound):
            connect(other).default_channel.queue_declare("fund.events", passive=True)
