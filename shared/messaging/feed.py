"""A service's event log as a feed to follow: nothing skipped, nothing twice, waiting for more when there is none.

Replicas may log an event a moment after a later one, so each reading looks a little behind its cursor; the cursor carries
the ids already given there.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import invalid
from shared.events.envelope import Envelope, data_in_present_version, read_time
from shared.messaging.event_log import EventLog
from shared.store.documents import Document

OVERLAP = timedelta(seconds=1)
STEP_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 30.0
LARGEST_PAGE = 500
LARGEST_OVERLAP = 5000
"""Most events of one overlap that a place remembers."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a reader is: the newest instant seen, and the ids given within the overlap before it."""

    at: datetime | None = None
    known: frozenset[str] = frozenset()


def follow(
    event_log: EventLog, place: Place, *, limit: int, wait_seconds: float, stopping: threading.Event
) -> tuple[list[dict[str, Any]], Place]:
    """The events after a place, oldest first, and the next place. Waits for the first one up to `wait_seconds`."""
    waited = 0.0
    if place.at is None:
        return _newest(event_log, min(limit, LARGEST_PAGE))
    entries = _after(event_log, place, min(limit, LARGEST_PAGE))
    while not entries and waited < min(wait_seconds, LONGEST_WAIT_SECONDS) and not stopping.is_set():
        event_log.wait_for_more(STEP_SECONDS)
        waited += STEP_SECONDS
        entries = _after(event_log, place, min(limit, LARGEST_PAGE))
    return [feed_item(entry) for entry in entries], _place_after(place, entries)


def start_after(event_log: EventLog, event_id: str) -> Place:
    """The place right after an event, in the feed's own order; the newest few if it isn't in this log."""
    entry = event_log.entry(event_id)
    if entry is None:
        return Place()
    return _place_after_entry(event_log, entry)


def beginning() -> str:
    """The cursor before everything in any log: for who began to follow when there was nothing yet."""
    cursor = write_place(Place(at=LONG_AGO))
    return cursor or ""


def write_place(place: Place) -> str | None:
    """The place as an opaque cursor."""
    if place.at is None:
        return None
    text = json.dumps([place.at.isoformat(), sorted(place.known)])
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_place(cursor: str | None) -> Place:
    """The place behind a cursor. Raises `Invalid` for a cursor that this feed did not issue."""
    if cursor is None:
        return Place()
    try:
        at, known = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error) as error:
        raise invalid("after", "cursor", "the cursor was not issued by this feed") from error
    instant = read_time(at)
    if instant is None:
        raise invalid("after", "cursor", "the cursor was not issued by this feed")
    return Place(at=instant, known=frozenset(known))


def feed_item(entry: Document) -> dict[str, Any]:
    """One event as readers of the feed see it, in its present version."""
    envelope = entry["envelope"]
    return {
        "id": envelope["id"],
        "type": envelope["type"],
        "stream": envelope["partitionkey"].partition(":")[0],
        "subject": envelope["subject"],
        "sequence": envelope["sequence"],
        "time": envelope["time"],
        "council_id": envelope.get("councilid", ""),
        "correlation_id": envelope["correlationid"],
        "causation_id": envelope["causationid"],
        "source": envelope["source"],
        "data": data_in_present_version(envelope["type"], envelope["dataschema"], envelope["data"]),
    }


def history_item(envelope: Envelope) -> dict[str, Any]:
    """One event of a record's history: what, when, by whom; in its present version."""
    return {
        "id": envelope.id,
        "type": envelope.type,
        "sequence": envelope.sequence,
        "time": envelope.as_json()["time"],
        "actor_id": envelope.actorid,
        "correlation_id": envelope.correlationid,
        "data": data_in_present_version(envelope.type, envelope.dataschema, envelope.data),
    }


def _newest(event_log: EventLog, limit: int) -> tuple[list[dict[str, Any]], Place]:
    """Where a reader without a place begins: the newest few, and the place after them."""
    entries = event_log.since(None, limit=limit)
    place = _place_after_entry(event_log, entries[-1]) if entries else Place()
    return [feed_item(entry) for entry in entries], place


def _place_after_entry(event_log: EventLog, entry: Document) -> Place:
    """The place right after one entry: others logged at the same instant may still be to come."""
    near = event_log.since(entry["logged_at"] - OVERLAP, limit=LARGEST_OVERLAP)
    known = frozenset(other["event_id"] for other in near if _turn(other) <= _turn(entry))
    return Place(at=entry["logged_at"], known=known)


def _turn(entry: Document) -> tuple[datetime, str]:
    """An entry's place in the feed; a batch shares one instant."""
    return entry["logged_at"], entry["_id"]


def _after(event_log: EventLog, place: Place, limit: int) -> list[Document]:
    if place.at is None:
        return []
    entries = event_log.since(place.at - OVERLAP, limit=limit + len(place.known))
    return [entry for entry in entries if entry["event_id"] not in place.known]


def _place_after(place: Place, entries: list[Document]) -> Place:
    if not entries or place.at is None:
        return place
    at = max(place.at, *(entry["logged_at"] for entry in entries))
    given = {entry["event_id"] for entry in entries if entry["logged_at"] >= at - OVERLAP}
    still_near = place.known if place.at >= at - OVERLAP else frozenset()
    return Place(at=at, known=frozenset(given | still_near))
