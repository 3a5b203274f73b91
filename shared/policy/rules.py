"""What a policy pack is made of: cited values, calendars and clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

Unit = Literal["working_days", "calendar_days", "weeks", "months", "hours", "hours_without_weekends", "immediately"]
OutOfHours = Literal["same_day", "next_working_day"]
PauseRule = Literal["not_counted"]
"""What becomes of the time in which a clock stands still."""


class NoSuchOccurrence(ValueError):
    """The clock never falls due so often."""


_ONE = {
    "working_days": "working day",
    "calendar_days": "calendar day",
    "weeks": "week",
    "months": "month",
    "hours": "hour",
    "hours_without_weekends": "hour without weekends",
}
_MANY = {
    "working_days": "working days",
    "calendar_days": "calendar days",
    "weeks": "weeks",
    "months": "months",
    "hours": "hours",
    "hours_without_weekends": "hours without weekends",
}


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Where a clause admits several readings: the one the pack picks, and those it does not."""

    chosen: str
    others: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PolicyValue:
    """One value of a pack with its clause. `ours` marks our own reading, never the contract's words."""

    name: str
    value: Any
    unset: bool
    clause: str | None
    note: str
    ours: bool
    title: str | None
    readings: Readings | None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """So many units of time. `immediately` has no count: the clause gives no number."""

    unit: Unit
    count: int = 0

    def words(self) -> str:
        """The limit for a reader: "5 working days", "immediately", "the same day" for none of them."""
        if self.unit == "immediately":
            return "immediately"
        if self.count == 0:
            return "the same day"
        return f"{self.count} {(_ONE if self.count == 1 else _MANY)[self.unit]}"


@dataclass(frozen=True, kw_only=True)
class CalendarRule:
    """The days and hours of a service. `weekdays` as `date.weekday()`; `closures` are extra days of rest."""

    name: str
    weekdays: frozenset[int]
    observes_bank_holidays: bool
    opens: time
    closes: time
    closures: Mapping[date, str]
    clause: str | None
    note: str
    ours: bool


@dataclass(frozen=True, kw_only=True)
class Interval:
    """How a series goes on after its first times, and whether it is counted from the start or from the last of them."""

    limit: Limit
    counted_from: Literal["start", "last_first"]


@dataclass(frozen=True, kw_only=True)
class ClockRule:
    """One deadline to compute: a clock's limit for one occurrence, with what the explanation needs.

    `target` is an elapsed time of our own for a clause that says immediately. `duty` is what the clock is for, where
    several watch one duty (a contract's cycle and the law's). `warn_before` is how long before it is due it is warned of;
    `pause` is what a pause does to it, `None` where the pack doesn't say.
    """

    id: str
    name: str
    duty: str | None
    occurrence: int
    starts: str
    stops: str
    limit: Limit
    target: Limit | None
    calendar: str
    receipt_out_of_hours: OutOfHours
    approximate: bool
    clause: str | None
    note: str
    ours: bool
    readings: Readings | None
    policy_version: str
    warn_before: Limit | None = None
    pause: PauseRule | None = None


@dataclass(frozen=True, kw_only=True)
class Clock:
    """A clock of a pack: due once (`first` has one limit, no `then`), or a series."""

    id: str
    name: str
    duty: str | None
    starts: str
    stops: str
    unset: bool
    first: tuple[Limit, ...]
    then: Interval | None
    target: Limit | None
    calendar: str
    receipt_out_of_hours: OutOfHours
    approximate: bool
    clause: str | None
    note: str
    ours: bool
    readings: Readings | None
    warn_before: Limit | None = None
    pause: PauseRule | None = None

    def rule(self, *, occurrence: int, policy_version: str) -> ClockRule:
        """The rule of the first, second ... time it falls due. Raises `NoSuchOccurrence`."""
        return ClockRule(
            id=self.id,
            name=self.name,
            duty=self.duty,
            occurrence=occurrence,
            starts=self.starts,
            stops=self.stops,
            limit=self._limit(occurrence),
            target=self.target,
            calendar=self.calendar,
            receipt_out_of_hours=self.receipt_out_of_hours,
            approximate=self.approximate and occurrence == 1,
            clause=self.clause,
            note=self.note,
            ours=self.ours,
            readings=self.readings,
            policy_version=policy_version,
            warn_before=self.warn_before,
            pause=self.pause,
        )

    def _limit(self, occurrence: int) -> Limit:
        if occurrence < 1:
            raise NoSuchOccurrence("occurrences are counted from 1")
        if occurrence <= len(self.first):
            return self.first[occurrence - 1]
        if self.then is None:
            raise NoSuchOccurrence(f"{self.name} falls due once, so there is no occurrence {occurrence}")
        repeats = occurrence - len(self.first)
        base = self.first[-1].count if self.then.counted_from == "last_first" else 0
        return Limit(unit=self.then.limit.unit, count=base + repeats * self.then.limit.count)
