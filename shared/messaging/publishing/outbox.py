"""Events that wait in their aggregate's own document until the relay has published them.

Because state and outbox are one document, one conditional write makes both true or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.events.envelope import event_id, stream_key, told_with
from shared.events.language import Event
from shared.messaging.cause import Cause
from shared.store.documents import Field, Order

OUTBOX_DUE = Field(path="outbox_due", kind="instant", absence_asked=False)
"""Absent where nothing waits, which nobody asks for: most documents cost its index nothing."""
OUTBOX_FIELDS = (OUTBOX_DUE, Field(path="council_id"))
OLDEST_FIRST = "outbox"
OUTBOX_ORDER = Order(name=OLDEST_FIRST, by=(("outbox_due", "ascending"),))
GRACE = timedelta(seconds=5)
"""How long the process that wrote an event has for publishing it before another relay may take it up."""


@dataclass(frozen=True, kw_only=True)
class About:
    """An event whose subject is not the aggregate it is written with, e.g. an alert kept inside its concern."""

    subject: str
    event: Event


def record(
    events: Sequence[Event | About],
    *,
    subject: str,
    council_id: str,
    sequences: Mapping[str, int],
    cause: Cause,
    at: datetime,
    audience: str = "",
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """The envelopes (structured JSON) of these events and the sequences after them, per stream key.

    `audience` is whom alone live streams tell of them.
    """
    after = dict(sequences)
    shared = _shared(council_id=council_id, cause=cause, at=at, audience=audience)
    envelopes = []
    for told in events:
        about = told if isinstance(told, About) else About(subject=subject, event=told)
        key = stream_key(about.event.stream.name, about.subject)
        after[key] = after.get(key, 0) + 1
        envelopes.append(_own(about, key, after[key]) | shared)
    return envelopes, after


def due_after(at: datetime, pending: Sequence[Any]) -> datetime | None:
    """When another relay may take these events up; `None` when there are none."""
    return at + GRACE if pending else None


def _shared(*, council_id: str, cause: Cause, at: datetime, audience: str) -> dict[str, Any]:
    attributes = {
        "correlationid": cause.correlation_id,
        "causationid": cause.causation_id,
        "traceparent": cause.traceparent,
        "councilid": council_id,
        "actorid": cause.actor_id,
        "audience": audience,
    }
    return told_with(attributes, at=at)


def _own(about: About, key: str, sequence: int) -> dict[str, Any]:
    event = about.event
    return {
        "id": event_id(event.stream.name, about.subject, sequence),
        "source": f"/services/{event.stream.owner}",
        "type": event.type,
        "subject": about.subject,
        "dataschema": event.dataschema(),
        "partitionkey": key,
        "sequence": sequence,
        "data": event.as_data(),
    }
