"""A contract's clock and the law's run side by side, both are shown, and the strictest that is open is flagged."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.policy.keeping import clocks_from, stop
from shared.policy.running import RunningClock, strictest
from tests.unit.referrals.builders import CP, policies

FRIDAY_EVENING = datetime(2026, 3, 6, 18, 0, tzinfo=UTC)


def started(*names: str) -> tuple[RunningClock, ...]:
    return clocks_from(policies(), CP, names, record_id="cmp-1", started_at=FRIDAY_EVENING)


def flagged(clocks: tuple[RunningClock, ...]) -> list[str]:
    """The rules of those that are flagged."""
    return sorted(clock.rule for clock in clocks if clock.clock_id in strictest(clocks))


def test_a_complaint_has_the_councils_24_hours_and_the_laws_three_working_days() -> None:
    clocks = started("complaint_to_council", "complaint_acknowledgement")

    due = {clock.rule: clock.due_at for clock in clocks}
    assert due == {
        "C10": datetime(2026, 3, 7, 18, 0, tzinfo=UTC),
        "S2": datetime(2026, 3, 11, 23, 59, 59, tzinfo=UTC),
    }
    assert flagged(clocks) == ["C10"]


def test_once_the_strictest_is_stopped_the_other_needs_no_flag_but_runs_on() -> None:
    clocks = stop(
        started("complaint_to_council", "complaint_acknowledgement"), at=FRIDAY_EVENING, rules=("C10",)
    ).clocks

    assert flagged(clocks) == []
    assert [clock.rule for clock in clocks if clock.is_open] == ["S2"]


def test_of_three_reviews_those_that_are_due_first_are_flagged_and_then_the_laws() -> None:
    clocks = started("council_review", "provider_review", "statutory_first_review", "referral_response")

    assert flagged(clocks) == ["C11", "C12"]
    later = clocks_from(policies(), CP, ["council_review"], record_id="cmp-1", started_at=FRIDAY_EVENING, occurrence=2)
    assert flagged((*stop(clocks, at=FRIDAY_EVENING, rules=("C11", "C12")).clocks, *later)) == ["S1a"]
