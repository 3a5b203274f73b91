"""Sending a stretch of what was published again: for a party outside whose queue was purged, or lost with the broker.

Every event goes out as it was, under the same id, so that whoever has it already knows it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.errors import Invalid, Unavailable, invalid
from shared.events.envelope import Envelope, read_structured, read_time
from shared.messaging.publishing.event_log import EventLog
from shared.messaging.publishing.publisher import NotPublished

PAGE = 200


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The events of one stream for one council that were logged between two instants, both included."""

    stream: str
    council_id: str
    since: datetime
    until: datetime

    def holds(self, envelope: Envelope) -> bool:
        """Whether the event is one of those asked for."""
        return envelope.stream == self.stream and envelope.councilid == self.council_id


def read_stretch(payload: dict[str, Any], *, published: Iterable[str], now: datetime) -> Stretch:
    """The stretch that a call asks for; it ends now unless said. Raises `Invalid`."""
    stream, council_id = payload.get("stream"), payload.get("council_id")
    if stream not in set(published):
        raise invalid("stream", "own", f"this service publishes: {', '.join(sorted(published))}")
    if not isinstance(council_id, str) or not council_id:
        raise invalid("council_id", "required", "name the council")
    since, until = _instant(payload, "since", None), _instant(payload, "until", now)
    return Stretch(stream=str(stream), council_id=council_id, since=since, until=until)


def send_again(
    event_log: EventLog, publish: Callable[[Envelope], None], stretch: Stretch, *, after: str | None
) -> dict[str, Any]:
    """Publishes one page of the stretch and waits for the broker's word on each; says how many, and where to go on.

    Raises `Unavailable` when the broker takes no more (its queue is full, say); a repeat of the same page is harmless.
    """
    page = event_log.between(stretch.since, stretch.until, after=after, limit=PAGE)
    wanted = [e for e in (read_structured(entry["envelope"]) for entry in page.items) if stretch.holds(e)]
    try:
        for envelope in wanted:
            publish(envelope)
    except NotPublished as error:
        raise Unavailable(f"not all could be sent again: {error}") from error
    return {"sent": len(wanted), "next": page.next}


def _instant(payload: dict[str, Any], name: str, default: datetime | None) -> datetime:
    given = payload.get(name)
    instant = default if given is None else read_time(given)
    if instant is None:
        raise Invalid(f"{name} is an instant such as 2026-03-02T09:00:00Z")
    return instant
