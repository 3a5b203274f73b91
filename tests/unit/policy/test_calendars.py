"""Working days are what GOV.UK publishes, less the council's own closures, and each other day says why it is none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from govuk_bank_holidays.bank_holidays import (  # type: ignore[import-untyped]  # it ships no types
    BankHolidays as PublishedBankHolidays,
)

from shared.dates import NotADay
from shared.policy.calendars import EnglandBankHolidays, Proclaimed, england
from shared.policy.errors import PackRefused
from tests.unit.policy.builders import a_calendar

LIST = "published_until: 2028-12-31\nnames: {}\nadded: {2030-06-05: A jubilee}\nremoved: [2030-05-06]\n"


def test_bank_holidays_in_england_are_those_published_on_every_weekday_from_2018_to_2028() -> None:
    published = PublishedBankHolidays(use_cached_holidays=True)
    ours = england()
    days = [date(2018, 1, 1) + timedelta(days=count) for count in range(4018)]

    weekdays = [day for day in days if day.weekday() < 5]

    assert days[-1] == date(2028, 12, 31)
    assert [day for day in weekdays if ours.name_of(day)] == [
        day for day in weekdays if published.is_holiday(day, division=PublishedBankHolidays.ENGLAND_AND_WALES)
    ]
    assert not any(ours.name_of(day) for day in days if day.weekday() >= 5)


def test_yearly_bank_holidays_carry_their_published_names() -> None:
    published = PublishedBankHolidays(use_cached_holidays=True)
    ours = england()
    listed = published.get_holidays(division=PublishedBankHolidays.ENGLAND_AND_WALES)

    for holiday in (holiday for holiday in listed if holiday["date"].year >= 2024):
        substitute = " (substitute day)" if holiday["notes"] == "Substitute day" else ""
        assert ours.name_of(holiday["date"]) == holiday["title"].replace("’", "'") + substitute


def test_the_reach_of_the_list_is_the_published_one() -> None:
    listed = PublishedBankHolidays(use_cached_holidays=True).get_holidays(
        division=PublishedBankHolidays.ENGLAND_AND_WALES
    )

    assert england().published_until == date(listed[-1]["date"].year, 12, 31)


def test_a_day_proclaimed_or_moved_after_the_library_was_released_is_followed() -> None:
    changed = EnglandBankHolidays(Proclaimed.read(LIST))

    assert changed.name_of(date(2030, 6, 5)) == "A jubilee"
    assert england().name_of(date(2030, 5, 6)) == "Early May bank holiday"
    assert changed.name_of(date(2030, 5, 6)) is None
    assert changed.version.endswith("england until 2028-12-31 with 2 changed")


@pytest.mark.parametrize(
    "text", ["names: {}\n", "published_until: 2028-12-31\nnames: {}\nadded: []\nremoved: []\n", "x"]
)
def test_a_list_that_lacks_a_part_is_refused(text: str) -> None:
    with pytest.raises(PackRefused, match=r"england\.yaml lacks a part"):
        Proclaimed.read(text)


def test_a_list_with_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(NotADay, match="2028-02-30"):
        Proclaimed.read("published_until: 2028-02-30\nnames: {}\nadded: {}\nremoved: []\n")


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 5, 2), "Saturday"),
        (date(2026, 5, 3), "Sunday"),
        (date(2026, 5, 4), "Bank holiday: Early May bank holiday"),
        (date(2026, 5, 5), "Council closure: Staff day"),
        (date(2026, 5, 6), None),
    ],
)
def test_each_day_off_says_why(day: date, reason: str | None) -> None:
    calendar = a_calendar(
        bank_holidays={date(2026, 5, 4): "Early May bank holiday"}, closures={date(2026, 5, 5): "Staff day"}
    )

    assert calendar.why_closed(day) == reason


@pytest.mark.parametrize(
    ("instant", "is_open"),
    [
        (datetime(2026, 1, 5, 8, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 1, 5, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 5, 17, 0, tzinfo=UTC), True),
        (datetime(2026, 1, 5, 17, 0, 1, tzinfo=UTC), False),
        (datetime(2026, 7, 6, 8, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 6, 16, 30, tzinfo=UTC), False),
        (datetime(2026, 1, 4, 12, 0, tzinfo=UTC), False),
    ],
)
def test_exactly_nine_and_exactly_five_london_time_are_in_hours(instant: datetime, is_open: bool) -> None:
    assert a_calendar().is_open_at(instant) is is_open
