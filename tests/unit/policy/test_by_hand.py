"""Whoever works a deadline out by hand from what its explanation lists, beside the published bank holidays, gets the same.

Nothing here is asked of the engine but the explanation; the arithmetic is done anew, the bank holidays are GOV.UK's.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from govuk_bank_holidays.bank_holidays import (  # type: ignore[import-untyped]  # it ships no types
    BankHolidays as PublishedBankHolidays,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.policy.clocks import due
from shared.policy.policies import Policies
from shared.policy.rules import CalendarRule, Limit
from tests.unit.policy.builders import a_calendar, a_rule

LONDON = ZoneInfo("Europe/London")
ONE_DAY = timedelta(days=1)
BEFORE_THE_COUNT = ("Day of the event", "Received out of hours", "Taken as the day of the event")
starts = st.datetimes(
    min_value=datetime(2018, 1, 1),  # noqa: DTZ001  bounds are naive, the drawn instants aware
    max_value=datetime(2027, 12, 31),  # noqa: DTZ001  the same
    timezones=st.just(UTC),
)


@cache
def the_packs() -> Policies:
    return Policies.load()


@cache
def published() -> frozenset[date]:
    """GOV.UK's bank holidays for England."""
    listed = PublishedBankHolidays(use_cached_holidays=True).get_holidays(
        division=PublishedBankHolidays.ENGLAND_AND_WALES
    )
    return frozenset(holiday["date"] for holiday in listed)


def every_clock() -> Iterator[Any]:
    """Every clock of the councils' own packs that has a limit, the first two times that it falls due."""
    for council_id in the_packs().councils():
        for pack in the_packs().packs.versions_of(council_id):
            for name, clock in pack.clocks.items():
                for occurrence in (1, 2) if clock.then else (1,):
                    if not clock.unset:
                        yield pytest.param(council_id, name, occurrence, id=f"{council_id} {clock.id} {occurrence}")


def days(step: dict[str, Any]) -> list[date]:
    """The days of a step."""
    first, last = (date.fromisoformat(step[name]) for name in ("first_on", "last_on"))
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def months_later(anchor: date, count: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = anchor.year, anchor.month
    for _ in range(count):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def seconds(step: dict[str, Any]) -> float:
    """How long a step lasts on the clock, whatever the clocks in the streets do."""
    return (datetime.fromisoformat(step["ends_at"]) - datetime.fromisoformat(step["starts_at"])).total_seconds()


@pytest.mark.parametrize(("council_id", "name", "occurrence"), list(every_clock()))
@settings(max_examples=15, deadline=None)
@given(started_at=starts)
def test_the_days_listed_lead_to_the_due_instant(
    council_id: str, name: str, occurrence: int, started_at: datetime
) -> None:
    pack = the_packs().packs.versions_of(council_id)[-1]
    rule = pack.clock_rule(name, occurrence=occurrence)
    deadline = due(rule, started_at, the_packs().calendar(pack, rule.calendar))
    explained = json.loads(json.dumps(deadline.explain()))

    limit = rule.target if rule.limit.unit == "immediately" and rule.target else rule.limit
    if limit.unit == "immediately":
        assert datetime.fromisoformat(explained["due_at"]) == started_at
    elif limit.unit in ("hours", "hours_without_weekends"):
        check_hours(explained, limit)
    else:
        check_days(explained, limit, pack.calendar(rule.calendar))


def check_hours(explained: dict[str, Any], limit: Limit) -> None:
    """The hours counted add up, and the last of them ends when it is due."""
    counted = [step for step in explained["steps"] if step["counted"]]
    assert sum(map(seconds, counted)) == limit.count * 3600
    assert explained["due_at"] == counted[-1]["ends_at"]
    if limit.unit == "hours_without_weekends":
        assert not any(day.weekday() >= 5 for step in counted for day in days(step))


def check_days(explained: dict[str, Any], limit: Limit, calendar: CalendarRule) -> None:
    """It is due when the last day ends that the arithmetic leads to, and every day until then is listed once."""
    before = [step for step in explained["steps"] if step["reason"].startswith(BEFORE_THE_COUNT)]
    anchor = days(before[-1])[-1]
    match limit.unit:
        case "working_days":
            check_working_days(explained, limit, calendar, before)
            counted = [day for step in explained["steps"] if step["counted"] for day in days(step)]
            last = counted[-1] if counted else anchor
        case "months":
            last = months_later(anchor, limit.count)
        case "weeks":
            last = anchor + 7 * limit.count * ONE_DAY
        case _:
            last = anchor + limit.count * ONE_DAY
    at_its_end = datetime(last.year, last.month, last.day, 23, 59, 59, tzinfo=LONDON)
    assert datetime.fromisoformat(explained["due_at"]) == at_its_end
    assert explained["due_on"] == last.isoformat()
    listed = [day for step in explained["steps"] for day in days(step)]
    assert listed == [listed[0] + n * ONE_DAY for n in range(len(listed))]


def check_working_days(
    explained: dict[str, Any], limit: Limit, calendar: CalendarRule, before: list[dict[str, Any]]
) -> None:
    """So many days are counted, each of them one that is worked, and none that is skipped is."""
    worked = [day for step in explained["steps"] if step["counted"] for day in days(step)]
    off = [day for step in explained["steps"] if not step["counted"] and step not in before for day in days(step)]
    assert len(worked) == limit.count
    assert all(is_worked(day, calendar) for day in worked)
    assert not any(is_worked(day, calendar) for day in off)


def is_worked(day: date, calendar: CalendarRule) -> bool:
    """Whether the calendar's service works on this day, by the published list."""
    is_holiday = calendar.observes_bank_holidays and day in published()
    return day.weekday() in calendar.weekdays and not is_holiday and day not in calendar.closures


@pytest.mark.parametrize(
    ("started_on", "months", "due_on"),
    [
        pytest.param(date(2026, 1, 31), 1, date(2026, 2, 28), id="no 31 February: the last day"),
        pytest.param(date(2028, 1, 31), 1, date(2028, 2, 29), id="the last day of a leap year's February"),
        pytest.param(date(2026, 1, 31), 2, date(2026, 3, 31), id="from the anchor, not from 28 February"),
        pytest.param(date(2026, 8, 31), 6, date(2027, 2, 28), id="over the end of the year"),
        pytest.param(date(2026, 11, 30), 3, date(2027, 2, 28), id="30 November"),
        pytest.param(date(2028, 2, 29), 12, date(2029, 2, 28), id="29 February, a year later"),
        pytest.param(date(2026, 2, 28), 1, date(2026, 3, 28), id="28 February is not the end of March"),
        pytest.param(date(2026, 4, 30), 1, date(2026, 5, 30), id="nor is 30 April the end of May"),
    ],
)
def test_months_end_on_the_corresponding_date_or_on_the_last_day_of_a_month_without_it(
    started_on: date, months: int, due_on: date
) -> None:
    noon = datetime(started_on.year, started_on.month, started_on.day, 12, tzinfo=UTC)

    deadline = due(a_rule(months, "months"), noon, a_calendar())

    assert deadline.due_on == due_on
    assert deadline.counted[-1].last_on == due_on
