"""Everything that a broker user could try on every exchange and queue, and what each of ours is meant to be able to do.

What is tried is made from the definitions: whatever is declared is tried by everyone. What is meant is told by the topology
alone, without a look at the patterns in the definitions, so that a pattern that lets too much through shows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import AccessRefused, AMQPError, MessageNacked, PreconditionFailed, ResourceLocked

from shared.messaging.broker.definitions import service_user
from shared.messaging.broker.topology import (
    INTAKE,
    REQUESTS_EXCHANGE,
    RPC_EXCHANGE,
    ServiceDeclaration,
    Topology,
    intake_exchange,
    requests_queue,
    results_queue,
    rpc_queue,
    safeguarding_queue,
)

BUILT_IN = ("", "amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.topic")
REPLY_KEY = str(uuid.UUID(int=7))
STRANGER = "stranger"
OWN = "the user's own queue"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One thing to try. `target` is an exchange or a queue; `detail` a routing key, or the other end of a binding."""

    deed: str
    target: str
    detail: str = ""


Deed = Callable[[Any, Attempt], object]


def publishing(channel: Any, attempt: Attempt, *, body: str = "{}", **properties: Any) -> None:
    """Publishes, and waits for the broker's word."""
    message = amqp.Message(body, **properties)
    channel.basic_publish_confirm(message, exchange=attempt.target, routing_key=attempt.detail)


DEEDS: Mapping[str, Deed] = {
    "publish": publishing,
    "declare exchange": lambda c, a: c.exchange_declare(a.target, a.detail, durable=True, auto_delete=False),
    "delete exchange": lambda c, a: c.exchange_delete(a.target),
    "bind exchange": lambda c, a: c.exchange_bind(a.detail, a.target, "#"),
    "declare queue": lambda c, a: c.queue_declare(a.target, durable=True, auto_delete=False),
    "make a queue": lambda c, _: c.queue_declare("", exclusive=True),
    "delete queue": lambda c, a: c.queue_delete(a.target),
    "purge": lambda c, a: c.queue_purge(a.target),
    "get": lambda c, a: c.basic_get(a.target, no_ack=True),
    "consume": lambda c, a: c.basic_cancel(c.basic_consume(a.target)),
    "bind": lambda c, a: c.queue_bind(a.target, a.detail, "#"),
    "unbind": lambda c, a: c.queue_unbind(a.target, a.detail, "#"),
    "bind own": lambda c, a: c.queue_bind(c.queue_declare("", exclusive=True).queue, a.target, a.detail),
}


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What a user is meant to be able to do; nothing else."""

    publishes: Mapping[str, tuple[str, ...]]
    """Exchange -> routing keys; empty: any key."""
    reads: frozenset[str]
    has_reply_queue: bool = False

    def allows(self, attempt: Attempt) -> bool:
        if attempt.deed == "publish":
            keys = self.publishes.get(attempt.target)
            return keys is not None and (not keys or attempt.detail in keys)
        if attempt.deed in ("get", "consume", "purge"):
            return attempt.target in self.reads
        if attempt.deed == "make a queue":
            return self.has_reply_queue
        if attempt.deed == "bind own":
            return self.has_reply_queue and attempt.target == RPC_EXCHANGE and attempt.detail == REPLY_KEY
        return False


def meant_for(topology: Topology) -> dict[str, Meant]:
    """Every user but the deployer, who may do everything."""
    meant = {service_user(service.name): _service(service, topology) for service in topology.services}
    for council_id in topology.councils:
        own = {intake_exchange(council_id): ()}
        meant[f"ext-{council_id}"] = Meant(publishes=own, reads=frozenset({results_queue(council_id)}))
        team = frozenset({safeguarding_queue(council_id)})
        meant[f"ext-{council_id}-safeguarding"] = Meant(publishes={}, reads=team)
    calls = tuple(call_key(service.name) for service in topology.services)
    meant["gateway"] = Meant(publishes={RPC_EXCHANGE: calls}, reads=frozenset(), has_reply_queue=True)
    return meant | {"monitor": Meant(publishes={}, reads=frozenset())}


def _service(service: ServiceDeclaration, topology: Topology) -> Meant:
    own: dict[str, tuple[str, ...]] = {stream.exchange_name: () for stream in service.publishes}
    reads = {q.name for q in topology.queues if q.name.startswith(f"{service.name}.events.")}
    reads |= {requests_queue(service.name), rpc_queue(service.name)}
    if INTAKE.startswith(f"{service.name}."):
        reads |= set(topology.intake_queues())
    return Meant(publishes=own | {REQUESTS_EXCHANGE: (), RPC_EXCHANGE: (REPLY_KEY,)}, reads=frozenset(reads))


def call_key(service: str) -> str:
    """The routing key of some call of a service."""
    return f"{service}.health"


def attempts(topology: Topology) -> Iterator[Attempt]:
    """All that there is to try, on every exchange, queue and binding, declared and built in."""
    yield from _on_exchanges(topology)
    yield from _on_queues(topology)
    yield Attempt(deed="make a queue", target=OWN)
    yield Attempt(deed="declare queue", target=STRANGER)
    yield Attempt(deed="declare exchange", target=STRANGER, detail="topic")


def _on_exchanges(topology: Topology) -> Iterator[Attempt]:
    shapes = {exchange.name: exchange.type for exchange in topology.exchanges}
    for exchange in (*shapes, *BUILT_IN):
        for key in keys_of(topology, exchange):
            yield Attempt(deed="publish", target=exchange, detail=key)
            yield Attempt(deed="bind own", target=exchange, detail=key)
        yield Attempt(deed="bind exchange", target=exchange, detail=RPC_EXCHANGE)
    for exchange, shape in shapes.items():
        yield Attempt(deed="declare exchange", target=exchange, detail=shape)
        yield Attempt(deed="delete exchange", target=exchange)
        yield Attempt(deed="bind exchange", target="amq.topic", detail=exchange)


def keys_of(topology: Topology, exchange: str) -> list[str]:
    """A key for each kind of thing that an exchange carries; on the default exchange, every queue's name."""
    if exchange == "":
        return [queue.name for queue in topology.queues]
    if exchange == RPC_EXCHANGE:
        return [*(call_key(service.name) for service in topology.services), REPLY_KEY, "#"]
    bound = {binding.key.replace("#", "sample") for binding in topology.bindings if binding.exchange == exchange}
    return sorted(key for key in bound if not key.endswith(tuple(f".{n:02d}" for n in range(1, 16)))) or ["sample"]


