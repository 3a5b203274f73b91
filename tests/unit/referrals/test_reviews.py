"""The council's, the provider's and the law's reviews side by side (CP 3.2.6-7, 7.4; Direct Payments Regulations 2014 reg 7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import ReviewNotPossible, StepNotPossible
from services.referrals.handlers import reviews
from services.referrals.model.reviews import ReviewProgramme
from services.referrals.store import programmes_seen_by
from shared.context import Caller
from shared.errors import Forbidden, Invalid, NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.policy.running import strictest
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event
from tests.unit.referrals.payment_builders import a_running_payment
from tests.unit.referrals.review_builders import BEGAN, a_council_worker, a_programme, chosen, hear_of_support, held

PROVIDER = Caller(actor_id="prov-worker", roles=("isf_provider",), councils=(CP,), organisation_id="set in the test")


def due(programme: Stored[ReviewProgramme]) -> dict[str, date]:
    """The reviews that are still due, by rule."""
    return {clock.rule: clock.due_at.date() for clock in programme.state.clocks if clock.is_open}


def test_support_that_begins_programmes_every_cycle_of_the_councils_policy() -> None:
    desk = ReferralsDesk()

    programme = a_programme(desk)

    assert programme.state.cycles == ("council", "provider", "statutory")
    assert due(programme) == {"C11": date(2026, 4, 13), "C12": date(2026, 4, 13), "S1a": date(2026, 9, 2)}
    flagged = strictest(programme.state.clocks)
    assert {clock.rule for clock in programme.state.clocks if clock.clock_id in flagged} == {"C11", "C12"}
    assert desk.referrals.records.get(programme.state.referral_id).state.status == "in_support"


def test_a_direct_payment_has_the_reviews_of_the_law_only() -> None:
    desk = ReferralsDesk()
    a_running_payment(desk)

    (programme,) = hear_of_support(desk)

    assert (programme.state.cycles, due(programme)) == (("statutory",), {"S1a": date(2026, 9, 2)})


def test_one_meeting_counts_for_several_cycles_and_is_recorded_once_with_why() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    desk.clock.advance(timedelta(weeks=5))

    after = held(desk, programme, council="the council took part", provider="held by the provider", statutory="reg 7")

    (review,) = after.state.reviews
    assert [(one.cycle, one.occurrence, one.because) for one in review.satisfied] == [
        ("council", 1, "the council took part"),
        ("provider", 1, "held by the provider"),
        ("statutory", 1, "reg 7"),
    ]
    assert all(one.clock_id for one in review.satisfied)
    assert due(after) == {"C11": date(2027, 3, 2), "C12": date(2026, 6, 2), "S1b": date(2027, 4, 6)}
    assert desk.programmes.types_told().count("review.held") == 1


def test_the_providers_cycle_goes_on_at_three_months_and_every_six_after_that() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    found = []
    for _ in range(4):
        desk.clock.advance(timedelta(weeks=4))
        programme = held(desk, programme, provider="held by the provider")
        found.append(due(programme)["C12"])

    assert found == [date(2026, 6, 2), date(2026, 12, 2), date(2027, 6, 2), date(2027, 12, 2)]
    assert due(programme)["C11"] == date(2026, 4, 13)


def test_the_laws_next_review_is_counted_from_the_one_before() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    desk.clock.advance(timedelta(days=60))

    first = held(desk, programme, statutory="reviewed by the council")
    desk.clock.advance(timedelta(days=100))
    second = held(desk, first, statutory="reviewed by the council")

    assert (due(first)["S1b"], due(second)["S1b"]) == (date(2027, 5, 1), date(2027, 8, 9))


def test_a_missed_review_is_breached_and_done_late() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    desk.clock.advance(timedelta(weeks=7))

    desk.clocks.keep(programme.id, cause=of_schedule("clocks", programme.id))
    missed = desk.programmes.records.get(programme.id)
    after = held(desk, missed, council="the council's 6 weeks")

    assert {clock.rule for clock in missed.state.clocks if clock.state == "breached"} == {"C11", "C12"}
    assert next(clock.state for clock in after.state.clocks if clock.rule == "C11") == "stopped_late"


def test_a_provider_records_its_own_review_and_never_the_councils() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    provider = Caller(
        actor_id="worker-9", roles=("isf_provider",), councils=(CP,), organisation_id=programme.state.provider_id
    )

    with pytest.raises(Forbidden):
        held(desk, programme, caller=provider, council="we say so")
    after = held(desk, programme, caller=provider, provider="ours")

    assert after.state.reviews[0].held_by == "worker-9"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        pytest.param({"held_on": date(2026, 3, 1)}, "held_on", id="before support began"),
        pytest.param({"held_on": date(2026, 3, 3)}, "held_on", id="tomorrow"),
        pytest.param({"satisfied": [("council", "a"), ("council", "b")]}, "satisfied", id="one cycle twice"),
    ],
)
def test_a_review_that_cannot_be_is_refused_by_field(given: dict[str, Any], field: str) -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    plain = {"held_on": BEGAN, "outcome": "Sample.", "satisfied": [("council", "a")], "advocate_id": None}

    with pytest.raises(Invalid) as refused:
        reviews.record_review(
            programme.state.referral_id, **plain | given, desk=desk.reviews, cause=a_command(a_council_worker())
        )

    assert [error.field for error in refused.value.errors] == [field]


def test_a_cycle_that_the_policy_does_not_have_is_refused() -> None:
    desk = ReferralsDesk()
    a_running_payment(desk)
    (programme,) = hear_of_support(desk)

    with pytest.raises(Invalid, match="no such reviews here: provider"):
        held(desk, programme, caller=a_council_worker(councils=(CE,)), provider="x")


def test_a_review_asked_for_stays_open_until_the_council_held_one() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    reviews.ask_review(
        programme.state.referral_id, reason="Sample: back from hospital.", desk=desk.reviews, cause=a_command(WORKER)
    )

    by_provider = held(desk, programme, provider="ours")
    by_council = held(desk, by_provider, council="asked for")

    assert by_provider.state.asked[0].held_in is None
    assert by_council.state.asked[0].held_in == by_council.state.reviews[-1].review_id
    told = next(event for event in desk.programmes.told() if event.type == "review.asked")
    assert "hospital" not in str(told.data)


def test_a_significant_change_of_the_budget_is_told_to_the_council() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)
    change = {"weekly_before_pence": 20000, "reason": "Sample.", "desk": desk.reviews}

    with pytest.raises(Invalid, match="the same before and after"):
        reviews.note_budget_change(
            programme.state.referral_id, weekly_after_pence=20000, **change, cause=a_command(WORKER)
        )
    reviews.note_budget_change(programme.state.referral_id, weekly_after_pence=26000, **change, cause=a_command(WORKER))

    told = desk.programmes.told()[-1]
    assert (told.type, told.data["weekly_after_pence"]) == ("review.budget.changed", 26000)


def test_support_that_ends_has_no_review_due() -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)

    for _ in range(2):
        reviews.end_reviews(programme.state.referral_id, desk=desk.reviews, cause=of_schedule("x", programme.id))

    ended = desk.programmes.records.get(programme.id)
    assert (due(ended), ended.state.ended_on) == ({}, BEGAN)
    assert desk.programmes.types_told().count("review.programme.ended") == 1
    with pytest.raises(ReviewNotPossible):
        held(desk, ended, council="too late")


def test_support_begins_only_with_a_provider_that_was_chosen() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(council_id=CP), CP)

    with pytest.raises(StepNotPossible, match="no provider has been chosen"):
        reviews.start_support(stored.id, began_on=BEGAN, desk=desk.reviews, cause=a_command(a_council_worker()))


def test_an_urgent_start_is_made_when_support_begins() -> None:
    desk = ReferralsDesk()

    referral = chosen(desk, data__urgency="urgent")
    desk.clock.advance(timedelta(hours=3))
    begun = reviews.start_support(referral.id, began_on=BEGAN, desk=desk.reviews, cause=a_command(a_council_worker()))

    assert {clock.rule: clock.state for clock in begun.state.clocks} == {"C6": "stopped"}


@pytest.mark.parametrize(
    ("caller", "shown"),
    [
        pytest.param(Caller(actor_id="w", roles=("social_worker",), councils=(CP,)), True, id="the council's worker"),
        pytest.param(an_adviser(), False, id="another council"),
        pytest.param(
            Caller(actor_id="o", roles=("isf_provider",), councils=(CP,), organisation_id="prov-other"),
            False,
            id="another provider",
        ),
        pytest.param(Caller(actor_id="per-other", roles=("person",), councils=(CP,)), False, id="somebody else"),
    ],
)
def test_reviews_are_shown_to_staff_the_person_and_their_provider(caller: Caller, *, shown: bool) -> None:
    desk = ReferralsDesk()
    programme = a_programme(desk)

    assert len(programmes_seen_by(desk.programmes.records, caller).items) == shown
    if not shown:
        with pytest.raises(NotFound):
            reviews.seen_programme(programme.state.referral_id, desk=desk.reviews, caller=caller)


WORKER = a_council_worker()
