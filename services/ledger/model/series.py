"""Clocks of a pack that fall due again and again from a fund's start: which time comes on or after a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from services.ledger.model.entries import Period
from shared.dates import add_days, add_months, add_weeks, start_of_london_day
from shared.errors import PolicyIncomplete
from shared.policy.clocks import Deadline
from shared.policy.pack import PolicyPack

DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One time that a clock falls due: which, for which days, and when."""

    occurrence: int
    days: Period
    deadline: Deadline


def turn_on_or_after(
    pack: PolicyPack, clock: str, starts_on: date, on: date, due: Callable[[str, datetime, int], Deadline]
) -> Turn:
    """The first time that the clock falls due on or after a day, with the stretch that it ends.

    Raises `PolicyIncomplete` where the pack leaves the clock open, or gives it no step in weeks or months.
    """
    occurrence = max(_passed(pack, clock, starts_on, on) - 1, 1)
    started_at = start_of_london_day(starts_on)
    while (deadline := due(clock, started_at, occurrence)).due_on < on:
        occurrence += 1
    return Turn(occurrence=occurrence, days=turn_days(pack, clock, starts_on, occurrence), deadline=deadline)


def turn_holding(pack: PolicyPack, clock: str, starts_on: date, on: date) -> tuple[int, Period]:
    """The stretch that holds a day, and its number; the first one for days before the start. Raises `PolicyIncomplete`."""
    occurrence = max(_passed(pack, clock, starts_on, on), 1)
    while turn_days(pack, clock, starts_on, occurrence).to_on < on:
        occurrence += 1
    return occurrence, turn_days(pack, clock, starts_on, occurrence)


def turn_days(pack: PolicyPack, clock: str, starts_on: date, occurrence: int) -> Period:
    """The days of the first, second ... stretch, counted from the start. Raises `PolicyIncomplete`."""
    first, after = (_step(pack, clock, starts_on, count) for count in (occurrence - 1, occurrence))
    return Period(from_on=first, to_on=add_days(after, -1))


def _passed(pack: PolicyPack, clock: str, starts_on: date, on: date) -> int:
    """How many whole stretches have passed by this day, or one fewer."""
    unit, count = _every(pack, clock)
    if unit == "weeks":
        return (on - starts_on).days // (DAYS_A_WEEK * count)
    months = (on.year - starts_on.year) * MONTHS_A_YEAR + on.month - starts_on.month
    return (months - 1) // count


def _step(pack: PolicyPack, clock: str, starts_on: date, times: int) -> date:
    unit, count = _every(pack, clock)
    return add_weeks(starts_on, times * count) if unit == "weeks" else add_months(starts_on, times * count)


def _every(pack: PolicyPack, clock: str) -> tuple[str, int]:
    rule = pack.clock(clock)
    every = rule.then
    if every is None or every.limit.count < 1 or every.limit.unit not in ("weeks", "months"):
        raise PolicyIncomplete(f"policy incomplete: {pack.version} {rule.name} sets no step in weeks or months")
    return every.limit.unit, every.limit.count
