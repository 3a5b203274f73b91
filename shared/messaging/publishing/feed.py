"""A service's event log as a feed to follow: nothing skipped, nothing twice, waiting for more when there is none.

Replicas may log an event a moment after a later one, so each reading looks a little behind its cursor: ten seconds, or as far as
the newest hundred events reach, but one second at least. The cursor carries the ids already given there, and no others. Who begins
again with the id of an event alone is given the second before it again, for nobody knows what they had of it.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import invalid
from shared.events.envelope import Envelope, data_in_present_version
from shared.messaging.publishing.event_log import EventLog
from shared.store.documents import Document

OVERLAP = timedelta(seconds=10)
LEAST_OVERLAP = timedelta(seconds=1)
OVERLAP_EVENTS = 100
STEP_SECONDS = 0.25
LONGEST_WAIT_SECONDS = 30.0
LARGEST_PAGE = 500
LARGEST_OVERLAP = 1000
"""Most events looked at to find a place behind one event."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
SHORT_ID = 12


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a reader is: the newest instant given, and the events (short ids) given at each instant from `since` on."""

    at: datetime | None = None
    since: datetime | None = None
    known: Mapping[str, datetime] = field(default_factory=dict)


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
    """The place for who was told of this event last; the newest few if it isn't in this log.

    Nobody knows what else they were told: another replica may have logged an event just before this one and kept it a
    moment later. So what was logged from a second before it is given again, the event itself in its turn.
    """
    entry = event_log.entry(event_id)
    if entry is None:
        return Place()
    at = _logged_at(entry)
    return Place(at=at, since=at - LEAST_OVERLAP)


def beginning() -> str:
    """The cursor before everything in any log: for who began to follow when there was nothing yet."""
    cursor = write_place(Place(at=LONG_AGO, since=LONG_AGO))
    return cursor or ""


def write_place(place: Place) -> str | None:
    """The place as an opaque cursor."""
    if place.at is None or place.since is None:
        return None
    known = {short: _milliseconds(at) for short, at in place.known.items()}
    text = json.dumps([_milliseconds(place.at), _milliseconds(place.since), known], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_place(cursor: str | None) -> Place:
    """The place behind a cursor. Raises `Invalid` for a cursor that this feed did not issue."""
    if cursor is None:
        return Place()
    try:
        at, since, known = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        instants = {str(short): _instant(at) for short, at in known.items()}
        return Place(at=_instant(at), since=_instant(since), known=instants)
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise invalid("after", "cursor", "the cursor was not issued by this feed") from error


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
        "audience": envelope.get("audience", ""),
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
    at = _logged_at(entry)
    since, before = _before(event_log, entry, at)
    return _place_at(at, {_short(other): _logged_at(other) for other in before}, since)


def _before(event_log: EventLog, entry: Document, at: datetime) -> tuple[datetime, list[Document]]:
    """The entry and what was logged shortly before it; less far back where there is very much of it."""
    for since in (at - OVERLAP, at - LEAST_OVERLAP):
        near = event_log.since(since, limit=LARGEST_OVERLAP)
        before = [other for other in near if _turn(other) <= _turn(entry)]
        if len(before) < LARGEST_OVERLAP:  # the entry itself was reached
            return since, before
    return at, [other for other in event_log.since(at, limit=LARGEST_OVERLAP) if _turn(other) <= _turn(entry)]


def _after(event_log: EventLog, place: Place, limit: int) -> list[Document]:
    if place.since is None:
        return []
    entries = event_log.since(place.since, limit=limit + len(place.known))
    return [entry for entry in entries if _short(entry) not in place.known]


def _place_after(place: Place, entries: list[Document]) -> Place:
    if not entries or place.at is None or place.since is None:
        return place
    given = {_short(entry): _logged_at(entry) for entry in entries}
    return _place_at(max(place.at, *given.values()), {**place.known, **given}, place.since)


def _place_at(at: datetime, known: Mapping[str, datetime], since: datetime) -> Place:
    """The place with no more known than lies within its overlap; `known` has everything given from `since` on."""
    newest = sorted(known.values(), reverse=True)[:OVERLAP_EVENTS]
    full = len(newest) == OVERLAP_EVENTS
    far = max(at - OVERLAP, min(at - LEAST_OVERLAP, newest[-1])) if full else at - OVERLAP
    since = max(since, far)
    return Place(at=at, since=since, known={short: on for short, on in known.items() if on >= since})


def _turn(entry: Document) -> tuple[datetime, str]:
    """An entry's place in the feed; a batch shares one instant."""
    return entry["logged_at"], entry["_id"]


def _short(entry: Document) -> str:
    """Enough of an event's id to tell it from its neighbours."""
    return str(entry["event_id"]).replace("-", "")[:SHORT_ID]


def _logged_at(entry: Document) -> datetime:
    """To the millisecond, as a cursor keeps it; never later than it was."""
    return _instant(_milliseconds(entry["logged_at"]))


def _milliseconds(instant: datetime) -> int:
    return (instant - LONG_AGO) // timedelta(milliseconds=1)


def _instant(milliseconds: int) -> datetime:
    return LONG_AGO + timedelta(milliseconds=milliseconds)
