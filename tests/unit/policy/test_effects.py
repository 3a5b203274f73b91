"""What a pack would change is reckoned by the function that reckons clocks anew, and named clock by clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.policy.effects import Effect, changes_at, clock_effects
from shared.policy.policies import Policies
from shared.policy.publishing import read_submitted
from shared.policy.running import RunningClock, pass_time, recalculated, running_clock, stop_clocks
from tests.unit.policy.builders import ListedBankHolidays, a_clock_entry, a_pack_text
from tests.unit.policy.test_packs import Texts

STARTED = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday; five working days end on Monday the 9th."""
NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
def policies() -> Policies:
    return Policies.load([Texts(a_pack_text())], bank_holidays=ListedBankHolidays())


def trial_of(policies: Policies, *, days: int, effective_on: str = "2026-03-05", **clock: Any) -> Policies:
    entry = a_clock_entry(**{"limit": {"count": days, "unit": "working_days"}, **clock})
    text = a_pack_text(effective_on=effective_on, clocks={"referral_response": entry}).text
    return policies.with_pack(read_submitted(text, most_bytes=100_000))


def a_clock(policies: Policies) -> RunningClock:
    return running_clock(policies.deadline("sample", "C1", STARTED), record_id="ref-1")


def effects(clock: RunningClock, trial: Policies, *, at: datetime = NOW) -> list[Effect]:
    return list(clock_effects([clock], trial=trial, at=at))


def test_a_clock_that_would_be_due_later_is_named_with_both_instants(policies: Policies) -> None:
    [effect] = effects(a_clock(policies), trial_of(policies, days=7))

    assert (effect.kind, effect.name, effect.rule, effect.record_id) == ("clock", "referral_response", "C1", "ref-1")
    assert (effect.before, effect.after) == ("2026-03-09T23:59:59.000Z", "2026-03-11T23:59:59.000Z")
    assert not effect.would_breach


def test_a_clock_that_would_be_overdue_at_once_is_said_to_breach(policies: Policies) -> None:
    [effect] = effects(a_clock(policies), trial_of(policies, days=2))

    assert effect.after == "2026-03-04T23:59:59.000Z"
    assert effect.would_breach


def test_a_simulation_and_a_recalculation_say_the_same(policies: Policies) -> None:
    clock, trial = a_clock(policies), trial_of(policies, days=3)

    [effect] = effects(clock, trial)
    done = recalculated(clock, trial, NOW)

    assert effect.after == done.due_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_what_does_not_move_has_no_effect(policies: Policies) -> None:
    assert effects(a_clock(policies), trial_of(policies, days=5)) == []


def test_a_clock_that_the_pack_leaves_unset_stays_as_it_is(policies: Policies) -> None:
    assert effects(a_clock(policies), trial_of(policies, days=3, limit=None, unset=True)) == []


def test_a_clock_that_has_ended_is_left_alone(policies: Policies) -> None:
    [stopped], _ = stop_clocks([a_clock(policies)], at=NOW)

    assert effects(stopped, trial_of(policies, days=3)) == []


def test_a_clock_that_is_due_before_the_pack_holds_is_left_out(policies: Policies) -> None:
    first_day = datetime(2026, 4, 1, tzinfo=UTC)

    assert effects(a_clock(policies), trial_of(policies, days=3, effective_on="2026-04-01"), at=first_day) == []


def test_a_breached_clock_is_named_and_said_to_stay_breached(policies: Policies) -> None:
    late = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
    [breached], _ = pass_time([a_clock(policies)], at=late)

    [effect] = effects(breached, trial_of(policies, days=9), at=late)

    assert not effect.would_breach
    assert "it stays breached" in effect.note


def test_a_pack_begins_to_matter_on_its_first_day_or_now(policies: Policies) -> None:
    later = trial_of(policies, days=3, effective_on="2026-04-01").version("sample/2026-04-01")
    begun = trial_of(policies, days=3, effective_on="2026-03-01").version("sample/2026-03-01")

    assert changes_at(later, now=NOW) == datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
    assert changes_at(begun, now=NOW) == NOW
