"""Clocks are warned of, breached, paused, resumed and reckoned anew; each change is told once, with who and why kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import NotFound, PolicyIncomplete
from shared.policy import keeping
from shared.policy.keeping import clocks_from
from shared.policy.policies import Policies
from shared.policy.running import OPEN, PauseNotPossible, RunningClock, recalculated, stop_clocks, strictest
from tests.unit.clocks.builders import DUE, PACK_CLOCKS, STARTED, WARN, closed_on, policies, some_clocks

SECOND = timedelta(seconds=1)
WORKER = {"by": "worker-1", "reason": "in hospital"}


def types(kept: keeping.Kept) -> list[str]:
    return [event.type for event in kept.events]


def test_a_clock_is_warned_of_and_then_breached_each_once() -> None:
    kept = keeping.Kept(clocks=some_clocks())

    told: list[tuple[str, datetime]] = []
    for at in (WARN, WARN + SECOND, WARN + 2 * SECOND, DUE, DUE + SECOND, DUE + timedelta(days=3)):
        kept = keeping.tell_passed(kept.clocks, at=at)
        told += [(name, at) for name in types(kept)]

    assert told == [("clock.warned", WARN + SECOND), ("clock.breached", DUE + SECOND)]
    (clock,) = kept.clocks
    assert (clock.state, clock.warned_at, clock.breached_at) == ("breached", WARN + SECOND, DUE + SECOND)


def test_a_clock_that_nobody_looked_at_in_time_is_breached_without_a_late_warning() -> None:
    kept = keeping.tell_passed(some_clocks(), at=DUE + SECOND)

    assert types(kept) == ["clock.breached"]


def test_a_clock_that_the_record_has_already_is_not_started_again() -> None:
    clocks = some_clocks("referral_response", "urgent_start")

    first = keeping.start((), clocks)
    again = keeping.start(first.clocks, clocks)

    assert types(first) == ["clock.started", "clock.started"]
    assert again == keeping.Kept(clocks=first.clocks)


def test_the_next_thing_that_happens_is_the_warning_and_then_the_due_instant() -> None:
    clocks = some_clocks()

    warned = keeping.tell_passed(clocks, at=WARN + SECOND).clocks
    breached = keeping.tell_passed(warned, at=DUE + SECOND).clocks

    indexes = [keeping.clock_index(c) for c in (clocks, warned, breached, stop_clocks(breached, at=DUE + SECOND)[0])]
    assert [index["next_due_at"] for index in indexes] == [WARN, DUE, None, None]
    assert [index["overdue"] for index in indexes] == [False, False, True, False]


def test_what_a_pause_does_not_count_is_skipped_with_who_and_why() -> None:
    at, until = STARTED + timedelta(days=1), STARTED + timedelta(days=3)
    (clock,) = clocks = some_clocks()

    paused = keeping.pause(clocks, clock.clock_id, at=at, policies=policies(), **WORKER)
    stood_still = keeping.tell_passed(paused.clocks, at=DUE + timedelta(days=30))
    resumed = keeping.resume(paused.clocks, clock.clock_id, at=until, by="worker-2", policies=policies())

    assert types(paused) + types(stood_still) + types(resumed) == ["clock.paused", "clock.resumed"]
    assert paused.clocks[0].state == "paused"
    (after,) = resumed.clocks
    assert (after.state, after.due_at) == ("running", DUE + timedelta(days=2))
    skipped = [step["reason"] for step in after.explanation["steps"] if "Paused" in step["reason"]]
    assert skipped == ["Paused by worker-1: in hospital"] * 2
    assert (after.pauses[0].resumed_by, after.pauses[0].until_at) == ("worker-2", until)


def test_a_pause_that_the_pack_does_not_set_is_refused_with_what_is_missing() -> None:
    (clock,) = clocks = some_clocks("urgent_start")

    with pytest.raises(PolicyIncomplete) as refused:
        keeping.pause(clocks, clock.clock_id, at=STARTED, policies=policies(), **WORKER)

    assert refused.value.detail == "policy incomplete: sample/2020-01-01 clocks.urgent_start.pause"
    assert refused.value.errors[0].field == "clocks.urgent_start.pause"


@pytest.mark.parametrize(
    ("at", "state"), [(DUE + SECOND, "breached"), (STARTED, "stopped")], ids=["past its due instant", "stopped"]
)
def test_only_a_clock_that_runs_can_be_paused(at: datetime, state: str) -> None:
    clocks = some_clocks() if state == "breached" else stop_clocks(some_clocks(), at=STARTED)[0]

    with pytest.raises(PauseNotPossible, match=state):
        keeping.pause(clocks, clocks[0].clock_id, at=at, policies=policies(), **WORKER)


def test_a_clock_that_does_not_stand_still_cannot_be_resumed_nor_one_that_is_not_there() -> None:
    clocks = some_clocks()

    with pytest.raises(PauseNotPossible, match="running"):
        keeping.resume(clocks, clocks[0].clock_id, at=DUE, by="worker-1", policies=policies())
    with pytest.raises(NotFound):
        keeping.resume(clocks, "clk-other", at=DUE, by="worker-1", policies=policies())


def test_a_clock_stopped_while_it_stands_still_is_stopped_in_time() -> None:
    (clock,) = clocks = some_clocks()
    paused = keeping.pause(clocks, clock.clock_id, at=STARTED, policies=policies(), **WORKER)

    stopped = keeping.stop(paused.clocks, at=DUE + timedelta(days=30))

    assert stopped.clocks[0].state == "stopped"


def test_a_new_bank_holiday_moves_a_running_clock_and_writes_before_and_after() -> None:
    proclaimed = policies(bank_holidays={date(2026, 3, 5): "A jubilee"}, version="listed again")

    kept = keeping.recalculate(some_clocks(), policies=proclaimed, at=STARTED + timedelta(days=1))

    (clock,), (told,) = kept.clocks, kept.events
    (done,) = clock.recalculations
    assert (done.before.due_at, done.after.due_at, clock.due_at) == (DUE, DUE + timedelta(days=1), done.after.due_at)
    assert "listed again" in clock.calendar_version
    assert (done.before.calendar_version, done.after.calendar_version) != (done.after.calendar_version,) * 2
    data: dict[str, Any] = told.as_data()
    assert (told.type, data["state"], data["calendar_after"]) == (
        "clock.recalculated",
        "running",
        clock.calendar_version,
    )
    assert any(step["reason"] == "Bank holiday: A jubilee" for step in clock.explanation["steps"])


def test_a_closure_in_a_later_pack_moves_the_clock_once_that_pack_is_in_force() -> None:
    later = policies(later={"effective_on": "2026-03-03", "calendars": closed_on("2026-03-04")})
    clocks = some_clocks()

    before = keeping.recalculate(clocks, policies=later, at=STARTED)
    after = keeping.recalculate(clocks, policies=later, at=STARTED + timedelta(days=1))

    assert before == keeping.Kept(clocks=clocks)
    assert after.clocks[0].due_at == DUE + timedelta(days=1)
    assert after.clocks[0].policy == "sample/2026-03-03"


def test_a_reckoning_that_moves_nothing_is_written_but_not_told() -> None:
    same = policies(version="listed again")

    kept = keeping.recalculate(some_clocks(), policies=same, at=STARTED)

    assert len(kept.clocks[0].recalculations) == 1
    assert kept.events == ()


def test_a_breached_clock_stays_breached_and_notes_that_it_would_not_have_been() -> None:
    breached = keeping.tell_passed(some_clocks(), at=DUE + SECOND).clocks
    kinder = policies(bank_holidays={date(2026, 3, 5): "A jubilee"}, version="listed again")

    kept = keeping.recalculate(breached, policies=kinder, at=DUE + timedelta(hours=1))
    again = keeping.recalculate(kept.clocks, policies=kinder, at=DUE + timedelta(hours=2))

    (clock,) = kept.clocks
    assert (clock.state, clock.due_at) == ("breached", DUE)
    assert clock.recalculations[0].after.due_at == DUE + timedelta(days=1)
    assert "would not have been breached" in clock.recalculations[0].note
    assert types(kept) == ["clock.recalculated"]
    assert again == keeping.Kept(clocks=kept.clocks)


def test_a_stricter_pack_can_make_a_clock_overdue_which_the_next_sweep_tells() -> None:
    stricter = policies(
        later={
            "effective_on": "2026-03-03",
            "clocks": {
                "referral_response": PACK_CLOCKS["referral_response"] | {"limit": {"count": 1, "unit": "hours"}}
            },
        }
    )

    kept = keeping.recalculate(some_clocks(), policies=stricter, at=STARTED + timedelta(days=1))
    swept = keeping.tell_passed(kept.clocks, at=STARTED + timedelta(days=1, seconds=1))

    assert kept.clocks[0].state == "running"
    assert types(swept) == ["clock.breached"]


def test_a_clock_whose_rule_the_new_pack_leaves_unset_is_left_as_it_is() -> None:
    unset = PACK_CLOCKS["referral_response"] | {"unset": True}
    del unset["limit"]
    later = policies(later={"effective_on": "2026-03-03", "clocks": {"referral_response": unset}})
    (clock,) = some_clocks()

    assert recalculated(clock, later, STARTED + timedelta(days=2)) is clock


@pytest.mark.parametrize(
    "then",
    [
        policies(effective_on="2030-01-01"),
        policies(council_id="another"),
        policies(clocks={"x_twin": PACK_CLOCKS["x_twin"]}),
    ],
    ids=["no pack in force", "no pack of this council", "no such clock"],
)
def test_a_clock_that_what_is_in_force_knows_nothing_of_is_left_as_it_is(then: Policies) -> None:
    (clock,) = some_clocks()

    assert recalculated(clock, then, STARTED + timedelta(days=2)) is clock


def test_a_clock_of_a_series_that_the_new_pack_ends_earlier_is_left_as_it_is() -> None:
    series = PACK_CLOCKS["x_twin"] | {"then": {"count": 1, "unit": "weeks", "counted_from": "start"}}
    del series["limit"]
    before = policies(clocks={"x_twin": series})
    (clock,) = clocks_from(before, "sample", ["x_twin"], record_id="case-1", started_at=STARTED, occurrence=3)

    assert recalculated(clock, policies(), STARTED + timedelta(days=2)) is clock


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "standing still"])
def test_a_clock_that_does_not_run_is_left_as_it_is(ended: bool) -> None:
    clocks = some_clocks()
    if ended:
        clocks = stop_clocks(clocks, at=STARTED)[0]
    else:
        clocks = keeping.pause(clocks, clocks[0].clock_id, at=STARTED, policies=policies(), **WORKER).clocks

    kept = keeping.recalculate(clocks, policies=policies(version="listed again"), at=DUE)

    assert kept == keeping.Kept(clocks=clocks)


def test_a_clock_resumed_runs_on_under_what_is_in_force_now() -> None:
    (clock,) = clocks = some_clocks()
    paused = keeping.pause(clocks, clock.clock_id, at=STARTED, policies=policies(), **WORKER)
    now = policies(bank_holidays={date(2026, 3, 5): "A jubilee"}, version="listed again")

    resumed = keeping.resume(paused.clocks, clock.clock_id, at=STARTED + timedelta(hours=1), by="w", policies=now)

    assert "listed again" in resumed.clocks[0].calendar_version
    assert resumed.clocks[0].due_at == DUE + timedelta(days=1)


def test_of_twins_with_one_duty_the_open_one_that_is_due_first_is_the_strictest() -> None:
    contract, statute, other = some_clocks("referral_response", "x_twin", "urgent_start")

    both = strictest([contract, statute, other])
    (stopped,), _ = stop_clocks([statute], at=STARTED)

    assert both == {statute.clock_id}
    assert strictest([contract, stopped, other]) == frozenset()
    assert statute.duty == contract.duty == "answer"


steps = st.lists(
    st.tuples(
        st.sampled_from(["sweep", "pause", "resume", "stop", "recalculate"]),
        st.integers(min_value=0, max_value=20 * 86_400),
        st.booleans(),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(steps=steps)
def test_whatever_happens_a_clock_is_breached_and_stopped_at_most_once_and_a_breach_is_never_taken_back(
    steps: list[tuple[str, int, bool]],
) -> None:
    plain = policies()
    kinder = policies(bank_holidays={date(2026, 3, 5): "A jubilee", date(2026, 3, 10): "Another"}, version="later")
    kept = keeping.start((), some_clocks("referral_response", "x_twin"))
    told: list[tuple[str, str]] = [(event.type, event.as_data()["clock_id"]) for event in kept.events]

    for what, seconds, is_later in sorted(steps, key=lambda step: step[1]):
        before = {clock.clock_id: clock for clock in kept.clocks}
        kept = _after(kept.clocks, what, STARTED + timedelta(seconds=seconds), kinder if is_later else plain)
        told += [(event.type, event.as_data()["clock_id"]) for event in kept.events]
        for clock in kept.clocks:
            if before[clock.clock_id].state == "breached":
                assert clock.state in ("breached", "stopped_late")

    for clock in kept.clocks:
        assert told.count(("clock.breached", clock.clock_id)) == (clock.breached_at is not None)
        assert told.count(("clock.stopped", clock.clock_id)) == (clock.state not in OPEN)
        paused, resumed = (told.count((f"clock.{what}", clock.clock_id)) for what in ("paused", "resumed"))
        assert sum(pause.until_at is None for pause in clock.pauses) == (clock.state == "paused")
        assert sum(pause.resumed_by is not None for pause in clock.pauses) == resumed
        assert len(clock.pauses) == paused


def _after(clocks: tuple[RunningClock, ...], what: str, at: datetime, under: Policies) -> keeping.Kept:
    at = at.astimezone(UTC)
    if what == "sweep":
        return keeping.tell_passed(clocks, at=at)
    if what == "stop":
        return keeping.stop(clocks, at=at, rules=("C1",))
    if what == "recalculate":
        return keeping.recalculate(clocks, policies=under, at=at)
    try:
        if what == "pause":
            return keeping.pause(clocks, clocks[0].clock_id, at=at, policies=under, **WORKER)
        return keeping.resume(clocks, clocks[0].clock_id, at=at, by="worker-2", policies=under)
    except PauseNotPossible:
        return keeping.Kept(clocks=clocks)
