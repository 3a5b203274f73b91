"""What a nameko worker is at work on, as a span tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from shared.events.envelope import Envelope
from shared.messaging.consuming.deliveries import Delivery
from shared.telemetry import spans
from shared.telemetry.outward import Attributes

OWN_ACCORD = frozenset({"feed", "health"})
"""Calls that the platform makes again and again by itself; told of only as part of a request."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """A span to be: without a kind it is the caller's own, entered and not begun."""

    name: str
    kind: Literal["SERVER", "CONSUMER", "INTERNAL"] | None
    attributes: Attributes
    traceparent: str
    is_call: bool = False


def work_of(worker: Any, *, system: str, service: str) -> Work | None:
    """The worker's work; `None` for what is not told of."""
    match worker.args:
        case (dict(), dict() as caller):
            return _call(worker, caller, service)
        case (_, Envelope() as envelope):
            return Work(name="", kind=None, attributes={}, traceparent=envelope.traceparent)
        case (Delivery() as delivery,):
            return _intake(worker, delivery, system)
    return Work(name=f"{service}.{worker.entrypoint.method_name}", kind="INTERNAL", attributes={}, traceparent="")


def _call(worker: Any, caller: dict[str, Any], service: str) -> Work | None:
    method = worker.entrypoint.method_name
    traceparent = str(caller.get("traceparent") or "")
    if method in OWN_ACCORD and not traceparent:
        return None
    name = f"{service}.{method}"
    return Work(name=name, kind="SERVER", attributes=spans.rpc_attributes(name), traceparent=traceparent, is_call=True)


def _intake(worker: Any, delivery: Delivery, system: str) -> Work:
    queue = str(getattr(worker.entrypoint, "queues", ""))
    attributes = spans.intake_attributes(system=system, exchange=delivery.exchange, queue=queue, body=delivery.body)
    claimed = delivery.headers.get("ce-traceparent")
    traceparent = claimed if isinstance(claimed, str) else ""
    return Work(name=f"process {queue}", kind="CONSUMER", attributes=attributes, traceparent=traceparent)
