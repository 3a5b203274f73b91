"""Pauses of a clock: who had it stand still, why, from when until when, and which days it therefore does not count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.dates import end_of_london_day


@dataclass(frozen=True, kw_only=True)
class Pause:
    """One pause; `until_at` and `resumed_by` are absent as long as it lasts. The ids are those of actors."""

    from_at: datetime
    paused_by: str
    reason: str
    until_at: datetime | None = None
    resumed_by: str | None = None

    @property
    def words(self) -> str:
        """Why what lies within it is skipped."""
        return f"Paused by {self.paused_by}: {self.reason}"

    def holds_at(self, instant: datetime) -> bool:
        return self.from_at <= instant and (self.until_at is None or instant < self.until_at)


def pause_at(pauses: Iterable[Pause], instant: datetime) -> Pause | None:
    """The pause in which the clock stood still at this instant."""
    return next((pause for pause in pauses if pause.holds_at(instant)), None)


def pause_of_day(pauses: Iterable[Pause], day: date) -> Pause | None:
    """The pause that keeps this day from counting: the one in which the clock stood still when the day ended."""
    return pause_at(pauses, end_of_london_day(day))


def next_pause(pauses: Sequence[Pause], instant: datetime) -> datetime | None:
    """When the first pause after this instant begins."""
    return min((pause.from_at for pause in pauses if pause.from_at > instant), default=None)
