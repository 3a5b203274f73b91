"""Events that wait in their aggregate's own document until the relay has published them.

Because state and outbox are one document, one conditional write makes both true or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.events.envelope import Envelope, event_id, stream_key
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
    envelopes = []
    for told in events:
        about = told if isinstance(told, About) else About(subject=subject, event=told)
        key = stream_key(about.event.stream.name, about.subject)
        after[key] = after.get(key, 0) + 1
        envelope = _envelope(about, key, after[key], council_id=council_id, cause=cause, at=at, audience=audience)
        envelopes.append(envelope.as_json())
    return envelopes, after


def due_after(at: datetime, pending: Sequence[Any]) -> datetime | None:
    """When another relay may take these events up; `None` when there are none."""
    return at + GRACE if pending else None


def _envelope(
    about: About, key: str, sequence: int, *, council_id: str, cause: Cause, at: datetime, audience: str
) -> Envelope:
    stream = about.event.stream
    return Envelope(
        id=event_id(stream.name, about.subject, sequence),
        source=f"/services/{stream.owner}",
        type=about.event.type,
        time=at,
        subject=about.subject,
        dataschema=about.event.dataschema(),
        sequence=sequence,
        partitionkey=key,
        correlationid=cause.correlation_id,
        causationid=cause.causation_id,
        traceparent=cause.traceparent,
        councilid=council_id,
        actorid=cause.actor_id,
        data=about.event.as_data(),
        audience=audience,
    )
