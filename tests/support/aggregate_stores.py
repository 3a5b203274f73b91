"""Aggregates over memory, with what they told and nudged in plain sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from shared.clock import Clock
from shared.events.envelope import Envelope, read_structured
from shared.messaging.aggregates import Aggregates, Kind
from shared.store.documents import Collection, Document
from tests.support.documents import InMemoryDocuments

S = TypeVar("S")


@dataclass(kw_only=True)
class InMemoryAggregates(Generic[S]):
    """One kind of aggregate in memory. `records` is the real write protocol; `told()` is what waits to be published."""

    collection: Collection
    kind: Kind[S]
    clock: Clock
    nudged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.documents = InMemoryDocuments(self.collection)
        self.records: Aggregates[S] = Aggregates(
            documents=self.documents, kind=self.kind, clock=self.clock, nudge=self._nudge
        )

    def _nudge(self, document: Document) -> None:
        self.nudged.append(document["_id"])

    def told(self) -> list[Envelope]:
        """Every event that waits in an outbox, by document and in order."""
        items: list[dict[str, Any]] = self.documents.find(limit=10_000).items
        return [read_structured(entry) for document in items for entry in document["outbox"]]

    def types_told(self) -> list[str]:
        """The types of those events."""
        return [envelope.type for envelope in self.told()]
