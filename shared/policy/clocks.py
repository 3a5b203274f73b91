"""Deadlines that explain themselves: pure, from a rule, an instant and a calendar to a due instant and every step.

Unless a clause says otherwise the day of the event is not counted and the whole last day counts, to 23:59:59 in London;
months end on the corresponding date, clamped and counted from the anchor; hours are elapsed hours across clock changes;
nothing counted in calendar days rolls off a weekend. A day is skipped for a pause if the clock stood still when it ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from shared.dates import (
    LONDON,
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
from shared.policy.pauses import Pause, next_pause, pause_at, pause_of_day
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
    pack's own target, or the start itself if there is none. `warn_at` is absent where the pack sets no warning, or one
    longer than the clock itself.
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
    warn_at: datetime | None = None

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
            "warn_before": rule.warn_before.words() if rule.warn_before else None,
            "warn_at": format_instant(self.warn_at) if self.warn_at else None,
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


def due(rule: ClockRule, started_at: datetime, calendar: WorkingCalendar, *, pauses: Sequence[Pause] = ()) -> Deadline:
    """The rule's deadline for an event at `started_at` (aware), without what lies in ended `pauses`.

    Raises `ValueError` for a naive instant, and for a pause that still lasts: nobody knows yet when it will be due.
    """
    if any(pause.until_at is None for pause in pauses):
        raise ValueError("a clock that stands still has no deadline")
    started_at = london_time(started_at).astimezone(UTC)
    limit = _limit_to_count(rule)
    steps = tuple(_steps(rule, limit, started_at, calendar, pauses))
    due_at = steps[-1].ends_at if steps else started_at
    due_on = london_day(due_at)
    return Deadline(
        rule=rule,
        started_at=started_at,
        due_at=due_at,
        due_on=due_on,
        counted=tuple(step for step in steps if step.counted),
        skipped=tuple(step for step in steps if not step.counted),
        clause=rule.clause,
        calendar=calendar.rule.name,
        calendar_version=calendar.version,
        provisional=_asks_calendar(rule, limit) and calendar.is_provisional(due_on),
        warn_at=_warn_at(rule, started_at, due_at, calendar),
    )


def _warn_at(rule: ClockRule, started_at: datetime, due_at: datetime, calendar: WorkingCalendar) -> datetime | None:
    """So long before it is due; days are counted back at the same time of day in London."""
    if rule.warn_before is None:
        return None
    warn_at = _earlier(rule.warn_before, due_at, calendar)
    return warn_at if warn_at > started_at else None


def _earlier(by: Limit, due_at: datetime, calendar: WorkingCalendar) -> datetime:
    if by.unit == "hours":
        return due_at - timedelta(hours=by.count)
    at = london_time(due_at)
    if by.unit == "working_days":
        day = _working_days_before(at.date(), by.count, calendar)
    else:
        day = add_days(at.date(), -by.count) if by.unit == "calendar_days" else add_weeks(at.date(), -by.count)
    return datetime.combine(day, at.time(), tzinfo=LONDON).astimezone(UTC)


def _working_days_before(day: date, count: int, calendar: WorkingCalendar) -> date:
    while count:
        day = add_days(day, -1)
        count -= calendar.why_closed(day) is None
    return day


def _limit_to_count(rule: ClockRule) -> Limit:
    if rule.limit.unit == "immediately" and rule.target is not None:
        return rule.target
    return rule.limit


def _asks_calendar(rule: ClockRule, limit: Limit) -> bool:
    """Whether a bank holiday could move the due day."""
    if limit.unit in _WHY_SKIPPED or limit.unit == "immediately":
        return False
    return limit.unit == "working_days" or rule.receipt_out_of_hours == "next_working_day"


def _steps(
    rule: ClockRule, limit: Limit, started_at: datetime, calendar: WorkingCalendar, pauses: Sequence[Pause]
) -> Iterator[Step]:
    if limit.unit == "immediately":
        return
    if limit.unit in _WHY_SKIPPED:
        yield from _elapsed_steps(limit.count, started_at, _WHY_SKIPPED[limit.unit], pauses)
        return
    before = tuple(_receipt_steps(rule, started_at, calendar))
    yield from before
    anchor = before[-1].last_on
    if limit.unit == "working_days":
        yield from _working_day_steps(limit.count, anchor, calendar, pauses)
    elif pauses:
        yield from _interrupted_span_steps(limit, anchor, pauses)
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


def _working_day_steps(count: int, anchor: date, calendar: WorkingCalendar, pauses: Sequence[Pause]) -> Iterator[Step]:
    day, number = anchor, 0
    while number < count:
        day = add_days(day, 1)
        reason = calendar.why_closed(day) or _why_paused(pauses, day)
        if reason is not None:
            yield _day_step(day, day, skipped_because=reason)
            continue
        number += 1
        yield _day_step(day, day, counted_as=f"Working day {number} of {count}")


def _why_paused(pauses: Sequence[Pause], day: date) -> str | None:
    pause = pause_of_day(pauses, day)
    return pause.words if pause else None


def _spans(limit: Limit, anchor: date) -> Iterator[tuple[date, date, str]]:
    add, word = _SPANS[limit.unit]
    for number in range(1, limit.count + 1):
        yield add_days(add(anchor, number - 1), 1), add(anchor, number), f"{word} {number} of {limit.count}"


def _span_steps(limit: Limit, anchor: date) -> Iterator[Step]:
    for first_on, last_on, words in _spans(limit, anchor):
        yield _day_step(first_on, last_on, counted_as=words)


def _interrupted_span_steps(limit: Limit, anchor: date, pauses: Sequence[Pause]) -> Iterator[Step]:
    """As many days as without the pauses, laid out around them; a span that a pause breaks is listed in parts."""
    for (reason, counted), group in groupby(_laid_out(limit, anchor, pauses), key=lambda laid: laid[1:]):
        days = [day for day, _, _ in group]
        labels = {"counted_as": reason} if counted else {"skipped_because": reason}
        yield _day_step(days[0], days[-1], **labels)


def _laid_out(limit: Limit, anchor: date, pauses: Sequence[Pause]) -> Iterator[tuple[date, str, bool]]:
    day = anchor
    for first_on, last_on, words in _spans(limit, anchor):
        for _ in range((last_on - first_on).days + 1):
            day = add_days(day, 1)
            while (reason := _why_paused(pauses, day)) is not None:
                yield day, reason, False
                day = add_days(day, 1)
            yield day, words, True


def _elapsed_steps(
    count: int, started_at: datetime, why_skipped: Callable[[date], str | None], pauses: Sequence[Pause]
) -> Iterator[Step]:
    at, left = started_at, timedelta(hours=count)
    while left > timedelta():
        day, pause = london_day(at), pause_at(pauses, at)
        reason = why_skipped(day) or (pause.words if pause else None)
        until = _end_of_stretch(at, start_of_london_day(add_days(day, 1)), why_skipped(day), pause, pauses)
        until = until if reason else min(until, at + left)
        yield Step(starts_at=at, ends_at=until, counted=reason is None, reason=reason or _hours_words(until - at))
        left -= timedelta() if reason else until - at
        at = until


def _end_of_stretch(
    at: datetime, midnight: datetime, day_off: str | None, pause: Pause | None, pauses: Sequence[Pause]
) -> datetime:
    """Where what holds at this instant ends, at midnight at the latest."""
    if day_off is not None:
        return midnight
    ends_at = pause.until_at if pause else next_pause(pauses, at)
    return min(midnight, ends_at) if ends_at else midnight


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
