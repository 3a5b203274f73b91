"""The checker of the fault tests finds every fault that is planted, names it, and lets a sound run pass."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest

from tests.faults.checking import BACKGROUND, Applied, check, recoveries
from tests.faults.history import History, Kill

FIRST = Applied(operation_id="op-1", effect="accepted", stream="referral:1", sequence=1, at=11.0)
SECOND = Applied(operation_id="op-2", effect="closed", stream="referral:1", sequence=2, at=12.0)
OTHER = Applied(operation_id="op-3", effect="accepted", stream="referral:2", sequence=1, at=30.0)


@pytest.fixture
def history() -> History:
    """One client's three operations, each acknowledged before the next was asked for; the clock ticks once for each."""
    history = History(now=map(float, count(1)).__next__)
    for id, effect in (("op-1", "accepted"), ("op-2", "closed"), ("op-3", "accepted")):
        history.attempt(id, client="client-1", expects=(effect,))
        history.acknowledge(id)
    return history


def test_a_sound_run_holds(history):
    verdict = check(history, [FIRST, SECOND, OTHER])

    assert verdict.holds
    assert (verdict.attempted, verdict.acknowledged, verdict.applied) == (3, 3, 3)
    assert verdict.recovered == ()


def test_an_acknowledged_operation_without_its_effect_is_lost(history):
    verdict = check(history, [FIRST, SECOND])

    assert verdict.lost == ("op-3: accepted",)
    assert not verdict.holds


def test_one_of_two_effects_is_not_enough(history):
    history.attempt("op-4", client="client-1", expects=("accepted", "paid"))
    history.acknowledge("op-4")

    verdict = check(history, [FIRST, SECOND, OTHER, replace(OTHER, operation_id="op-4", stream="referral:3")])

    assert verdict.lost == ("op-4: paid",)


def test_a_hole_in_a_stream_is_a_loss(history):
    verdict = check(history, [FIRST, replace(SECOND, sequence=3), OTHER])

    assert verdict.lost == ("referral:1: 2",)


def test_an_effect_applied_twice_is_a_duplicate(history):
    verdict = check(history, [FIRST, FIRST, SECOND, OTHER])

    assert verdict.duplicated == ("op-1: accepted", "referral:1: 1")
    assert not verdict.holds


def test_a_command_carried_out_twice_is_a_duplicate_though_its_stream_is_whole(history):
    verdict = check(history, [FIRST, replace(FIRST, sequence=2), replace(SECOND, sequence=3), OTHER])

    assert verdict.duplicated == ("op-1: accepted",)


def test_effects_against_their_sequence_are_out_of_order(history):
    verdict = check(history, [SECOND, FIRST, OTHER])

    assert "referral:1: 1 after 2" in verdict.out_of_order
    assert not verdict.holds


def test_effects_against_the_clients_order_are_out_of_order(history):
    verdict = check(history, [replace(SECOND, sequence=1), replace(FIRST, sequence=2), OTHER])

    assert verdict.out_of_order == ("op-2 before op-1",)


def test_operations_of_two_clients_may_come_in_either_order(history):
    history.operations["op-2"] = replace(history.operations["op-2"], client="client-2")

    assert check(history, [replace(SECOND, sequence=1), replace(FIRST, sequence=2), OTHER]).holds


def test_an_effect_that_nobody_asked_for_is_unexpected(history):
    verdict = check(history, [FIRST, SECOND, OTHER, replace(OTHER, operation_id="op-9", stream="referral:9")])

    assert verdict.unexpected == ("op-9: accepted",)
    assert not verdict.holds


def test_what_the_platform_does_by_itself_is_expected_and_has_its_place(history):
    clockwork = Applied(operation_id=BACKGROUND, effect="clock.breached", stream="referral:1", sequence=3)

    assert check(history, [FIRST, SECOND, clockwork, OTHER]).holds
    assert check(history, [FIRST, SECOND, clockwork, clockwork, OTHER]).duplicated == ("referral:1: 3",)


def test_the_effect_of_a_refused_operation_is_unexpected(history):
    history.attempt("op-4", client="client-1", expects=("accepted",))
    history.refuse("op-4")

    verdict = check(history, [FIRST, SECOND, OTHER, replace(OTHER, operation_id="op-4", stream="referral:4")])

    assert verdict.unexpected == ("op-4: accepted",)


def test_what_was_never_acknowledged_may_be_there_or_not(history):
    for id in ("op-4", "op-5"):
        history.attempt(id, client="client-1", expects=("accepted",))

    verdict = check(history, [FIRST, SECOND, OTHER, replace(OTHER, operation_id="op-4", stream="referral:4")])

    assert verdict.holds
    assert verdict.recovered == ("op-4",)


def test_an_operation_is_attempted_once(history):
    with pytest.raises(ValueError, match="op-1"):
        history.attempt("op-1", client="client-1", expects=())


def test_a_kill_is_recovered_from_when_all_that_was_under_way_is_applied(history):
    kills = [Kill(member="referrals-0", cause="after-commit", at=at) for at in (1.5, 5.5, 40.0)]

    assert recoveries(kills, history, [FIRST, replace(OTHER, at=9.0)]) == [9.5, 5.5]


def test_a_verdict_says_in_a_line_what_is_wrong(history):
    assert "lost=1 ['op-3: accepted']" in str(check(history, [FIRST, SECOND]))
