"""Messages that py-amqp reads together with the broker's answer to `basic.consume` reach who asked for them."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import amqp
import pytest

from shared.messaging.consuming.subscriptions import Session
from shared.messaging.wire.connection import consume

QUEUE = "tally.events.03"


class HastyChannel(amqp.Channel):
    """py-amqp's own channel, to which the broker sends a message before its answer has been looked at."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(channels={}, _claim_channel_id=int, confirm_publish=False), channel_id=1)
        self.sent: list[tuple[int, int]] = []

    def send_method(self, sig: tuple[int, int], *arguments: Any, **_: Any) -> Any:
        self.sent.append(sig)
        if sig != amqp.spec.Basic.Consume:
            return None
        _, fields = arguments
        tag = fields[2]
        self._on_basic_deliver(tag, 1, False, "tally.events", "tally.03", amqp.Message(b"at once"))
        return (tag,)


def test_a_message_that_comes_with_the_answer_is_taken(caplog: pytest.LogCaptureFixture) -> None:
    channel, arrived = HastyChannel(), []

    with caplog.at_level(logging.WARNING, logger="amqp"):
        consume(channel, QUEUE, tag="reader", callback=lambda message: arrived.append(message.body))

    assert arrived == [b"at once"]
    assert channel.sent == [amqp.spec.Basic.Consume]
    assert caplog.records == []


def test_without_it_py_amqp_gives_that_message_back() -> None:
    channel, arrived = HastyChannel(), []

    channel.basic_consume(QUEUE, consumer_tag="reader", callback=lambda message: arrived.append(message.body))

    assert arrived == []
    assert channel.sent == [amqp.spec.Basic.Consume, amqp.spec.Basic.Reject]


def test_the_reader_of_events_takes_it_too() -> None:
    link: Any = SimpleNamespace(channel=HastyChannel(), patient=PatientLink)
    link.channel.basic_qos = lambda *_: None
    arrived: list[str] = []
    session = Session(link, prefetch=5, arrived=lambda _session, place, _message: arrived.append(place.queue))

    session.consume(QUEUE)

    assert arrived == [QUEUE]


class PatientLink:
    """Time without an end."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
