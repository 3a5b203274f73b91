"""Those who send poison, in a process of their own: one message after another on one connection, each with its confirm."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

import amqp

from shared.events.ledger import JOURNAL
from shared.events.referrals import REFERRAL
from shared.messaging.broker.topology import REQUESTS_EXCHANGE, RPC_EXCHANGE, intake_exchange
from shared.samples.journey import CE
from tests.faults.broker_rights import connection_to
from tests.faults.fleet import Fleet
from tests.support.poison import EVERYTHING, Poison
from tests.unit.messaging.streams import an_envelope

REPLIES = "poison.replies"
UNREAD = "poison.unread"
AS_THE_PLATFORMS_QUEUES = {"x-queue-type": "quorum"}
"""A queue that the broker keeps as safe as the platform's own, so that a message costs it as much where nobody reads it."""
ROUND_TRIP_SECONDS = 0.01
STRUCTURED = "application/cloudevents+json"
STREAMS = (REFERRAL, JOURNAL)
Attack = Callable[[str, tuple[str, ...]], None]
"""Sends one set to the broker at this URL; it is told the services' names."""


@dataclass(kw_only=True)
class Wire:
    """A connection of someone who may publish anywhere."""

    url: str
    replies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connection = connection_to(self.url)
        self.channel = self.connection.channel()
        self.channel.confirm_select()

    def publish(self, message: amqp.Message, exchange: str, key: str) -> None:
        self.channel.basic_publish_confirm(message, exchange=exchange, routing_key=key)

    def drain(self, queue: str) -> list[dict[str, Any]]:
        """Takes everything that waits in a queue of JSON messages."""
        taken = []
        while (message := self.channel.basic_get(queue, no_ack=True)) is not None:
            taken.append(json.loads(message.body))
        return taken

    def close(self) -> None:
        self.connection.close()


def url_of(fleet: Fleet) -> str:
    """The address of a fleet's broker."""
    return fleet.processes.environment["STEWARD_BROKER_URL"]


def referral_named(sample: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A sample event of a council, of another referral and another person."""
    person = sample["data"]["person"] | {"person_reference": name}
    return {**sample, "id": name, "data": {**sample["data"], "referral_reference": name, "person": person}}


@contextmanager
def wire_to(url: str) -> Iterator[Wire]:
    wire = Wire(url=url)
    yield wire
    wire.close()


class Attackers:
    """A process that has been started already, so that its start is no part of the attack."""

    def __init__(self, url: str, services: tuple[str, ...]) -> None:
        self._url = url
        self._services = services
        self._processes = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self.attack(make_queues, sets=1).result()

    def attack(self, attack: Attack, *, sets: int) -> Future[None]:
        """So many sets, one after another."""
        return self._processes.submit(repeat, attack, self._url, self._services, sets)

    def close(self) -> None:
        self._processes.shutdown()


def repeat(attack: Attack, url: str, services: tuple[str, ...], sets: int) -> None:
    for _ in range(sets):
        attack(url, services)


def make_queues(url: str, services: tuple[str, ...]) -> None:
    """Where the services answer, and where nobody of the platform reads."""
    with wire_to(url) as wire:
        wire.channel.queue_declare(REPLIES, durable=True, auto_delete=False)
        wire.channel.queue_declare(UNREAD, durable=True, auto_delete=False, arguments=AS_THE_PLATFORMS_QUEUES)
        wire.channel.queue_bind(REPLIES, RPC_EXCHANGE, REPLIES)


def flood_from_outside(url: str, services: tuple[str, ...]) -> None:
    """Each poison on the one queue that a council may write to."""
    with wire_to(url) as wire:
        for poison in EVERYTHING.values():
            wire.publish(poison.message({}, message_id=str(uuid4())), intake_exchange(CE), "referral.submitted")


def poison_everything(url: str, services: tuple[str, ...]) -> None:
    """Each poison on every kind of queue of every service.

    No two messages alike, so that each can be told from the others when it was set aside.
    """
    with wire_to(url) as wire:
        for message, exchange, key in one_set(services):
            wire.publish(message, exchange, key)


def poison_over_a_network(url: str, services: tuple[str, ...]) -> None:
    """The same no faster than one publisher can who waits for each confirm, this round trip away."""
    with wire_to(url) as wire:
        for message, exchange, key in one_set(services):
            wire.publish(message, exchange, key)
            time.sleep(ROUND_TRIP_SECONDS)


def poison_nobody(url: str, services: tuple[str, ...]) -> None:
    """The same messages on a queue that nobody reads: what the sending of them costs a machine that all share."""
    send_to_nobody(url, services, pause_seconds=0)


def poison_nobody_over_a_network(url: str, services: tuple[str, ...]) -> None:
    """The same no faster than one publisher can who waits for each confirm, this round trip away."""
    send_to_nobody(url, services, pause_seconds=ROUND_TRIP_SECONDS)


def send_to_nobody(url: str, services: tuple[str, ...], *, pause_seconds: float) -> None:
    with wire_to(url) as wire:
        for message, _, _ in one_set(services):
            wire.publish(message, "", UNREAD)
            time.sleep(pause_seconds)
        wire.channel.queue_purge(UNREAD)


def one_set(services: tuple[str, ...]) -> Iterator[tuple[amqp.Message, str, str]]:
    """Messages, each with its exchange and routing key."""
    for poison in EVERYTHING.values():
        yield poison.message({}, message_id=str(uuid4())), intake_exchange(CE), "referral.submitted"
        for stream in STREAMS:
            good = an_envelope(1, subject=f"ref-{uuid4()}")
            key = f"{stream.name}.poison.{good.shard:02d}"
            yield marked(poison).message(good.headers()), stream.exchange_name, key
        for service in services:
            yield marked(poison).message({}), REQUESTS_EXCHANGE, service
            yield poison.message({}, reply_to=REPLIES), RPC_EXCHANGE, f"{service}.health"


def marked(poison: Poison) -> Poison:
    """As harmful as it was, and told from others of its kind; in the body where its properties are made by hand."""
    mark = str(uuid4())
    if poison.raw_properties is not None:
        return replace(poison, body=poison.body + mark.encode())
    return replace(poison, headers={**poison.headers, "mark": mark})
