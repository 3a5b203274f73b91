"""A deadline is worked out step by step, and the steps alone lead to the same day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dates import add_days, add_months, end_of_london_day, london_day, start_of_london_day
from shared.policy.calendars import WorkingCalendar
from shared.policy.clocks import Deadline, due
from shared.policy.policies import Policies
from shared.policy.rules import ClockRule, Limit, Unit
from tests.unit.policy.builders import a_calendar, a_rule

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY_UNITS: tuple[Unit, ...] = ("working_days", "calendar_days", "weeks", "months")

instants = st.datetimes(
    min_value=datetime(2018, 1, 1),  # noqa: DTZ001  bounds are naive, the drawn instants aware
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
holidays = st.dictionaries(
    st.dates(min_value=date(2018, 1, 1), max_value=date(2029, 6, 30)), st.just("A day off"), max_size=40
)
calendars = st.builds(lambda days: a_calendar(bank_holidays=days), holidays)
day_rules = st.builds(
    a_rule,
    st.integers(min_value=0, max_value=30),
    st.sampled_from(DAY_UNITS),
    receipt_out_of_hours=st.sampled_from(("same_day", "next_working_day")),
)
hour_rules = st.builds(
    a_rule, st.integers(min_value=1, max_value=200), st.sampled_from(("hours", "hours_without_weekends"))
)


@pytest.fixture(scope="module")
def policies() -> Policies:
    return Policies.load()


@pytest.mark.parametrize(
    ("count", "unit", "expected"),
    [
        (5, "working_days", date(2026, 3, 9)),
        (14, "calendar_days", date(2026, 3, 16)),
        (4, "weeks", date(2026, 3, 30)),
        (4, "months", date(2026, 7, 2)),
        (0, "weeks", date(2026, 3, 2)),
        (0, "working_days", date(2026, 3, 2)),
    ],
)
def test_the_day_of_the_event_is_not_counted_and_the_last_day_counts_whole(
    count: int, unit: Unit, expected: date
) -> None:
    deadline = due(a_rule(count, unit), MONDAY_NOON, a_calendar())

    assert deadline.due_on == expected
    assert deadline.due_at == end_of_london_day(expected)
    assert deadline.skipped[0].reason == "Day of the event: not counted"


def test_five_working_days_over_easter_skip_the_weekend_and_both_bank_holidays(policies: Policies) -> None:
    deadline = policies.deadline("cheshire-east", "referral_response", datetime(2026, 4, 1, 9, 30, tzinfo=UTC))

    assert deadline.due_on == date(2026, 4, 10)
    assert [(step.first_on.day, step.reason) for step in deadline.steps] == [
        (1, "Day of the event: not counted"),
        (2, "Working day 1 of 5"),
        (3, "Bank holiday: Good Friday"),
        (4, "Saturday"),
        (5, "Sunday"),
        (6, "Bank holiday: Easter Monday"),
        (7, "Working day 2 of 5"),
        (8, "Working day 3 of 5"),
        (9, "Working day 4 of 5"),
        (10, "Working day 5 of 5"),
    ]


@pytest.mark.parametrize(
    ("started_at", "same_day", "next_working_day"),
    [
        (datetime(2026, 3, 6, 17, 0, 0, tzinfo=UTC), date(2026, 3, 9), date(2026, 3, 9)),
        (datetime(2026, 3, 6, 17, 0, 1, tzinfo=UTC), date(2026, 3, 9), date(2026, 3, 10)),
        (datetime(2026, 3, 7, 10, 0, tzinfo=UTC), date(2026, 3, 9), date(2026, 3, 10)),
        (datetime(2026, 3, 9, 7, 0, tzinfo=UTC), date(2026, 3, 10), date(2026, 3, 10)),
    ],
)
def test_a_receipt_out_of_hours_counts_from_the_day_the_pack_decides(
    started_at: datetime, same_day: date, next_working_day: date
) -> None:
    kept = due(a_rule(1), started_at, a_calendar())
    moved = due(a_rule(1, receipt_out_of_hours="next_working_day"), started_at, a_calendar())

    assert kept.due_on == same_day
    assert moved.due_on == next_working_day


def test_a_receipt_that_moves_on_says_so_day_by_day() -> None:
    friday_evening = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)

    deadline = due(a_rule(1, receipt_out_of_hours="next_working_day"), friday_evening, a_calendar())

    assert [step.reason for step in deadline.steps] == [
        "Received out of hours: moves to the next working day",
        "Saturday",
        "Sunday",
        "Taken as the day of the event: not counted",
        "Working day 1 of 1",
    ]


@pytest.mark.parametrize(
    ("started_at", "due_at"),
    [
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 12, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 12, 0, tzinfo=UTC)),
    ],
)
def test_24_hours_are_elapsed_hours_when_the_clocks_change(started_at: datetime, due_at: datetime) -> None:
    deadline = due(a_rule(24, "hours"), started_at, a_calendar())

    assert deadline.due_at == due_at


@pytest.mark.parametrize(
    ("started_at", "due_at"),
    [
        (datetime(2026, 3, 4, 16, 0, tzinfo=UTC), datetime(2026, 3, 5, 16, 0, tzinfo=UTC)),
        (datetime(2026, 3, 6, 16, 0, tzinfo=UTC), datetime(2026, 3, 9, 16, 0, tzinfo=UTC)),
        (datetime(2026, 3, 7, 10, 0, tzinfo=UTC), datetime(2026, 3, 10, 0, 0, tzinfo=UTC)),
        # The clocks go forward on the Sunday that is skipped: Friday 16:00 GMT is followed by Monday 16:00 BST.
        (datetime(2026, 3, 27, 16, 0, tzinfo=UTC), datetime(2026, 3, 30, 15, 0, tzinfo=UTC)),
    ],
)
def test_hours_without_weekends_stand_still_on_saturday_and_sunday(started_at: datetime, due_at: datetime) -> None:
    deadline = due(a_rule(24, "hours_without_weekends"), started_at, a_calendar())

    assert deadline.due_at == due_at


def test_immediately_is_due_at_once_unless_the_pack_sets_a_target_of_its_own() -> None:
    at_once = due(a_rule(0, "immediately"), MONDAY_NOON, a_calendar())
    aimed = due(a_rule(0, "immediately", target=Limit(count=24, unit="hours")), MONDAY_NOON, a_calendar())

    assert at_once.due_at == MONDAY_NOON
    assert not at_once.steps
    assert aimed.due_at == MONDAY_NOON + timedelta(hours=24)
    assert "no number; 24 hours is our target" in aimed.summary()


@pytest.mark.parametrize(
    ("rule", "provisional"),
    [
        (a_rule(1), False),
        (a_rule(30), True),
        (a_rule(60, "calendar_days"), False),
        (a_rule(60, "calendar_days", receipt_out_of_hours="next_working_day"), True),
        (a_rule(2000, "hours"), False),
        (a_rule(0, "immediately"), False),
    ],
)
def test_a_day_beyond_the_published_bank_holidays_is_provisional_where_they_could_move_it(
    rule: ClockRule, provisional: bool
) -> None:
    calendar = a_calendar(published_until=date(2026, 3, 31))

    deadline = due(rule, MONDAY_NOON, calendar)

    assert deadline.provisional is provisional
    assert ("Provisional" in deadline.summary()) is provisional


def test_the_last_second_of_the_last_day_still_counts() -> None:
    deadline = due(a_rule(5), MONDAY_NOON, a_calendar())

    assert not deadline.is_missed(deadline.due_at + timedelta(microseconds=999_999))
    assert deadline.is_missed(deadline.due_at + timedelta(seconds=1))


def test_an_instant_without_a_time_zone_has_no_deadline() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due(a_rule(), datetime(2026, 3, 2, 12, 0), a_calendar())  # noqa: DTZ001  the refusal is under test


def test_the_explanation_is_json_and_names_clause_reading_calendar_and_pack(policies: Policies) -> None:
    deadline = policies.deadline("cheshire-east", "C1", MONDAY_NOON)

    explained = json.loads(json.dumps(deadline.explain()))

    assert explained["rule"] == "C1"
    assert explained["clause"] == "CE 4.3"
    assert explained["limit"] == "5 working days"
    assert explained["due_on"] == "2026-03-09"
    assert explained["due_at"] == "2026-03-09T23:59:59Z"
    assert explained["policy_version"] == "cheshire-east/2019-04-01"
    assert explained["calendar_version"].startswith("holidays ")
    assert explained["calendar_version"].endswith("cheshire-east/2019-04-01 office")
    assert "that very day" in explained["reading"]
    assert explained["summary"].startswith("Due Monday 9 March 2026 23:59:59: 5 working days from Monday 2 March 2026")
    assert len(explained["steps"]) == 8


def test_an_approximate_limit_says_about() -> None:
    deadline = due(a_rule(6, "weeks", approximate=True), MONDAY_NOON, a_calendar())

    assert "6 weeks (about)" in deadline.summary()


@settings(deadline=None)
@given(rule=day_rules, started_at=instants, calendar=calendars)
def test_the_steps_alone_lead_to_the_due_day(rule: ClockRule, started_at: datetime, calendar: WorkingCalendar) -> None:
    deadline = due(rule, started_at, calendar)

    assert len(deadline.counted) == rule.limit.count
    assert deadline.due_on == deadline.steps[-1].last_on
    assert deadline.due_at == end_of_london_day(deadline.due_on)
    assert deadline.due_on == _recomputed_day(deadline, rule)


@settings(deadline=None)
@given(rule=day_rules, started_at=instants, calendar=calendars)
def test_each_day_from_the_event_to_the_due_day_is_listed_exactly_once(
    rule: ClockRule, started_at: datetime, calendar: WorkingCalendar
) -> None:
    deadline = due(rule, started_at, calendar)

    assert deadline.steps[0].first_on == london_day(started_at)
    for earlier, later in pairwise(deadline.steps):
        assert later.first_on == add_days(earlier.last_on, 1)


@settings(deadline=None)
@given(rule=day_rules, started_at=instants, calendar=calendars)
def test_a_working_day_is_counted_just_when_the_calendar_is_open(
    rule: ClockRule, started_at: datetime, calendar: WorkingCalendar
) -> None:
    deadline = due(rule, started_at, calendar)

    if rule.limit.unit == "working_days":
        assert all(calendar.why_closed(step.first_on) is None for step in deadline.counted)
        after_event = [step for step in deadline.skipped if "event" not in step.reason and "moves" not in step.reason]
        assert all(calendar.why_closed(step.first_on) == step.reason for step in after_event)


@settings(deadline=None)
@given(rule=hour_rules, started_at=instants)
def test_the_hours_listed_add_up_and_join_without_a_gap(rule: ClockRule, started_at: datetime) -> None:
    deadline = due(rule, started_at, a_calendar())

    counted = sum((step.ends_at - step.starts_at for step in deadline.counted), timedelta())

    assert counted == timedelta(hours=rule.limit.count)
    assert deadline.steps[0].starts_at == started_at
    assert deadline.steps[-1].ends_at == deadline.due_at
    assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(deadline.steps))
    assert all(step.first_on == step.last_on for step in deadline.steps)


@settings(deadline=None)
@given(started_at=instants, count=st.integers(min_value=1, max_value=200))
def test_elapsed_hours_never_depend_on_the_calendar(started_at: datetime, count: int) -> None:
    assert due(a_rule(count, "hours"), started_at, a_calendar()).due_at == started_at + timedelta(hours=count)


@settings(deadline=None)
@given(rule=day_rules, started_at=instants, days=holidays, more=holidays)
def test_more_holidays_never_make_it_due_earlier(
    rule: ClockRule, started_at: datetime, days: dict[date, str], more: dict[date, str]
) -> None:
    fewer = due(rule, started_at, a_calendar(bank_holidays=days))
    all_of_them = due(rule, started_at, a_calendar(bank_holidays=days | more))

    assert all_of_them.due_at >= fewer.due_at


@settings(deadline=None)
@given(rule=day_rules, started_at=instants, calendar=calendars, later=st.timedeltas(timedelta(), timedelta(days=40)))
def test_a_later_event_is_never_due_earlier(
    rule: ClockRule, started_at: datetime, calendar: WorkingCalendar, later: timedelta
) -> None:
    assert due(rule, started_at + later, calendar).due_at >= due(rule, started_at, calendar).due_at


@settings(deadline=None)
@given(day=st.dates(min_value=date(2018, 1, 1), max_value=date(2028, 12, 1)))
def test_the_london_day_of_the_event_rules_on_both_sides_of_midnight(day: date) -> None:
    first = due(a_rule(5), start_of_london_day(day), a_calendar())
    last = due(a_rule(5), end_of_london_day(day), a_calendar())

    assert first.due_on == last.due_on


def _recomputed_day(deadline: Deadline, rule: ClockRule) -> date:
    """The due day by hand, from the listed steps only."""
    listed = deadline.skipped if rule.limit.count == 0 else deadline.counted
    if rule.limit.unit == "months" and rule.limit.count:
        return add_months(deadline.skipped[-1].last_on, len(listed))
    return max(step.last_on for step in listed)
