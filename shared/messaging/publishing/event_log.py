"""Every event a service has published, in the order of publishing: for replay, gap repair, feeds and traces."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.clock import Clock
from shared.events.envelope import Envelope, read_structured, stream_key
from shared.store.documents import (
    Between,
    Collection,
    Document,
    Documents,
    Equal,
    Field,
    IdTaken,
    Order,
    Page,
    Unique,
)

EVENT_LOG = Collection(
    name="event_log",
    fields=(
        Field(path="event_id"),
        Field(path="correlation_id"),
        Field(path="logged_at", kind="instant"),
    ),
    unique=(Unique(name="event_id", paths=("event_id",)),),
    orders=(
        Order(name="logged", by=(("logged_at", "ascending"),)),
        Order(name="newest", by=(("logged_at", "descending"),)),
    ),
)


class EventLog:
    """One service's log. Writing the same event again is a no-op."""

    def __init__(self, *, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._grown = threading.Condition()

    def append(self, entries: Sequence[Mapping[str, Any]]) -> None:
        """Adds those envelopes (in structured mode) that aren't there yet. Raises `StoreAway`.

        Lazily: as long as an event may be missing here, its outbox still has it.
        """
        if not entries:
            return
        at = self._clock.now()
        outcomes = self._documents.insert_many([_logged(entry, at) for entry in entries], lazily=True)
        for outcome in outcomes:
            if outcome is not None and not isinstance(outcome, IdTaken):
                raise outcome
        with self._grown:
            self._grown.notify_all()

    def wait_for_more(self, seconds: float) -> None:
        """Returns when this process has added something, or after `seconds`."""
        with self._grown:
            self._grown.wait(seconds)

    def of_stream(self, stream: str, subject: str, *, first: int, last: int, limit: int = 500) -> list[Envelope]:
        """A stretch of one aggregate's events, in sequence."""
        key = stream_key(stream, subject)
        where = [Between(path="_id", low=_place(key, first), high=_place(key, last), including_high=True)]
        return _envelopes(self._documents.find(where, limit=limit))

    def of_story(self, correlation_id: str, *, limit: int = 500) -> list[Document]:
        """Every event with this correlation id, as log entries."""
        where = [Equal(path="correlation_id", value=correlation_id)]
        return self._documents.find(where, order="logged", limit=limit).items

    def since(self, instant: datetime | None, *, limit: int) -> list[Document]:
        """Entries logged at or after `instant`, oldest first; without one, the newest `limit`, oldest first."""
        if instant is None:
            newest = self._documents.find(order="newest", limit=limit).items
            return sorted(newest, key=lambda entry: (entry["logged_at"], entry["_id"]))  # a batch shares one instant
        return self._documents.find([Between(path="logged_at", low=instant)], order="logged", limit=limit).items

    def between(self, first: datetime, last: datetime, *, after: str | None, limit: int) -> Page:
        """A page of the entries logged from `first` to `last`, both included, oldest first."""
        where = [Between(path="logged_at", low=first, high=last, including_high=True)]
        return self._documents.find(where, order="logged", after=after, limit=limit)

    def entry(self, event_id: str) -> Document | None:
        """The entry of this event id, if it is this service's."""
        found = self._documents.find([Equal(path="event_id", value=event_id)], limit=1).items
        return found[0] if found else None


def _place(key: str, sequence: int) -> str:
    """The id of a log entry: those of one stream sort by their sequence, so that a stretch of it is a range of ids."""
    return f"{key}:{sequence:010d}"


def _logged(entry: Mapping[str, Any], at: datetime) -> Document:
    return {
        "_id": _place(entry["partitionkey"], entry["sequence"]),
        "version": 1,
        "event_id": entry["id"],
        "correlation_id": entry["correlationid"],
        "logged_at": at,
        "envelope": entry,
    }


def _envelopes(page: Page) -> list[Envelope]:
    return [read_structured(document["envelope"]) for document in page.items]
