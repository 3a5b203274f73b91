"""A day is a London day, an instant is aware and in UTC, and months are counted from their anchor."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dates import (
    NotADay,
    NotAnInstant,
    add_days,
    add_months,
    add_weeks,
    end_of_london_day,
    format_instant,
    london_day,
    parse_day,
    parse_instant,
    start_of_london_day,
)

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 7, 1, 22, 59, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 23, 0, tzinfo=UTC), date(2026, 7, 2)),
        (datetime(2026, 1, 1, 23, 0, tzinfo=UTC), date(2026, 1, 1)),
    ],
)
def test_the_day_of_an_instant_is_the_day_in_london(instant: datetime, day: date) -> None:
    assert london_day(instant) == day


def test_an_instant_without_a_time_zone_has_no_day() -> None:
    naive = datetime(2026, 7, 1, 12, 0)  # noqa: DTZ001  the refusal is under test

    with pytest.raises(ValueError, match="time zone"):
        london_day(naive)
    with pytest.raises(ValueError, match="time zone"):
        format_instant(naive)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 7, 1), 24)])
def test_a_london_day_is_an_hour_shorter_or_longer_when_the_clocks_change(day: date, hours: int) -> None:
    length = end_of_london_day(day) - start_of_london_day(day)

    assert length + timedelta(seconds=1) == timedelta(hours=hours)


@settings(deadline=None)
@given(day=days)
def test_a_day_begins_and_ends_within_itself(day: date) -> None:
    assert london_day(start_of_london_day(day)) == day
    assert london_day(end_of_london_day(day)) == day
    assert london_day(end_of_london_day(day) + timedelta(seconds=1)) == add_days(day, 1)


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 11, 15), 4, date(2027, 3, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 5, 5), 0, date(2026, 5, 5)),
    ],
)
def test_months_end_on_the_corresponding_date_or_the_months_last(anchor: date, months: int, expected: date) -> None:
    assert add_months(anchor, months) == expected


@settings(deadline=None)
@given(anchor=days, months=st.integers(min_value=0, max_value=240))
def test_one_month_more_is_always_later_and_at_most_31_days(anchor: date, months: int) -> None:
    step = add_months(anchor, months + 1) - add_months(anchor, months)

    assert timedelta(days=28) <= step <= timedelta(days=31)


def test_weeks_keep_the_day_of_the_week() -> None:
    assert add_weeks(date(2026, 3, 2), 4) == date(2026, 3, 30)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-02-31", "2026-02-31 is not a day in the calendar"),
        ("2025-02-29", "not a day in the calendar"),
        ("31 February", "year-month-day"),
        ("20260302", "year-month-day"),
        ("2026-W10-1", "year-month-day"),
        ("2026-03-02T00:00", "year-month-day"),
        ("", "year-month-day"),
    ],
)
def test_what_is_not_a_day_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotADay, match=sentence):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-01T10:00:00+01:00", datetime(2026, 7, 1, 9, 0, tzinfo=UTC)),
        ("2026-07-01T10:00Z", datetime(2026, 7, 1, 10, 0, tzinfo=UTC)),
        ("2026-07-01T10:00:00.123456Z", datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_into_utc(text: str, expected: datetime) -> None:
    instant = parse_instant(text)

    assert instant == expected
    assert instant.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-07-01T10:00:00", "offset from UTC"),
        ("2026-07-01 10:00:00Z", "ISO 8601"),
        ("2026-07-01", "ISO 8601"),
        ("2026-02-31T10:00:00Z", "not an instant in the calendar"),
        ("2026-07-01T24:01:00Z", "not an instant in the calendar"),
        ("0001-01-01T00:00:00+14:00", "not an instant in the calendar"),
    ],
)
def test_what_is_not_an_instant_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NotAnInstant, match=sentence):
        parse_instant(text)


@settings(deadline=None)
@given(instant=st.datetimes(timezones=st.just(UTC)))
def test_an_instant_written_reads_back(instant: datetime) -> None:
    assert parse_instant(format_instant(instant)) == instant
