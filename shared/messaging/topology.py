"""Every exchange, queue and binding, as data: made from what services publish and handle and from the list of councils.

The broker, the embedded broker, the permissions file and AsyncAPI are all written from this one declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.events.language import Stream
from shared.ids import SHARDS

REQUESTS_EXCHANGE = "steward.requests"
RPC_EXCHANGE = "nameko-rpc"
RESULTS_EXCHANGE = "ext.results"
SAFEGUARDING_EXCHANGE = "ext.safeguarding"
INTAKE_QUEUE = "referrals.intake"
OUTSIDE = "x-steward-outside"
"""Marks a queue of a party outside; the embedded broker counts its copies as settled when they are queued."""
OUTSIDE_QUEUE_LIMIT = 100_000

QueueType = Literal["classic", "quorum"]


@dataclass(frozen=True, kw_only=True)
class ServiceDeclaration:
    """What a service publishes and which streams it handles."""

    name: str
    publishes: tuple[Stream, ...]
    handles: tuple[Stream, ...]


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A durable exchange."""

    name: str
    type: Literal["topic", "direct"] = "topic"


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A durable queue and its arguments."""

    name: str
    arguments: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Binding:
    """Messages of `exchange` whose routing key matches `key` go to `queue`."""

    exchange: str
    queue: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Topology:
    """The whole declaration."""

    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]
    services: tuple[ServiceDeclaration, ...]
    councils: tuple[str, ...]

    def has_readers(self, stream: Stream) -> bool:
        """Whether anybody takes this stream; one without readers goes to the event log only."""
        return stream.outside or any(stream in service.handles for service in self.services)


def shard_queue(service: str, shard: int) -> str:
    """The queue of one shard of a consumer, e.g. `ledger.events.07`."""
    return f"{service}.events.{shard:02d}"


def requests_queue(service: str) -> str:
    """Where a publisher takes requests to send events again."""
    return f"{service}.requests"


def intake_exchange(council_id: str) -> str:
    """The one exchange a council may write to."""
    return f"in.{council_id}"


def results_queue(council_id: str) -> str:
    """Where a council reads what became of its events."""
    return f"ext.{council_id}.results"


def safeguarding_queue(council_id: str) -> str:
    """Where a council's safeguarding team reads its alerts."""
    return f"ext.{council_id}.safeguarding"


def build(
    services: Sequence[ServiceDeclaration], councils: Sequence[str], *, queue_type: QueueType = "quorum"
) -> Topology:
    """The topology of these services and councils."""
    exchanges = {
        stream.exchange_name for service in services for stream in (*service.publishes, *service.handles)
    }  # what is handled too: a publisher may run elsewhere, or not yet
    queues, bindings = [], []
    for service in services:
        queues += _service_queues(service, queue_type)
        bindings += _service_bindings(service)
    for council_id in councils:
        queues += [_outside_queue(results_queue(council_id)), _outside_queue(safeguarding_queue(council_id))]
        bindings += _council_bindings(council_id)
    topics = sorted(
        exchanges | {RESULTS_EXCHANGE, SAFEGUARDING_EXCHANGE} | {intake_exchange(council_id) for council_id in councils}
    )
    return Topology(
        exchanges=(
            Exchange(name=REQUESTS_EXCHANGE, type="direct"),
            Exchange(name=RPC_EXCHANGE),
            *(Exchange(name=name) for name in topics),
        ),
        queues=(*queues, Queue(name=INTAKE_QUEUE, arguments=_ordered(queue_type))),
        bindings=tuple(bindings),
        services=tuple(services),
        councils=tuple(councils),
    )


def _ordered(queue_type: QueueType) -> tuple[tuple[str, Any], ...]:
    return (("x-queue-type", queue_type), ("x-single-active-consumer", True))


def _service_queues(service: ServiceDeclaration, queue_type: QueueType) -> list[Queue]:
    requests = Queue(name=requests_queue(service.name), arguments=(("x-queue-type", queue_type),))
    if not service.handles:
        return [requests]
    shards = [Queue(name=shard_queue(service.name, n), arguments=_ordered(queue_type)) for n in range(SHARDS)]
    return [requests, *shards]


def _service_bindings(service: ServiceDeclaration) -> list[Binding]:
    requests = Binding(exchange=REQUESTS_EXCHANGE, queue=requests_queue(service.name), key=service.name)
    shards = [
        Binding(exchange=stream.exchange_name, queue=shard_queue(service.name, n), key=f"{stream.name}.#.{n:02d}")
        for stream in service.handles
        for n in range(SHARDS)
    ]
    return [requests, *shards]


def _outside_queue(name: str) -> Queue:
    limits = (("x-max-length", OUTSIDE_QUEUE_LIMIT), ("x-overflow", "reject-publish"))
    return Queue(name=name, arguments=((OUTSIDE, True), *limits))


def _council_bindings(council_id: str) -> list[Binding]:
    return [
        Binding(exchange=intake_exchange(council_id), queue=INTAKE_QUEUE, key="#"),
        Binding(exchange=RESULTS_EXCHANGE, queue=results_queue(council_id), key=council_id),
        Binding(exchange=SAFEGUARDING_EXCHANGE, queue=safeguarding_queue(council_id), key=council_id),
    ]
