"""Publishes what waits in outboxes: each document's events in order, different documents side by side.

An event is copied to the event log first, then published and confirmed, then taken out of the outbox. A crash between any
two steps only makes the same event go out again, which consumers recognise by its sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import structlog

from shared.clock import Clock
from shared.events.catalogue import streams
from shared.events.envelope import Envelope, read_structured
from shared.faults import FAULTS
from shared.messaging.event_log import EventLog
from shared.messaging.outbox import due_after
from shared.messaging.publisher import Confirmation, NotPublished
from shared.messaging.topology import Topology
from shared.store.documents import Between, Document, Documents, VersionChanged

log = structlog.get_logger(__name__)
SWEEP_PAGE = 200
LEASE = timedelta(seconds=30)
REMOVE_ATTEMPTS = 50
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Publishes(Protocol):
    """What the relay needs of a publisher."""

    def publish(
        self, *, exchange: str, routing_key: str, body: bytes, headers: Mapping[str, Any], message_id: str
    ) -> Confirmation: ...


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A document whose outbox has something in it."""

    collection: str
    id: str


class Relay:
    """One service's relay over all its collections that have an outbox."""

    def __init__(
        self,
        *,
        collections: Mapping[str, Documents],
        event_log: EventLog,
        publisher: Publishes,
        topology: Topology,
        clock: Clock,
    ) -> None:
        self._collections = collections
        self._log = event_log
        self._publisher = publisher
        self._topology = topology
        self._clock = clock

    def relay(self, waiting: Waiting) -> int:
        """Publishes one document's events in order and empties its outbox of those confirmed; says how many.

        Raises `NotPublished` (the rest stays in the outbox) and `StoreAway`.
        """
        documents = self._collections[waiting.collection]
        document = documents.get(waiting.id)
        if document is None or not document["outbox"]:
            return 0
        envelopes = [read_structured(entry) for entry in document["outbox"]]
        self._log.append(envelopes)
        published, problem = self._published(envelopes)
        if published:
            FAULTS.reach("after-confirm", waiting.id)
            self._take_out(documents, document, published)
        if problem is not None:
            raise problem
        return len(published)

    def _published(self, envelopes: Sequence[Envelope]) -> tuple[set[str], NotPublished | None]:
        """Sends all in order, then waits for their confirms: the ids up to the first that was not taken, and why it was not."""
        published: set[str] = set()
        sent: list[tuple[str, Confirmation | None]] = []
        problem = None
        try:
            for envelope in envelopes:
                sent.append((envelope.id, self.send(envelope)))  # one by one: those sent before a failure count
                FAULTS.reach("after-publish", envelope.id)
        except NotPublished as error:
            problem = error
        try:
            for event_id, confirmation in sent:
                if confirmation is not None:
                    confirmation.wait()
                published.add(event_id)
        except NotPublished as error:
            problem = error
        return published, problem

    def publish(self, envelope: Envelope) -> None:
        """Publishes one event and waits for its confirm. Raises `NotPublished`."""
        confirmation = self.send(envelope)
        if confirmation is not None:
            confirmation.wait()

    def send(self, envelope: Envelope) -> Confirmation | None:
        """Publishes one event; an event nobody reads stays in the log only. Raises `NotPublished`."""
        stream = streams()[envelope.stream]
        if not self._topology.has_readers(stream):
            return None
        return self._publisher.publish(
            exchange=stream.exchange_name,
            routing_key=envelope.councilid if stream.outside else envelope.routing_key,
            body=envelope.body(),
            headers=envelope.headers(),
            message_id=envelope.id,
        )

    def claim_due(self) -> Sequence[Waiting]:
        """Documents whose events have waited past their time: the process that wrote them is gone or could not publish.

        Each is claimed by moving its due time on, so that another relay leaves it alone meanwhile.
        """
        return [
            Waiting(collection=name, id=document["_id"])
            for name, documents in self._collections.items()
            for document in self._due(documents)
            if self._claim(documents, document)
        ]

    def waiting(self) -> int:
        """How many documents have events that are not yet published, whether or not their time has passed."""
        pending = [Between(path="outbox_due", low=BEGINNING)]
        return sum(documents.count(pending) for documents in self._collections.values())

    def _due(self, documents: Documents) -> list[Document]:
        return documents.find([_due_by(self._clock.now())], limit=SWEEP_PAGE).items

    def _claim(self, documents: Documents, document: Document) -> bool:
        claimed = document | {"version": document["version"] + 1, "outbox_due": self._clock.now() + LEASE}
        try:
            documents.replace(claimed, version=document["version"])
        except VersionChanged:
            return False
        return True

    def _take_out(self, documents: Documents, document: Document, published: set[str]) -> None:
        current: Document | None = document
        for _ in range(REMOVE_ATTEMPTS):
            if current is None:
                return
            left = [entry for entry in current["outbox"] if entry["id"] not in published]
            emptied = current | {"outbox": left, "outbox_due": due_after(self._clock.now(), left)}
            emptied["version"] = current["version"] + 1
            try:
                documents.replace(emptied, version=current["version"])
            except VersionChanged:
                current = documents.get(document["_id"])
                continue
            return
        log.warning("outbox.not_emptied", record_id=document["_id"])


def _due_by(now: Any) -> Between:
    return Between(path="outbox_due", high=now, including_high=True)


__all__ = ["NotPublished", "Publishes", "Relay", "Waiting"]
