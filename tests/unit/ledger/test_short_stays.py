"""How many days of residential stay count towards CP 6.17(f)."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ledger.model.entries import Period
from services.ledger.model.short_stays import StayLimit, days_counted

JOINING_NONE = StayLimit(clause="CP 6.17(f)", most_days=28, window_months=12, apart_days=0)
JOINING_FOUR_WEEKS = StayLimit(clause="CP 6.17(f)", most_days=28, window_months=12, apart_days=28)
FIRST = date(2026, 1, 1)


def stay(first_day: int, days: int) -> Period:
    first = FIRST + timedelta(days=first_day)
    return Period(from_on=first, to_on=first + timedelta(days=days - 1))


def test_a_stay_alone_counts_its_own_days() -> None:
    assert days_counted(stay(0, 10), [], JOINING_NONE) == 10


def test_stays_without_a_free_day_between_are_one_run() -> None:
    assert days_counted(stay(10, 5), [stay(0, 10)], JOINING_NONE) == 15


def test_a_free_day_ends_the_run() -> None:
    assert days_counted(stay(11, 5), [stay(0, 10)], JOINING_NONE) == 5


def test_a_stay_booked_between_two_others_joins_them() -> None:
    assert days_counted(stay(10, 5), [stay(0, 10), stay(15, 10)], JOINING_NONE) == 25


def test_stays_less_than_four_weeks_apart_are_added_together_where_policy_says_so() -> None:
    just_inside, just_outside = stay(10 + 27, 5), stay(10 + 28, 5)

    assert days_counted(just_inside, [stay(0, 10)], JOINING_FOUR_WEEKS) == 15
    assert days_counted(just_outside, [stay(0, 10)], JOINING_FOUR_WEEKS) == 5


def test_days_paid_for_twice_count_once() -> None:
    assert days_counted(stay(0, 10), [stay(0, 10), stay(5, 10)], JOINING_NONE) == 15


def test_a_run_longer_than_the_window_counts_what_one_window_holds() -> None:
    assert days_counted(stay(0, 500), [], JOINING_NONE) == 365


stays = st.lists(st.builds(stay, st.integers(0, 900), st.integers(1, 60)), max_size=6)


@given(new=st.builds(stay, st.integers(0, 900), st.integers(1, 60)), earlier=stays, apart=st.integers(0, 40))
def test_the_count_is_what_trying_every_window_day_by_day_finds(new: Period, earlier: list[Period], apart: int) -> None:
    limit = StayLimit(clause="CP 6.17(f)", most_days=28, window_months=12, apart_days=apart)

    assert days_counted(new, earlier, limit) == _by_hand(new, earlier, max(apart, 1))


def _by_hand(new: Period, earlier: list[Period], apart: int) -> int:
    """Days of care as a set, cut into runs at gaps, counted in every window of a year that begins on any day."""
    taken = sorted({day for each in [*earlier, new] for day in _days(each)})
    runs: list[list[date]] = []
    for day in taken:
        if runs and (day - runs[-1][-1]).days - 1 < apart:
            runs[-1].append(day)
        else:
            runs.append([day])
    run = next(run for run in runs if new.from_on in run)
    return max(sum(first <= day < _a_year_after(first) for day in run) for first in run)


def _days(period: Period) -> list[date]:
    return [period.from_on + timedelta(days=offset) for offset in range(period.days)]


def _a_year_after(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)
