"""Clocks that run with a record: each is stopped in time or late, or breached once, whatever the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.running import RunningClock, has_breach, next_due, pass_time, stop_clocks

STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DUE = datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)


def a_clock(rule: str = "C1", *, due_at: datetime = DUE) -> RunningClock:
    return RunningClock(
        clock_id=f"clk-{rule}",
        rule=rule,
        name="referral_response",
        record_id="ref-1",
        started_at=STARTED,
        due_at=due_at,
        clause="CE 4.3",
        policy="cheshire-east/2019-04-01",
        calendar_version="england-1",
        provisional=False,
        explanation={},
    )


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (STARTED, "stopped"),
        (DUE, "stopped"),
        (DUE + timedelta(microseconds=999_999), "stopped"),
        (DUE + timedelta(seconds=1), "stopped_late"),
    ],
    ids=["at once", "at 23:59:59", "within that second", "at midnight"],
)
def test_the_due_second_itself_still_counts(at: datetime, state: str) -> None:
    (clock,), (stopped,) = stop_clocks([a_clock()], at=at)

    assert (clock.state, clock.stopped_at) == (state, at)
    assert stopped == clock


def test_only_the_named_rules_are_stopped() -> None:
    clocks, stopped = stop_clocks([a_clock("C1"), a_clock("C6")], at=STARTED, rules=("C6",))

    assert [clock.state for clock in clocks] == ["running", "stopped"]
    assert [clock.rule for clock in stopped] == ["C6"]


def test_a_stopped_clock_is_not_stopped_again() -> None:
    clocks, _ = stop_clocks([a_clock()], at=STARTED)

    again, stopped = stop_clocks(clocks, at=DUE + timedelta(days=9))

    assert again == clocks
    assert stopped == []


def test_a_breach_is_found_once_and_its_clock_is_then_stopped_late() -> None:
    clocks, breached = pass_time([a_clock()], at=DUE + timedelta(seconds=1))
    again, none = pass_time(clocks, at=DUE + timedelta(days=1))
    (stopped,), _ = stop_clocks(again, at=DUE + timedelta(days=2))

    assert [clock.state for clock in breached] == ["breached"]
    assert none == []
    assert has_breach(again)
    assert stopped.state == "stopped_late"
    assert not has_breach([stopped])


def test_what_falls_due_next_is_the_first_clock_that_runs() -> None:
    first, second = a_clock("C3", due_at=DUE + timedelta(days=1)), a_clock("C4", due_at=DUE + timedelta(days=2))
    stopped, _ = stop_clocks([a_clock()], at=STARTED)

    assert next_due([*stopped, second, first]) == first.due_at
    assert next_due(stopped) is None


moments = st.lists(
    st.tuples(st.sampled_from(["stop", "sweep"]), st.integers(min_value=0, max_value=20 * 86_400)), max_size=8
)


@given(moments=moments)
def test_each_clock_is_breached_at_most_once_and_ends_at_most_once(moments: list[tuple[str, int]]) -> None:
    clocks: tuple[RunningClock, ...] = (a_clock("C1"), a_clock("C6", due_at=STARTED + timedelta(days=1)))
    breached: list[str] = []
    stopped: list[str] = []

    for what, seconds in sorted(moments, key=lambda moment: moment[1]):
        at = STARTED + timedelta(seconds=seconds)
        if what == "sweep":
            clocks, new = pass_time(clocks, at=at)
            breached += [clock.rule for clock in new]
        else:
            clocks, new = stop_clocks(clocks, at=at)
            stopped += [clock.rule for clock in new]

    assert len(set(breached)) == len(breached)
    assert len(set(stopped)) == len(stopped)
    for clock in clocks:
        assert (clock.state in ("stopped", "stopped_late")) == (clock.rule in stopped)
        if clock.rule in breached:
            assert clock.state in ("breached", "stopped_late")
