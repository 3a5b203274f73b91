"""Short residential stays: how many days count towards the limit of CP 6.17(f).

The days of one unbroken run of stays count, within a window that rolls with each day. The council's policy may join
stays that lie close together into one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.ledger.model.categories import is_short_stay
from services.ledger.model.entries import Entry, Period, standing
from shared.dates import add_days, add_months


@dataclass(frozen=True, kw_only=True)
class StayLimit:
    """At most `most_days` in any `window_months`; stays less than `apart_days` days apart are one run."""

    clause: str
    most_days: int
    window_months: int
    apart_days: int


def days_counted(stay: Period, earlier: Sequence[Period], limit: StayLimit) -> int:
    """The most days of the stay's run that fall into any one window."""
    stays = sorted({*earlier, stay}, key=lambda each: each.from_on)
    run = next(run for run in _runs(stays, limit.apart_days) if stay in run)
    return max(_days(_cut(run, window)) for window in _windows(run, limit.window_months))


def days_left(first_on: date, earlier: Sequence[Period], limit: StayLimit) -> int:
    """The most days that a stay from this day on could last."""
    lasting = 0
    while lasting < limit.most_days:
        stay = Period(from_on=first_on, to_on=add_days(first_on, lasting))
        if days_counted(stay, earlier, limit) > limit.most_days:
            break
        lasting += 1
    return lasting


def stays_among(entries: Sequence[Entry]) -> tuple[Period, ...]:
    """The stays that a book has paid for and not taken back."""
    paid = [entry.draft for entry in standing(entries) if entry.draft.purpose and entry.draft.period]
    return tuple(
        draft.period for draft in paid if draft.period and draft.purpose and is_short_stay(draft.purpose.category)
    )


def _runs(stays: Sequence[Period], apart_days: int) -> list[list[Period]]:
    """Stays with no free day between them are always one run."""
    runs: list[list[Period]] = []
    for stay in stays:
        if runs and _free_days(max(each.to_on for each in runs[-1]), stay.from_on) < max(apart_days, 1):
            runs[-1].append(stay)
        else:
            runs.append([stay])
    return runs


def _windows(stays: Sequence[Period], months: int) -> Iterator[Period]:
    """The windows in which the count can be highest: from a stay's first day on, and up to a stay's last."""
    for stay in stays:
        yield Period(from_on=stay.from_on, to_on=add_days(add_months(stay.from_on, months), -1))
        yield Period(from_on=add_days(add_months(stay.to_on, -months), 1), to_on=stay.to_on)


def _cut(stays: Sequence[Period], window: Period) -> list[Period]:
    return [
        Period(from_on=max(stay.from_on, window.from_on), to_on=min(stay.to_on, window.to_on))
        for stay in stays
        if stay.meets(window)
    ]


def _free_days(to_on: date, from_on: date) -> int:
    return (from_on - to_on).days - 1


def _days(stays: Sequence[Period]) -> int:
    """Different days, so that two payments for the same days count once."""
    return len({stay.from_on + timedelta(days=day) for stay in stays for day in range(stay.days)})
