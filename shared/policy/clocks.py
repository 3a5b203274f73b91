"""Deadlines that explain themselves: pure, from a rule, an instant and a calendar to a due instant and every step.

Unless a clause says otherwise the day of the event is not counted and the whole last day counts, to 23:59:59 in London;
months end on the corresponding date, clamped and counted from the anchor; hours are elapsed hours across clock changes;
nothing counted in calendar days rolls off a weekend.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shared.dates import (
    add_days,
    add_months,
    add_weeks,
    end_of_london_day,
    format_instant,
    london_day,
    london_time,
    start_of_london_day,
)
from shared.policy.calendars import DAY_NAMES, SATURDAY, WorkingCalendar
from shared.policy.rules import ClockRule, Limit, Unit

EVENT_DAY = "Day of the event: not counted"
MOVES_ON = "Received out of hours: moves to the next working day"
TAKEN_AS_EVENT_DAY = "Taken as the day of the event: not counted"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A span that was counted or skipped, and why: a day, a week, a month, or hours within a day."""

    starts_at: datetime
    ends_at: datetime
    counted: bool
    reason: str

    @property
    def first_on(self) -> date:
        return london_day(self.starts_at)

    @property
    def last_on(self) -> date:
        """The last London day of the span; a span that ends on the stroke of midnight does not enter the next day."""
        return london_day(max(self.starts_at, self.ends_at - timedelta(microseconds=1)))

    def as_dict(self) -> dict[str, Any]:
        return {
            "first_on": self.first_on.isoformat(),
            "last_on": self.last_on.isoformat(),
            "starts_at": format_instant(self.starts_at),
            "ends_at": format_instant(self.ends_at),
            "counted": self.counted,
            "reason": self.reason,
        }


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """When it is due and how that came about. Met up to and including `due_at`.

    `provisional`: the day lies beyond the published bank holidays. Where the clause says immediately, `due_at` is the
    pack's own target, or the start itself if there is none.
    """

    rule: ClockRule
    started_at: datetime
    due_at: datetime
    due_on: date
    counted: tuple[Step, ...]
    skipped: tuple[Step, ...]
    clause: str | None
    calendar: str
    calendar_version: str
    provisional: bool

    @property
    def steps(self) -> tuple[Step, ...]:
        """Counted and skipped together, in order of time."""
        return tuple(sorted(self.counted + self.skipped, key=lambda step: step.starts_at))

    def is_missed(self, now: datetime) -> bool:
        """Whether `now` is past it, in whole seconds: the last second of a last day still counts."""
        return now.replace(microsecond=0) > self.due_at

    def explain(self) -> dict[str, Any]:
        """The whole calculation as JSON values, with a sentence that sums it up."""
        rule = self.rule
        return {
            "clock": rule.name,
            "rule": rule.id,
            "duty": rule.duty,
            "occurrence": rule.occurrence,
            "starts": rule.starts,
            "stops": rule.stops,
            "limit": rule.limit.words(),
            "target": rule.target.words() if rule.target else None,
            "approximate": rule.approximate,
            "clause": self.clause,
            "note": rule.note,
            "ours": rule.ours,
            "reading": rule.readings.chosen if rule.readings else None,
            "other_readings": list(rule.readings.others) if rule.readings else [],
            "started_at": format_instant(self.started_at),
            "due_at": format_instant(self.due_at),
            "due_on": self.due_on.isoformat(),
            "calendar": self.calendar,
            "calendar_version": self.calendar_version,
            "policy_version": rule.policy_version,
            "provisional": self.provisional,
            "summary": self.summary(),
            "steps": [step.as_dict() for step in self.steps],
        }

    def summary(self) -> str:
        """One sentence or two for a reader."""
        limit = self.rule.limit.words() + (" (about)" if self.rule.approximate else "")
        cited = f" ({self.rule.clause})" if self.rule.clause else ""
        sentences = [f"Due {_london_words(self.due_at)}: {limit} from {_london_words(self.started_at)}{cited}."]
        if self.rule.target is not None:
            sentences.append(f"The clause gives no number; {self.rule.target.words()} is our target.")
        if self.provisional:
            sentences.append("Provisional: bank holidays are not yet published so far ahead.")
        return " ".join(sentences)


def due(rule: ClockRule, started_at: datetime, calendar: WorkingCalendar) -> Deadline:
    """The rule's deadline for an event at `started_at` (aware). Raises `ValueError` for a naive instant."""
    started_at = london_time(started_at).astimezone(UTC)
    limit = _limit_to_count(rule)
    steps = tuple(_steps(rule, limit, started_at, calendar))
    counted = tuple(step for step in steps if step.counted)
    due_at = steps[-1].ends_at if steps else started_at
    due_on = london_day(due_at)
    return Deadline(
        rule=rule,
        started_at=started_at,
        due_at=due_at,
        due_on=due_on,
        counted=counted,
        skipped=tuple(step for step in steps if not step.counted),
        clause=rule.clause,
        calendar=calendar.rule.name,
        calendar_version=calendar.version,
        provisional=_asks_calendar(rule, limit) and calendar.is_provisional(due_on),
    )