def _on_queues(topology: Topology) -> Iterator[Attempt]:
    for queue in topology.queues:
        for deed in ("declare queue", "delete queue", "purge", "get", "consume"):
            yield Attempt(deed=deed, target=queue.name)
        yield Attempt(deed="bind", target=queue.name, detail=RPC_EXCHANGE)
    for queue, exchange in sorted({(b.queue, b.exchange) for b in topology.bindings}):
        yield Attempt(deed="bind", target=queue, detail=exchange)
        yield Attempt(deed="unbind", target=queue, detail=exchange)


class Intruder:
    """A user on a connection, who tries things, on one channel: py-amqp opens it anew when the broker has closed it."""

    def __init__(self, address: str) -> None:
        self._connection = connection_to(address)
        self._channel = self._connection.channel()

    def may(self, attempt: Attempt) -> bool:
        """Whether the broker let it be done."""
        self._channel.confirm_select()
        try:
            DEEDS[attempt.deed](self._channel, attempt)
        except AccessRefused:
            return False
        except ResourceLocked:
            return True  # the right is there; only the queue's kind (single active consumer) doesn't do this
        return True

    def publish(self, exchange: str, routing_key: str, **properties: Any) -> str:
        """What the broker says to a message: taken, or the name of its refusal."""
        self._channel.confirm_select()
        try:
            publishing(self._channel, Attempt(deed="publish", target=exchange, detail=routing_key), **properties)
        except (AccessRefused, PreconditionFailed, MessageNacked) as error:
            return type(error).__name__
        return "taken"

    def depths(self, queues: list[str]) -> dict[str, int]:
        """How much waits in each queue."""
        return {name: self._channel.queue_declare(name, passive=True).message_count for name in queues}

    def empty(self, queues: list[str]) -> None:
        """Drops everything that waits in these queues."""
        for queue in queues:
            self._channel.queue_purge(queue)

    def take_all(self, queue: str) -> list[Any]:
        """Everything that waits in a queue."""
        taken = []
        while (message := self._channel.basic_get(queue, no_ack=True)) is not None:
            taken.append(message)
        return taken

    def leave(self) -> None:
        self._connection.close()


def connection_to(address: str) -> Any:
    """A py-amqp connection to an amqp:// address."""
    at = urlsplit(address)
    connection = amqp.Connection(
        f"{at.hostname}:{at.port}",
        userid=at.username,
        password=at.password,
        virtual_host=unquote(at.path[1:]) or "/",
        connect_timeout=10,
        read_timeout=30,
    )
    try:
        connection.connect()
    except (AMQPError, OSError):
        connection.collect()
        raise
    return connection
