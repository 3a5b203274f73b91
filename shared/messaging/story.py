"""One story, told from stores alone: what set it off, its events, and what became of each of them at each reader.

Nothing is asked of a running service: event logs, outboxes, held messages and marks say it all, also years later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from shared.events.envelope import Envelope, read_structured
from shared.messaging.consuming.held import envelope_of
from shared.messaging.publishing.event_log import EventLog
from shared.messaging.publishing.outbox import OLDEST_FIRST
from shared.store.documents import Between, Document, Documents, Equal

MOST = 500
"""Events of one story and service that are told; a longer one is told up to there."""
LAST = 10**10 - 1
PENDING = Between(path="outbox_due", low=datetime(1970, 1, 1, tzinfo=UTC))
What = Literal[
    "command", "message", "due work", "event", "event not yet published", "settled", "held", "discarded", "not yet"
]


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One service's stores, as far as they tell of events; `streams` and `handles` are names of streams."""

    service: str
    streams: tuple[str, ...]
    handles: frozenset[str]
    event_log: EventLog
    held: Documents
    marks: Documents
    outboxes: tuple[Documents, ...]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that happened. `at` is when, as far as anything says so; `order` puts, of one instant, causes first."""

    at: datetime | None
    order: tuple[datetime, int, str, int]
    service: str
    what: What
    envelope: Envelope
    id: str
    detail: str = ""

    def as_row(self) -> dict[str, Any]:
        """For people and machines: ids only, nothing of what the event says."""
        about = self.envelope
        is_cause = self.what in ("command", "message", "due work")
        return {
            "time": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            if self.at
            else "",
            "service": self.service,
            "what": self.what,
            "type": "" if is_cause else about.type,
            "stream": about.stream,
            "subject": about.subject,
            "sequence": None if is_cause else about.sequence,
            "actor": about.actorid,
            "id": self.id,
            "caused_by": "" if is_cause else about.causationid,
            "correlation_id": about.correlationid,
            "detail": self.detail,
        }


def tell(id: str, archives: Sequence[Archive]) -> list[Line]:
    """The story behind a correlation id, an event's id, a held message's id or a record's id, in order."""
    correlation_ids = _stories(id, archives)
    told = [_Told(archive, correlation_ids) for archive in archives]
    known = {envelope.id: envelope for each in told for envelope in (*each.logged, *each.pending)}
    lines = list(_causes(known))
    for each in told:
        lines += each.events()
        lines += each.fates(known.values())
    return sorted(lines, key=lambda line: line.order)


def _stories(id: str, archives: Iterable[Archive]) -> set[str]:
    """The correlation ids that are meant; the id itself, if nothing else is known by it."""
    found = set()
    for archive in archives:
        entry = archive.event_log.entry(id)
        held = archive.held.get(id)
        found |= {entry["correlation_id"]} if entry else set()
        found |= {held["correlation_id"]} if held and held.get("correlation_id") else set()
        found |= {envelope.correlationid for envelope in _of_record(id, archive)}
    return found or {id}


def _of_record(id: str, archive: Archive) -> Iterator[Envelope]:
    for stream in archive.streams:
        yield from archive.event_log.of_stream(stream, id, first=1, last=LAST, limit=MOST)
    for documents in archive.outboxes:
        document = documents.get(id)
        yield from map(read_structured, document["outbox"] if document else ())