def _limit_to_count(rule: ClockRule) -> Limit:
    if rule.limit.unit == "immediately" and rule.target is not None:
        return rule.target
    return rule.limit


def _asks_calendar(rule: ClockRule, limit: Limit) -> bool:
    """Whether a bank holiday could move the due day."""
    if limit.unit in _WHY_SKIPPED or limit.unit == "immediately":
        return False
    return limit.unit == "working_days" or rule.receipt_out_of_hours == "next_working_day"


def _steps(rule: ClockRule, limit: Limit, started_at: datetime, calendar: WorkingCalendar) -> Iterator[Step]:
    if limit.unit == "immediately":
        return
    if limit.unit in _WHY_SKIPPED:
        yield from _elapsed_steps(limit.count, started_at, _WHY_SKIPPED[limit.unit])
        return
    before = tuple(_receipt_steps(rule, started_at, calendar))
    yield from before
    anchor = before[-1].last_on
    if limit.unit == "working_days":
        yield from _working_day_steps(limit.count, anchor, calendar)
    else:
        yield from _span_steps(limit, anchor)


def _receipt_steps(rule: ClockRule, started_at: datetime, calendar: WorkingCalendar) -> Iterator[Step]:
    """The days before the count: the day of the event and, if the rule moves it on, those up to the day it moves to."""
    day = london_day(started_at)
    if rule.receipt_out_of_hours == "same_day" or not _is_after_hours(started_at, calendar):
        yield _day_step(day, day, skipped_because=EVENT_DAY)
        return
    yield _day_step(day, day, skipped_because=MOVES_ON)
    day = add_days(day, 1)
    while (reason := calendar.why_closed(day)) is not None:
        yield _day_step(day, day, skipped_because=reason)
        day = add_days(day, 1)
    yield _day_step(day, day, skipped_because=TAKEN_AS_EVENT_DAY)


def _is_after_hours(started_at: datetime, calendar: WorkingCalendar) -> bool:
    """Whether the working day, if it is one, is over; before opening it is still to come and takes the event."""
    at = london_time(started_at)
    return calendar.why_closed(at.date()) is not None or at.time() > calendar.rule.closes


def _working_day_steps(count: int, anchor: date, calendar: WorkingCalendar) -> Iterator[Step]:
    day, number = anchor, 0
    while number < count:
        day = add_days(day, 1)
        reason = calendar.why_closed(day)
        if reason is not None:
            yield _day_step(day, day, skipped_because=reason)
            continue
        number += 1
        yield _day_step(day, day, counted_as=f"Working day {number} of {count}")


def _span_steps(limit: Limit, anchor: date) -> Iterator[Step]:
    add, word = _SPANS[limit.unit]
    for number in range(1, limit.count + 1):
        first_on, last_on = add_days(add(anchor, number - 1), 1), add(anchor, number)
        yield _day_step(first_on, last_on, counted_as=f"{word} {number} of {limit.count}")


def _elapsed_steps(count: int, started_at: datetime, why_skipped: Callable[[date], str | None]) -> Iterator[Step]:
    at, left = started_at, timedelta(hours=count)
    while left > timedelta():
        day = london_day(at)
        reason = why_skipped(day)
        midnight = start_of_london_day(add_days(day, 1))
        until = midnight if reason else min(midnight, at + left)
        yield Step(starts_at=at, ends_at=until, counted=reason is None, reason=reason or _hours_words(until - at))
        left -= timedelta() if reason else until - at
        at = until


def _day_step(first_on: date, last_on: date, *, skipped_because: str = "", counted_as: str = "") -> Step:
    return Step(
        starts_at=start_of_london_day(first_on),
        ends_at=end_of_london_day(last_on),
        counted=not skipped_because,
        reason=skipped_because or counted_as,
    )


def _weekend(day: date) -> str | None:
    return DAY_NAMES[day.weekday()] if day.weekday() >= SATURDAY else None


_WHY_SKIPPED: Mapping[Unit, Callable[[date], str | None]] = {
    "hours": lambda _day: None,
    "hours_without_weekends": _weekend,
}
_SPANS: Mapping[Unit, tuple[Callable[[date, int], date], str]] = {
    "calendar_days": (add_days, "Calendar day"),
    "weeks": (add_weeks, "Week"),
    "months": (add_months, "Month"),
}


def _hours_words(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"Hours of the clock: {hours} h {minutes:02} min" + (f" {seconds} s" if seconds else "")


def _london_words(instant: datetime) -> str:
    at = london_time(instant)
    return f"{DAY_NAMES[at.weekday()]} {at.day} {at:%B %Y} {at:%H:%M:%S}"
