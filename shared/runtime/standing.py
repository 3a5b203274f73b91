"""How things stand in a service: what waits to be published, what is set aside, and whether broker and store are there."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from shared.messaging.consuming.held import Reason
from shared.runtime.alarms import ALARMS
from shared.runtime.resources import Resources
from shared.telemetry.exposition import Standing
from shared.telemetry.figures import ServiceFigures


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
            alarms=self._alarms(),
        )

    def _alarms(self) -> dict[str, int]:
        return dict.fromkeys(ALARMS, 0) | Counter(raised["alarm"] for raised in self._resources.alarms.raised())

    def _oldest_pending(self) -> float:
        at = self._resources.relay.oldest_at()
        return max((self._resources.clock.now() - at).total_seconds(), 0.0) if at is not None else 0.0
