"""The broker: exchanges, bindings, queues, and the way of a letter from one to the other.

One lock guards everything. Nothing inside it waits, so under eventlet it is never contended.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol
from uuid import uuid4

from amqp import exceptions as refusals

from shared.messaging.embedded.letters import Confirmation, Letter
from shared.messaging.embedded.queues import Queue, QueueShape
from shared.messaging.embedded.topics import matches

DEFAULT_EXCHANGE = ""
EXCHANGE_KINDS = ("direct", "topic", "fanout")
PREDECLARED = {"amq.direct": "direct", "amq.topic": "topic", "amq.fanout": "fanout"}

ROUTES_REMEMBERED = 10_000

ExchangeMethod = (40, 10)
QueueMethod = (50, 10)
PublishMethod = (60, 40)


class Wakeable(Protocol):
    """A connection, as the broker sees it."""

    def wake(self) -> None:
        """End a wait for events early."""


@dataclass(frozen=True, kw_only=True)
class ExchangeShape:
    """What an exchange was declared with; a second declaration must be the same."""

    kind: str
    durable: bool = False
    auto_delete: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)


class Exchange:
    """An exchange and its bindings; remembers where a routing key leads until a binding changes."""

    def __init__(self, name: str, shape: ExchangeShape) -> None:
        self.name = name
        self.shape = shape
        self.bindings: dict[tuple[str, str], None] = {}
        self._routes: dict[str, tuple[str, ...]] = {}

    def bind(self, queue: str, key: str) -> None:
        self.bindings[queue, key] = None
        self._routes.clear()

    def unbind(self, queue: str, key: str) -> None:
        self.bindings.pop((queue, key), None)
        self._routes.clear()

    def forget_queue(self, queue: str) -> None:
        for bound, key in [binding for binding in self.bindings if binding[0] == queue]:
            self.unbind(bound, key)

    def queues_for(self, routing_key: str) -> tuple[str, ...]:
        """Names of the queues that get one copy each."""
        if len(self._routes) > ROUTES_REMEMBERED:
            self._routes.clear()
        if routing_key not in self._routes:
            self._routes[routing_key] = self._match(routing_key)
        return self._routes[routing_key]

    def _match(self, routing_key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(queue for queue, key in self.bindings if self._takes(key, routing_key)))

    def _takes(self, binding_key: str, routing_key: str) -> bool:
        if self.shape.kind == "topic":
            return matches(binding_key, routing_key)
        return self.shape.kind == "fanout" or binding_key == routing_key


class Broker:
    """All exchanges, queues and connections of one virtual host in this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.connections: set[Wakeable] = set()
        self._exchanges = {
            name: Exchange(name, ExchangeShape(kind=kind, durable=True)) for name, kind in PREDECLARED.items()
        }
        self._queues: dict[str, Queue] = {}
        self._leases: list[tuple[float, int, Queue]] = []
        self._lease_numbers = count()

    def wake(self) -> None:
        """End every connection's wait for events early."""
        with self.lock:
            for connection in tuple(self.connections):
                connection.wake()

    def declare_exchange(self, name: str, shape: ExchangeShape) -> None:
        """Create the exchange; 406 if it exists with another shape, 503 if there is no such type."""
        if shape.kind not in EXCHANGE_KINDS:
            raise refusals.InvalidCommand(f"unknown exchange type '{shape.kind}'", ExchangeMethod, reply_code=503)
        known = self._exchanges.setdefault(name, Exchange(name, shape))
        if known.shape != shape:
            raise refusals.PreconditionFailed(
                f"inequivalent declaration of exchange '{name}'", ExchangeMethod, reply_code=406
            )

    def exchange(self, name: str) -> Exchange:
        """The exchange; NotFound (404) if there is none."""
        try:
            return self._exchanges[name]
        except KeyError:
            raise refusals.NotFound(f"no exchange '{name}'", PublishMethod, reply_code=404) from None

    def delete_exchange(self, name: str) -> None:
        self._exchanges.pop(name, None)

    def declare_queue(self, name: str, shape: QueueShape, *, owner: object) -> Queue:
        """Create the queue, or renew its lease; PreconditionFailed (406) if it exists with another shape."""
        self.end_leases()
        name = name or f"amq.gen-{uuid4().hex}"
        if name not in self._queues:
            self._queues[name] = Queue(name, shape, owner=owner if shape.exclusive else None)
        queue = self.queue(name, owner=owner)
        if queue.shape != shape:
            raise refusals.PreconditionFailed(
                f"inequivalent declaration of queue '{name}'", QueueMethod, reply_code=406
            )
        self.used(queue)
        return queue

    def used(self, queue: Queue) -> None:
        """Renew the lease of a queue that is used without a consumer."""
        queue.used_at = time.monotonic()
        self.lease(queue)

    def has_queue(self, name: str) -> bool:
        self.end_leases()
        return name in self._queues

    def queue(self, name: str, *, owner: object) -> Queue:
        """The queue; NotFound (404) if there is none, ResourceLocked (405) if it is another connection's own."""
        self.end_leases()
        queue = self._queues.get(name)
        if queue is None:
            raise refusals.NotFound(f"no queue '{name}'", QueueMethod, reply_code=404)
        if queue.owner is not None and queue.owner is not owner:
            raise refusals.ResourceLocked(f"queue '{name}' is exclusive", QueueMethod, reply_code=405)
        return queue

    def delete_queue(self, queue: Queue) -> int:
        """Remove the queue and its bindings; says how many copies went with it."""
        self._queues.pop(queue.name, None)
        for exchange in list(self._exchanges.values()):
            had_bindings = bool(exchange.bindings)
            exchange.forget_queue(queue.name)
            if exchange.shape.auto_delete and had_bindings and not exchange.bindings:
                self.delete_exchange(exchange.name)
        return queue.end()

    def publish(self, letter: Letter, confirmation: Confirmation | None) -> bool:
        """Put a copy into every queue the letter leads to; False if there is none. 404 on an unknown exchange."""
        self.end_leases()
        queues = self._route(letter)
        for queue in queues:
            queue.put(letter, confirmation)
        return bool(queues)

    def lost_reader(self, queue: Queue) -> None:
        """After a consumer has left: auto-delete queues go with the last one, leases start."""
        if queue.readers or self._queues.get(queue.name) is not queue:
            return
        if queue.shape.auto_delete:
            self.delete_queue(queue)
        else:
            self.lease(queue)

    def disown(self, owner: object) -> None:
        """Delete the exclusive queues of a connection that is gone."""
        for queue in [queue for queue in self._queues.values() if queue.owner is owner]:
            self.delete_queue(queue)

    def lease(self, queue: Queue) -> None:
        """Note when an unused queue with `x-expires` must go."""
        if queue.shape.expires is not None and not queue.readers:
            due = queue.used_at + queue.shape.expires
            heapq.heappush(self._leases, (due, next(self._lease_numbers), queue))

    def end_leases(self) -> None:
        """Delete the queues that nobody has used for their `x-expires`."""
        while self._leases and self._leases[0][0] <= time.monotonic():
            due, _, queue = heapq.heappop(self._leases)
            if queue.readers or queue.shape.expires is None or self._queues.get(queue.name) is not queue:
                continue
            if queue.used_at + queue.shape.expires <= due:
                self.delete_queue(queue)

    def _route(self, letter: Letter) -> list[Queue]:
        if letter.exchange == DEFAULT_EXCHANGE:
            names: tuple[str, ...] = (letter.routing_key,)
        else:
            names = self.exchange(letter.exchange).queues_for(letter.routing_key)
        return [self._queues[name] for name in names if name in self._queues]
