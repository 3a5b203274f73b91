"""Publishes what waits in outboxes: each document's events in order, many documents at once.

An event is copied to the event log first, then published and confirmed, then taken out of the outbox. A crash between any
two steps only makes the same event go out again, which consumers recognise by its sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Protocol

import structlog

from shared.clock import Clock
from shared.events.catalogue import streams
from shared.events.envelope import Envelope, body_of, headers_of, read_time, routing_key_of, stream_of
from shared.faults import FAULTS
from shared.messaging.broker.topology import Topology
from shared.messaging.publishing.event_log import EventLog
from shared.messaging.publishing.outbox import GRACE, OLDEST_FIRST, due_after
from shared.messaging.publishing.pending import Waiting
from shared.messaging.publishing.publisher import BrokerAway, Confirmation, NotPublished
from shared.store.documents import Between, Document, Documents

log = structlog.get_logger(__name__)
SWEEP_PAGE = 200
REMOVE_ATTEMPTS = 50
REMEMBERED = 10_000
"""How many confirmed events are remembered, longest confirmed forgotten first."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
BY_COLLECTION = attrgetter("collection")
PENDING = Between(path="outbox_due", low=BEGINNING)


class Publishes(Protocol):
    """What the relay needs of a publisher."""

    def publish(
        self, *, exchange: str, routing_key: str, body: bytes, headers: Mapping[str, Any], message_id: str
    ) -> Confirmation: ...


class _Outbox:
    """One document's events on their way."""

    def __init__(self, collection: str, document: Document, known: Container[str]) -> None:
        self.collection = collection
        self.document = document
        self.published = {entry["id"] for entry in document["outbox"] if entry["id"] in known}
        self.entries = [entry for entry in document["outbox"] if entry["id"] not in self.published]
        self.sent: list[tuple[str, Confirmation | None]] = []

    def await_confirms(self) -> NotPublished | None:
        """Counts what was taken, up to the first event that was not; says why that was not."""
        try:
            for event_id, confirmation in self.sent:
                if confirmation is not None:
                    confirmation.wait()
                self.published.add(event_id)
        except NotPublished as error:
            return error
        return None

    def without_published(self, at: datetime) -> Document:
        """The document with these events out of its outbox."""
        left = [entry for entry in self.document["outbox"] if entry["id"] not in self.published]
        version = self.document["version"] + 1
        return self.document | {"version": version, "outbox": left, "outbox_due": due_after(at, left)}

    def looks_again(self, documents: Documents) -> bool:
        """Takes the document as it is now; whether it still holds any of these events."""
        now = documents.get(self.document["_id"])
        if now is None:
            return False
        self.document = now
        return any(entry["id"] in self.published for entry in now["outbox"])


