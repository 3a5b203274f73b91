"""What operators of a service must look at, beyond what logs say: each alarm has a code for machines and a sentence for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.messaging.consuming.tending import Tending, held_too_long
from shared.messaging.processes import unfinished_since
from shared.messaging.scheduling import DueWork, Scheduler
from shared.runtime.settings import PlatformSettings
from shared.store.documents import Documents

Alarm = dict[str, str]
ALARMS = ("held-too-long", "due-work-late", "process-unfinished")


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """One service's alarms. `processes` is its collection of processes, if it has any."""

    tending: Tending
    scheduler: Scheduler
    works: Callable[[], Sequence[DueWork]]
    processes: Documents | None
    settings: PlatformSettings

    def raised(self) -> list[Alarm]:
        """Those that stand now. Raises `StoreAway`."""
        return [*self._held(), *self._late(), *self._unfinished()]

    def _held(self) -> list[Alarm]:
        oldest, limit = self.tending.oldest_seconds(), self.settings.held_alarm_seconds
        if oldest is None or oldest <= limit:
            return []
        return [held_too_long(self.tending.counts(), oldest, limit)]

    def _late(self) -> list[Alarm]:
        """Work that fails at each attempt, or that nobody does."""
        limit = self.settings.due_alarm_seconds
        late = {work.due.name: self.scheduler.late(work, seconds=limit) for work in self.works()}
        return [
            _alarm(
                "due-work-late", f"{count} of {name} have been due for more than {limit:g} seconds (STEWARD_DUE_ALARM)"
            )
            for name, count in late.items()
            if count
        ]

    def _unfinished(self) -> list[Alarm]:
        if self.processes is None:
            return []
        limit = self.settings.due_alarm_seconds
        count = unfinished_since(self.processes, self.scheduler.clock.now() - timedelta(seconds=limit))
        detail = f"{count} processes have been under way for more than {limit:g} seconds (STEWARD_DUE_ALARM)"
        return [_alarm("process-unfinished", detail)] if count else []


def _alarm(code: str, detail: str) -> Alarm:
    return {"alarm": code, "detail": detail}
