"""A clock that stood still is due later by exactly what did not count, and says who had it stand still, when and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dates import add_days, end_of_london_day, london_day
from shared.policy.clocks import due
from shared.policy.pauses import Pause, pause_of_day
from shared.policy.rules import ClockRule, Limit, Unit
from tests.unit.policy.builders import a_calendar, a_rule

MONDAY_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY_UNITS: tuple[Unit, ...] = ("working_days", "calendar_days", "weeks", "months")

starts = st.datetimes(
    min_value=datetime(2018, 1, 1),  # noqa: DTZ001  bounds are naive, the drawn instants aware
    max_value=datetime(2028, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda instant: instant.replace(microsecond=0))
lengths = st.lists(
    st.tuples(st.timedeltas(timedelta(), timedelta(days=20)), st.timedeltas(timedelta(), timedelta(days=20))),
    max_size=4,
)
day_rules = st.builds(a_rule, st.integers(min_value=1, max_value=15), st.sampled_from(DAY_UNITS))


def pauses_after(started_at: datetime, spans: list[tuple[timedelta, timedelta]]) -> tuple[Pause, ...]:
    """Pauses one after the other, each so long after the last and so long."""
    pauses, at = [], started_at
    for gap, length in spans:
        begins = (at + gap).replace(microsecond=0)
        at = (begins + length).replace(microsecond=0)
        pauses.append(a_pause(begins, at))
    return tuple(pauses)


def a_pause(from_at: datetime, until_at: datetime | None) -> Pause:
    return Pause(from_at=from_at, until_at=until_at, paused_by="worker-1", resumed_by="worker-2", reason="in hospital")


def test_a_day_is_skipped_if_the_clock_stood_still_when_it_ended() -> None:
    pause = a_pause(datetime(2026, 3, 3, 10, 0, tzinfo=UTC), datetime(2026, 3, 5, 9, 0, tzinfo=UTC))

    deadline = due(a_rule(3), MONDAY_NOON, a_calendar(), pauses=[pause])

    assert [(step.first_on.day, step.reason) for step in deadline.steps] == [
        (2, "Day of the event: not counted"),
        (3, "Paused by worker-1: in hospital"),
        (4, "Paused by worker-1: in hospital"),
        (5, "Working day 1 of 3"),
        (6, "Working day 2 of 3"),
        (7, "Saturday"),
        (8, "Sunday"),
        (9, "Working day 3 of 3"),
    ]


def test_a_pause_within_one_day_moves_no_day() -> None:
    pause = a_pause(datetime(2026, 3, 3, 10, 0, tzinfo=UTC), datetime(2026, 3, 3, 16, 0, tzinfo=UTC))

    assert due(a_rule(3), MONDAY_NOON, a_calendar(), pauses=[pause]) == due(a_rule(3), MONDAY_NOON, a_calendar())


def test_a_month_that_a_pause_breaks_is_listed_in_parts() -> None:
    pause = a_pause(datetime(2026, 3, 10, 9, 0, tzinfo=UTC), datetime(2026, 3, 20, 9, 0, tzinfo=UTC))

    deadline = due(a_rule(1, "months"), MONDAY_NOON, a_calendar(), pauses=[pause])

    assert [(step.first_on, step.last_on, step.reason) for step in deadline.steps] == [
        (date(2026, 3, 2), date(2026, 3, 2), "Day of the event: not counted"),
        (date(2026, 3, 3), date(2026, 3, 9), "Month 1 of 1"),
        (date(2026, 3, 10), date(2026, 3, 19), "Paused by worker-1: in hospital"),
        (date(2026, 3, 20), date(2026, 4, 12), "Month 1 of 1"),
    ]


def test_hours_stand_still_to_the_second() -> None:
    pause = a_pause(MONDAY_NOON + timedelta(hours=1), MONDAY_NOON + timedelta(hours=13, seconds=5))

    deadline = due(a_rule(24, "hours"), MONDAY_NOON, a_calendar(), pauses=[pause])

    assert deadline.due_at == MONDAY_NOON + timedelta(hours=36, seconds=5)
    assert sum((step.ends_at - step.starts_at for step in deadline.counted), timedelta()) == timedelta(hours=24)
    assert {step.reason for step in deadline.skipped} == {"Paused by worker-1: in hospital"}


def test_a_clock_that_stands_still_has_no_deadline() -> None:
    with pytest.raises(ValueError, match="stands still"):
        due(a_rule(), MONDAY_NOON, a_calendar(), pauses=[a_pause(MONDAY_NOON, None)])


@settings(deadline=None)
@given(rule=day_rules, started_at=starts, spans=lengths)
def test_every_day_is_listed_once_and_paused_days_are_never_counted(
    rule: ClockRule, started_at: datetime, spans: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_after(started_at, spans)

    deadline = due(rule, started_at, a_calendar(), pauses=pauses)

    assert deadline.steps[0].first_on == london_day(started_at)
    for earlier, later in pairwise(deadline.steps):
        assert later.first_on == add_days(earlier.last_on, 1)
    days = [day for step in deadline.counted for day in days_of(step.first_on, step.last_on)]
    assert not any(pause_of_day(pauses, day) for day in days)
    plain = due(rule, started_at, a_calendar())
    assert len(days) == sum((step.last_on - step.first_on).days + 1 for step in plain.counted)
    assert deadline.due_at == end_of_london_day(days[-1]) >= plain.due_at


@settings(deadline=None)
@given(
    count=st.integers(min_value=1, max_value=100),
    unit=st.sampled_from(("hours", "hours_without_weekends")),
    started_at=starts,
    spans=lengths,
)
def test_the_hours_listed_add_up_and_join_without_a_gap(
    count: int, unit: Unit, started_at: datetime, spans: list[tuple[timedelta, timedelta]]
) -> None:
    pauses = pauses_after(started_at, spans)

    deadline = due(a_rule(count, unit), started_at, a_calendar(), pauses=pauses)

    assert sum((step.ends_at - step.starts_at for step in deadline.counted), timedelta()) == timedelta(hours=count)
    assert all(earlier.ends_at == later.starts_at for earlier, later in pairwise(deadline.steps))
    assert deadline.steps[0].starts_at == started_at
    for step in deadline.counted:
        assert not any(
            pause.from_at < step.ends_at and step.starts_at < (pause.until_at or step.starts_at) for pause in pauses
        )


def days_of(first_on: date, last_on: date) -> list[date]:
    return [add_days(first_on, count) for count in range((last_on - first_on).days + 1)]


@pytest.mark.parametrize(
    ("before", "warn_at"),
    [
        pytest.param(Limit(count=1, unit="working_days"), datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC), id="Friday"),
        pytest.param(Limit(count=2, unit="calendar_days"), datetime(2026, 3, 7, 23, 59, 59, tzinfo=UTC), id="Saturday"),
        pytest.param(Limit(count=4, unit="hours"), datetime(2026, 3, 9, 19, 59, 59, tzinfo=UTC), id="four hours"),
        pytest.param(Limit(count=2, unit="weeks"), None, id="longer than the clock"),
    ],
)
def test_a_warning_comes_so_long_before_as_the_pack_says(before: Limit, warn_at: datetime | None) -> None:
    deadline = due(a_rule(5, warn_before=before), MONDAY_NOON, a_calendar())

    assert deadline.warn_at == warn_at
    assert deadline.explain()["warn_before"] == before.words()


def test_a_warning_days_before_keeps_the_time_of_day_when_the_clocks_change() -> None:
    rule = a_rule(48, "hours", warn_before=Limit(count=1, unit="calendar_days"))

    deadline = due(rule, datetime(2026, 3, 28, 12, 0, tzinfo=UTC), a_calendar())

    assert deadline.due_at == datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
    assert deadline.warn_at == datetime(2026, 3, 29, 12, 0, tzinfo=UTC)


def test_without_a_warning_in_the_pack_there_is_none() -> None:
    assert due(a_rule(5), MONDAY_NOON, a_calendar()).warn_at is None