class Relay:
    """One service's relay over all its collections that have an outbox.

    `followers` are told, by collection, of documents with events before these are published; an event goes out only once they
    have taken it in, and they may be told again.
    `claim_seconds` is for how long a document that was found due is left to the relay that found it. Clocks may differ by
    as much as a claim lasts, not by more: a due time that is further off was written by a clock gone wrong, and binds nobody.
    """

    def __init__(
        self,
        *,
        collections: Mapping[str, Documents],
        event_log: EventLog,
        publisher: Publishes,
        topology: Topology,
        clock: Clock,
        claim_seconds: float,
        followers: Mapping[str, Callable[[Sequence[Document]], object]] = MappingProxyType({}),
    ) -> None:
        self._collections = collections
        self._followers = followers
        self._log = event_log
        self._publisher = publisher
        self._topology = topology
        self._clock = clock
        self._claim = timedelta(seconds=claim_seconds)
        self._furthest = 2 * max(self._claim, GRACE)
        self._recent: dict[str, None] = {}

    def relay(self, batch: Sequence[Waiting]) -> int:
        """Publishes these documents' events, each document's in order, and takes out those confirmed; says how many.

        What is not confirmed stays in its outbox. Raises `BrokerAway` if nothing can be published now, `NotPublished` if
        some event was not taken, `StoreAway`.
        """
        outboxes = [outbox for waiting in batch if (outbox := self._outbox(waiting))]
        self._log.append([entry for outbox in outboxes for entry in outbox.entries])
        self._tell_followers(outboxes)
        problem = self._send_all(outboxes)
        for outbox in outboxes:
            problem = _weightier(problem, outbox.await_confirms())
            self._remember(outbox.published)
            for event_id in outbox.published:
                FAULTS.reach("after-confirm", event_id)
        self._empty(outbox for outbox in outboxes if outbox.published)
        if problem is not None:
            raise problem
        return sum(len(outbox.sent) for outbox in outboxes)

    def publish(self, envelope: Envelope) -> None:
        """Publishes one event and waits for its confirm. Raises `NotPublished`."""
        confirmation = self.send(envelope.as_json())
        if confirmation is not None:
            confirmation.wait()

    def send(self, entry: Mapping[str, Any]) -> Confirmation | None:
        """Publishes an envelope in structured mode; one that nobody reads stays in the log only. Raises `NotPublished`."""
        stream = streams()[stream_of(entry)]
        if not self._topology.has_readers(stream):
            return None
        confirmation = self._publisher.publish(
            exchange=stream.exchange_name,
            routing_key=entry["councilid"] if stream.outside else routing_key_of(entry),
            body=body_of(entry),
            headers=headers_of(entry),
            message_id=entry["id"],
        )
        FAULTS.reach("after-publish", entry["id"])
        return confirmation

    def claim_due(self) -> Sequence[Waiting]:
        """Documents whose events have waited past their time: the process that wrote them is gone or could not publish.

        Each is claimed by moving its due time on, so that another relay leaves it alone meanwhile.
        """
        return [
            waiting
            for name, documents in self._collections.items()
            for waiting in self._claimed(name, documents, self._due(documents))
        ]

    def left_behind(self) -> Iterator[Waiting]:
        """Documents with events, claimed or not, as many of each collection as one page holds.

        For a process that knows that nobody else is alive who could be publishing them.
        """
        for name, documents in self._collections.items():
            for found in documents.find([PENDING], order=OLDEST_FIRST, limit=SWEEP_PAGE).items:
                yield Waiting(collection=name, id=found["_id"], document=found)

    def waiting(self) -> int:
        """How many documents have events that are not yet published, whether or not their time has passed."""
        return sum(documents.count([PENDING]) for documents in self._collections.values())

    def oldest_at(self) -> datetime | None:
        """When the oldest event that is not yet published was written, as far as one page of each collection tells."""
        pages = (documents.find([PENDING], order=OLDEST_FIRST, limit=1) for documents in self._collections.values())
        times = [read_time(document["outbox"][0]["time"]) for page in pages for document in page.items]
        return min((time for time in times if time is not None), default=None)

    def _outbox(self, waiting: Waiting) -> _Outbox | None:
        document = waiting.document or self._collections[waiting.collection].get(waiting.id)
        return _Outbox(waiting.collection, document, self._recent) if document and document["outbox"] else None

    def _tell_followers(self, outboxes: Sequence[_Outbox]) -> None:
        for collection, follow in self._followers.items():
            if documents := [outbox.document for outbox in outboxes if outbox.collection == collection]:
                follow(documents)

    def _remember(self, published: Iterable[str]) -> None:
        """What was confirmed need not go out again, though a document seen earlier still holds it."""
        self._recent |= dict.fromkeys(published)
        while len(self._recent) > REMEMBERED:
            del self._recent[next(iter(self._recent))]

    def _send_all(self, outboxes: Iterable[_Outbox]) -> NotPublished | None:
        """Sends everything before it waits for any confirm; stops where the broker can't be reached, and says why."""
        try:
            for outbox in outboxes:
                for entry in outbox.entries:
                    outbox.sent.append((entry["id"], self.send(entry)))  # one by one: those sent before a failure count
        except NotPublished as error:
            return error
        return None

    def _empty(self, outboxes: Iterable[_Outbox]) -> None:
        """Takes the published events out of their documents, those of a collection in one step."""
        for collection, group in groupby(sorted(outboxes, key=BY_COLLECTION), key=BY_COLLECTION):
            documents, left = self._collections[collection], list(group)
            for _ in range(REMOVE_ATTEMPTS):
                if not (left := self._not_emptied(documents, left)):
                    break
            for outbox in left:
                log.warning("outbox.not_emptied", record_id=outbox.document["_id"])

    def _not_emptied(self, documents: Documents, outboxes: Sequence[_Outbox]) -> list[_Outbox]:
        """Tries to empty each; gives back those whose document was written meanwhile, as it is now.

        Lazily: an event that a power cut puts back goes out again and is known.
        """
        at = self._clock.now()
        changes = [(outbox.without_published(at), outbox.document["version"]) for outbox in outboxes]
        refusals = documents.replace_many(changes, lazily=True)
        refused = [outbox for outbox, refusal in zip(outboxes, refusals, strict=True) if refusal is not None]
        return [outbox for outbox in refused if outbox.looks_again(documents)]

    def _due(self, documents: Documents) -> list[Document]:
        now = self._clock.now()
        due = Between(path="outbox_due", high=now, including_high=True)
        wrong = Between(path="outbox_due", low=now + self._furthest)
        found = (documents.find([each], order=OLDEST_FIRST, limit=SWEEP_PAGE).items for each in (due, wrong))
        return next(found) or next(found)

    def _claimed(self, name: str, documents: Documents, due: Sequence[Document]) -> list[Waiting]:
        until = self._clock.now() + self._claim
        claims = [found | {"version": found["version"] + 1, "outbox_due": until} for found in due]
        refusals = documents.replace_many([(claim, claim["version"] - 1) for claim in claims])
        return [
            Waiting(collection=name, id=claim["_id"], document=claim)
            for claim, refusal in zip(claims, refusals, strict=True)
            if refusal is None
        ]


def _weightier(one: NotPublished | None, other: NotPublished | None) -> NotPublished | None:
    return one if isinstance(one, BrokerAway) else other or one


__all__ = ["NotPublished", "Publishes", "Relay", "Waiting"]