class _Told:
    """What one service's stores say of these stories."""

    def __init__(self, archive: Archive, correlation_ids: set[str]) -> None:
        self._archive = archive
        self.logged = [
            read_structured(entry["envelope"])
            for correlation_id in sorted(correlation_ids)
            for entry in archive.event_log.of_story(correlation_id, limit=MOST)
        ]
        published = {envelope.id for envelope in self.logged}
        self.pending = [e for e in _waiting(archive, correlation_ids) if e.id not in published]
        self._held = {
            (held["stream_key"], held["sequence"]): held
            for correlation_id in sorted(correlation_ids)
            for held in archive.held.find([Equal(path="correlation_id", value=correlation_id)], limit=MOST).items
        }
        self._first_effects = _first_effects(self.logged)
        self._marks: dict[str, int] = {}

    def events(self) -> Iterator[Line]:
        """What the service told."""
        for envelope in self.logged:
            yield _line(envelope, "event", self._archive.service, at=envelope.time, rank=1)
        for envelope in self.pending:
            yield _line(envelope, "event not yet published", self._archive.service, at=envelope.time, rank=1)

    def fates(self, known: Iterable[Envelope]) -> Iterator[Line]:
        """What became, at this service, of every event of the story, and of what else it holds of it."""
        places = set()
        for envelope in known:
            places.add((envelope.partitionkey, envelope.sequence))
            if envelope.stream in self._archive.handles:
                yield self._fate(envelope)
        for place, held in self._held.items():
            if place not in places:
                yield self._fate(envelope_of(held))

    def _fate(self, envelope: Envelope) -> Line:
        held = self._held.get((envelope.partitionkey, envelope.sequence))
        service = self._archive.service
        if held is not None and held["state"] == "held":
            return _line(envelope, "held", service, at=held["held_at"], rank=2, detail=_why(held), id=held["_id"])
        if held is not None and held["state"] == "discarded":
            return _line(envelope, "discarded", service, at=held["ended_at"], rank=2, detail=held["detail"])
        if self._mark(envelope.partitionkey) < envelope.sequence:
            return _line(envelope, "not yet", service, at=None, rank=2)
        waited = f"after it was held, {held['attempts']} attempts" if held else ""
        at = held["ended_at"] if held else self._first_effects.get(envelope.id)
        return _line(envelope, "settled", service, at=at, rank=0 if at else 2, detail=waited)

    def _mark(self, key: str) -> int:
        if key not in self._marks:
            mark = self._archive.marks.get(key)
            self._marks[key] = mark["sequence"] if mark else 0
        return self._marks[key]


def _causes(known: dict[str, Envelope]) -> Iterator[Line]:
    """What set the story off: each cause that is no event of it, at the time of the first event it brought about."""
    firsts: dict[str, Envelope] = {}
    for envelope in known.values():
        first = firsts.get(envelope.causationid)
        if first is None or (envelope.time, envelope.sequence) < (first.time, first.sequence):
            firsts[envelope.causationid] = envelope
    for cause, envelope in firsts.items():
        if cause not in known:
            service = envelope.source.rpartition("/")[2]
            yield _line(envelope, _kind_of_cause(envelope), service, at=envelope.time, rank=0, id=cause)


def _kind_of_cause(envelope: Envelope) -> What:
    match envelope.actorid.partition(":")[0]:
        case "council":
            return "message"
        case "schedule":
            return "due work"
    return "command"


def _waiting(archive: Archive, correlation_ids: set[str]) -> Iterator[Envelope]:
    """Events in outboxes, of those that have waited longest."""
    for documents in archive.outboxes:
        for document in documents.find([PENDING], order=OLDEST_FIRST, limit=MOST).items:
            for entry in document["outbox"]:
                if entry["correlationid"] in correlation_ids:
                    yield read_structured(entry)


def _first_effects(logged: Iterable[Envelope]) -> dict[str, datetime]:
    """When each event had its first effect that was told: the time of the first event that it caused."""
    firsts: dict[str, datetime] = {}
    for envelope in logged:
        firsts[envelope.causationid] = min(envelope.time, firsts.get(envelope.causationid, envelope.time))
    return firsts


def _why(held: Document) -> str:
    due = f", tried again at {held['due_at'].isoformat(timespec='seconds')}" if held["due_at"] else ""
    return f"{held['reason']}: {held['detail']}{due}"


def _line(
    envelope: Envelope,
    what: What,
    service: str,
    *,
    at: datetime | None,
    rank: int,
    detail: str = "",
    id: str | None = None,
) -> Line:
    when = at if at is not None and at > envelope.time else envelope.time
    order = (when, rank, envelope.partitionkey, envelope.sequence)
    return Line(at=at, order=order, service=service, what=what, envelope=envelope, id=id or envelope.id, detail=detail)
