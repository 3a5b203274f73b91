"""Publishing with proof, on the embedded broker with plain threads: RabbitMQ's side is in the component tests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest
from kombu import Connection

from shared.messaging.embedded import register_transport
from shared.messaging.publishing.publisher import Confirmation, NotPublished, Publisher
from tests.support.waiting import eventually, patience


class Desk:
    """A broker with one durable queue bound to one exchange, and a publisher beside it."""

    def __init__(self, *, confirm_timeout: float = 20.0) -> None:
        register_transport()
        self.url = f"embedded://{uuid4().hex}/"
        self.connection = Connection(self.url)
        self.channel = self.connection.channel()
        self.channel.exchange_declare("x", type="topic", durable=True, auto_delete=False)
        self.channel.queue_declare("q", durable=True, auto_delete=False)
        self.channel.queue_bind("q", exchange="x", routing_key="known.#")
        self.publisher = Publisher(self.url, confirm_timeout=patience(confirm_timeout))

    def publish(self, key: str = "known.key", message_id: str = "m-1") -> Confirmation:
        return self.publisher.publish(exchange="x", routing_key=key, body=b"{}", headers={}, message_id=message_id)

    def settle_next(self) -> str:
        message = eventually(lambda: self.channel.basic_get("q"))
        self.channel.basic_ack(message.delivery_tag)
        return str(message.properties["message_id"])


@pytest.fixture
def confirm_timeout() -> float:
    return 20.0


@pytest.fixture
def desk(confirm_timeout: float) -> Iterator[Desk]:
    desk = Desk(confirm_timeout=confirm_timeout)
    yield desk
    desk.publisher.close()
    desk.connection.close()


def test_a_message_is_confirmed_once_its_reader_has_settled_it(desk):
    confirmation = desk.publish()

    assert desk.settle_next() == "m-1"

    confirmation.wait()
    confirmation.wait()


@pytest.mark.parametrize("confirm_timeout", [0.1])
def test_without_a_confirm_in_time_it_counts_as_not_published(desk):
    with pytest.raises(NotPublished, match="no confirm"):
        desk.publish().wait()


def test_a_message_that_no_queue_takes_is_not_published_in_spite_of_its_confirm(desk):
    with pytest.raises(NotPublished, match="no queue"):
        desk.publish(key="unknown.key").wait()


def test_of_two_at_once_each_hears_its_own_fate(desk):
    lost, taken = desk.publish(key="unknown.key", message_id="m-1"), desk.publish(message_id="m-2")

    assert desk.settle_next() == "m-2"

    taken.wait()
    with pytest.raises(NotPublished):
        lost.wait()


def test_closing_tells_those_who_wait(desk):
    waiting = desk.publish()

    desk.publisher.close()

    with pytest.raises(NotPublished, match="closed"):
        waiting.wait()
    with pytest.raises(NotPublished, match="closed"):
        desk.publish()


def test_an_unknown_exchange_ends_the_connection_and_the_next_publish_opens_another(desk):
    lost = desk.publisher.publish(exchange="none", routing_key="k", body=b"", headers={}, message_id="m-1")
    with pytest.raises(NotPublished):
        lost.wait()

    confirmation = eventually(lambda: taken_or_none(desk))

    desk.settle_next()
    confirmation.wait()


def test_no_broker_is_not_published(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("shared.messaging.publishing.publisher.Link", refuse)
    publisher = Publisher("amqp://localhost/", confirm_timeout=0.3)

    with pytest.raises(NotPublished, match="no connection"):
        publisher.publish(exchange="x", routing_key="k", body=b"", headers={}, message_id="m-1")


def test_many_threads_publish_at_once_and_nothing_is_remembered_afterwards(desk):
    waited: list[str] = []

    def publish(number: int) -> None:
        desk.publish(message_id=f"m-{number}").wait()
        waited.append(f"m-{number}")

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    settled = {desk.settle_next() for _ in range(30)}
    for thread in threads:
        thread.join(patience(20))

    assert sorted(waited) == sorted(settled)
    session = desk.publisher._session
    assert session is not None
    assert (session._pending, session._by_id) == ({}, {})


def test_the_first_word_about_a_message_counts():
    confirmation = Confirmation(timeout=0.1)

    confirmation.settle("no queue is bound for it")
    confirmation.settle()

    with pytest.raises(NotPublished):
        confirmation.wait()


def taken_or_none(desk: Desk) -> Confirmation | None:
    try:
        return desk.publish(message_id="m-2")
    except NotPublished:
        return None
