"""How things stand in a service: what waits to be published, what is set aside, and whether broker and store are there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from shared.events.envelope import read_time
from shared.messaging.held import Reason
from shared.runtime.resources import Resources
from shared.store.documents import Between
from shared.telemetry.exposition import Standing
from shared.telemetry.figures import ServiceFigures

PENDING = Between(path="outbox_due", low=datetime(1970, 1, 1, tzinfo=UTC))
LOOKED_AT = 100
"""Records per collection that are looked at for the oldest event; with more waiting, it is about the oldest."""


class WatchedService:
    """A service of this process, as monitoring sees it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    @property
    def figures(self) -> ServiceFigures:
        """What it has counted."""
        return self._resources.figures

    @property
    def duplicates(self) -> int:
        """Events that it had applied before."""
        consumer = self._resources.consumer
        return consumer.duplicates if consumer is not None else 0

    @property
    def reads(self) -> bool:
        """Whether it is connected to its queues."""
        reader = self._resources.reader
        return reader is not None and reader.connected

    def check(self) -> None:
        """Raises `StoreAway`."""
        self._resources.store.check()

    def standing(self) -> Standing:
        """Looks. Raises `StoreAway`."""
        oldest = max(self._resources.tending.oldest_seconds() or 0.0, 0.0)
        return Standing(
            broker=self.reads,
            outbox_pending=self._resources.relay.waiting(),
            outbox_oldest_seconds=self._oldest_pending(),
            held=dict.fromkeys(get_args(Reason), 0) | self._resources.held.counts(),
            held_oldest_seconds=oldest,
            held_too_long=oldest > self._resources.settings.held_alarm_seconds,
        )

    def _oldest_pending(self) -> float:
        collections = [c for c in self._resources.plugin.collections if c.name in self._resources.plugin.outboxes]
        found = [self._resources.documents(c).find([PENDING], limit=LOOKED_AT).items for c in collections]
        times = [read_time(document["outbox"][0]["time"]) for page in found for document in page if document["outbox"]]
        return max((self._age(time) for time in times if time is not None), default=0.0)

    def _age(self, instant: datetime) -> float:
        return max((self._resources.clock.now() - instant).total_seconds(), 0.0)
