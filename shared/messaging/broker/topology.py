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
INTAKE = "referrals.intake"
"""What councils send is read from one queue each, `referrals.intake.<council_id>`: a flood of one delays no other."""
OUTSIDE = "x-steward-outside"
"""Marks a queue of a party outside; the embedded broker counts its copies as settled when they are queued."""
DELIVERY_LIMIT = 1_000_000_000
"""Set so that a broker with a limit of its own (RabbitMQ 4: 20) drops nothing that crashing readers gave back, and so
that what is given back returns to its place instead of to the end."""

QueueType = Literal["classic", "quorum"]


@dataclass(frozen=True, kw_only=True)
class ServiceDeclaration:
    """What a service publishes and which streams it handles."""

    name: str
    publishes: tuple[Stream, ...]
    handles: tuple[Stream, ...]


@dataclass(frozen=True, kw_only=True)
class QueueLimits:
    """What a queue between us and a party outside may hold; beyond it the broker refuses what is published."""

    messages: int = 100_000
    bytes: int = 268_435_456


DEFAULT_LIMITS = QueueLimits()


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

    def intake_queues(self) -> tuple[str, ...]:
        """The queues of what councils send."""
        return tuple(intake_queue(council_id) for council_id in self.councils)


def shard_queue(service: str, shard: int) -> str:
    """The queue of one shard of a consumer, e.g. `ledger.events.07`."""
    return f"{service}.events.{shard:02d}"


def requests_queue(service: str) -> str:
    """Where a publisher takes requests to send events again."""
    return f"{service}.requests"


def rpc_queue(service: str) -> str:
    """Where a service takes calls; nameko's name for it."""
    return f"rpc-{service}"


def intake_queue(council_id: str) -> str:
    """Where we take what a council sends."""
    return f"{INTAKE}.{council_id}"


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
    services: Sequence[ServiceDeclaration],
    councils: Sequence[str],
    *,
    queue_type: QueueType = "quorum",
    limits: QueueLimits = DEFAULT_LIMITS,
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
        queues += _council_queues(council_id, queue_type, limits)
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
        queues=tuple(queues),
        bindings=tuple(bindings),
        services=tuple(services),
        councils=tuple(councils),
    )


def _kept(queue_type: QueueType) -> tuple[tuple[str, Any], ...]:
    """A queue that drops nothing by itself."""
    limit = (("x-delivery-limit", DELIVERY_LIMIT),) if queue_type == "quorum" else ()
    return (("x-queue-type", queue_type), *limit)


def _ordered(queue_type: QueueType) -> tuple[tuple[str, Any], ...]:
    return (*_kept(queue_type), ("x-single-active-consumer", True))


def _limited(limits: QueueLimits) -> tuple[tuple[str, Any], ...]:
    """Full means that the publisher is told so; nothing that was taken is dropped."""
    return (
        ("x-max-length", limits.messages),
        ("x-max-length-bytes", limits.bytes),
        ("x-overflow", "reject-publish"),
    )


def _service_queues(service: ServiceDeclaration, queue_type: QueueType) -> list[Queue]:
    requests = Queue(name=requests_queue(service.name), arguments=_kept(queue_type))
    calls = Queue(name=rpc_queue(service.name))  # of the broker's own type: what is in it ends with its deadline
    if not service.handles:
        return [requests, calls]
    shards = [Queue(name=shard_queue(service.name, n), arguments=_ordered(queue_type)) for n in range(SHARDS)]
    return [requests, calls, *shards]


def _service_bindings(service: ServiceDeclaration) -> list[Binding]:
    requests = Binding(exchange=REQUESTS_EXCHANGE, queue=requests_queue(service.name), key=service.name)
    calls = Binding(exchange=RPC_EXCHANGE, queue=rpc_queue(service.name), key=f"{service.name}.*")
    shards = [
        Binding(exchange=stream.exchange_name, queue=shard_queue(service.name, n), key=f"{stream.name}.#.{n:02d}")
        for stream in service.handles
        for n in range(SHARDS)
    ]
    return [requests, calls, *shards]


def _council_queues(council_id: str, queue_type: QueueType, limits: QueueLimits) -> list[Queue]:
    outside = (*_kept(queue_type), (OUTSIDE, True), *_limited(limits))
    return [
        Queue(name=intake_queue(council_id), arguments=(*_ordered(queue_type), *_limited(limits))),
        Queue(name=results_queue(council_id), arguments=outside),
        Queue(name=safeguarding_queue(council_id), arguments=outside),
    ]


def _council_bindings(council_id: str) -> list[Binding]:
    return [
        Binding(exchange=intake_exchange(council_id), queue=intake_queue(council_id), key="#"),
        Binding(exchange=RESULTS_EXCHANGE, queue=results_queue(council_id), key=council_id),
        Binding(exchange=SAFEGUARDING_EXCHANGE, queue=safeguarding_queue(council_id), key=council_id),
    ]
