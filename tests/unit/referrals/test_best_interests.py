"""Decisions in somebody's best interests: who decides, the advocate beside the person, what follows from it (CP 5.2, 6.16)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.referrals.errors import AdvocateNeeded, BestInterestsUndecided, StepNotPossible
from services.referrals.handlers import best_interests, reviews
from services.referrals.handlers.best_interests import NewAdvocate, NewBestInterests, NewOutcome
from services.referrals.handlers.cases import seen_case
from services.referrals.model.best_interests import BestInterests
from shared.context import Caller
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event
from tests.unit.referrals.review_builders import BEGAN, a_council_worker, a_programme, chosen


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def a_new_decision(referral_id: str, **changes: Any) -> NewBestInterests:
    plain: dict[str, Any] = {
        "referral_id": referral_id,
        "matter": "Whether an Individual Service Fund is best for them",
        "has_family": False,
        "decision_maker": "social-worker",
        "decision_maker_name": "Sample Social Worker 02",
        "assessment": "MCA-0007",
    }
    return NewBestInterests(**plain | changes)


def begun(desk: ReferralsDesk, referral_id: str, **changes: Any) -> Stored[BestInterests]:
    return best_interests.begin_best_interests(
        a_new_decision(referral_id, **changes), desk=desk.cases, cause=a_command(a_council_worker())
    )


def with_advocate(desk: ReferralsDesk, decision_id: str) -> Stored[BestInterests]:
    given = NewAdvocate(id=decision_id, advocate_id="advocate-07", name="Alex Example")
    return best_interests.name_advocate(given, desk=desk.cases, cause=a_command(a_council_worker()))


def decided(desk: ReferralsDesk, decision_id: str, **changes: Any) -> Stored[BestInterests]:
    plain: dict[str, Any] = {
        "id": decision_id,
        "outcome": "for",
        "decided_on": BEGAN,
        "reasons": "Sample: it fits their life.",
        "consulted": "Sample: those who know them.",
    }
    return best_interests.decide_best_interests(
        NewOutcome(**plain | changes), desk=desk.cases, cause=a_command(a_council_worker())
    )


def test_a_decision_is_made_by_one_of_those_whom_the_clauses_name(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)

    for maker in ("court-of-protection", "family-member", "advocate", "circle", "lasting-power-of-attorney"):
        assert begun(desk, referral.id, decision_maker=maker).state.decision_maker.role == maker
    with pytest.raises(Invalid) as wrong:
        begun(desk, referral.id, decision_maker="neighbour")

    assert wrong.value.errors[0].field == "decision_maker"


@pytest.mark.parametrize("field", ["matter", "decision_maker_name", "assessment"])
def test_what_a_decision_needs_is_named(desk: ReferralsDesk, field: str) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)

    with pytest.raises(Invalid) as wrong:
        begun(desk, referral.id, **{field: ""})

    assert wrong.value.errors[0].field == field


def test_where_the_contract_knows_no_such_decision_it_is_not_begun(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CE), CE)

    with pytest.raises(PolicyIncomplete, match="best_interest_decision_makers"):
        best_interests.begin_best_interests(a_new_decision(referral.id), desk=desk.cases, cause=a_command(an_adviser()))


def test_without_family_nothing_is_decided_before_an_advocate_is_there(desk: ReferralsDesk) -> None:
    record = begun(desk, desk.taken_in(an_event(council_id=CP), CP).id)

    with pytest.raises(AdvocateNeeded):
        decided(desk, record.id)
    with_advocate(desk, record.id)
    after = decided(desk, record.id)

    assert after.state.decided is not None
    assert (after.state.decided.outcome, after.state.decided.recorded_by) == ("for", "social-worker-2")


def test_with_family_no_advocate_is_needed_and_a_decision_is_made_once(desk: ReferralsDesk) -> None:
    record = begun(desk, desk.taken_in(an_event(council_id=CP), CP).id, has_family=True)

    decided(desk, record.id)
    with pytest.raises(StepNotPossible):
        decided(desk, record.id, outcome="against")


@pytest.mark.parametrize(("field", "value"), [("reasons", " "), ("consulted", ""), ("decided_on", date(2026, 3, 3))])
def test_what_an_outcome_needs_is_named(desk: ReferralsDesk, field: str, value: Any) -> None:
    record = begun(desk, desk.taken_in(an_event(council_id=CP), CP).id, has_family=True)

    with pytest.raises(Invalid) as wrong:
        decided(desk, record.id, **{field: value})

    assert wrong.value.errors[0].field == field


def test_no_provider_is_chosen_while_it_is_undecided_or_decided_against(desk: ReferralsDesk) -> None:
    def begin(referral_id: str) -> str:
        return begun(desk, referral_id, has_family=True).id

    with pytest.raises(BestInterestsUndecided):
        chosen(desk, before_choice=begin)
    with pytest.raises(BestInterestsUndecided):
        chosen(desk, before_choice=lambda id: decided(desk, begin(id), outcome="against").id, **other_person())
    allowed = chosen(desk, before_choice=lambda id: decided(desk, begin(id)).id, **other_person(9))

    assert allowed.state.status == "provider_chosen"


def test_the_advocate_of_somebody_without_family_joins_the_care_act_review(desk: ReferralsDesk) -> None:
    programme = a_programme(desk)
    record = begun(desk, programme.state.referral_id)

    def review(cycle: Any, advocate_id: str | None) -> int:
        held = reviews.record_review(
            programme.state.referral_id,
            held_on=BEGAN,
            outcome="Sample: all is well.",
            satisfied=[(cycle, "it was theirs")],
            advocate_id=advocate_id,
            desk=desk.reviews,
            cause=a_command(a_council_worker()),
        )
        return len(held.state.reviews)

    with pytest.raises(AdvocateNeeded, match="name their advocate"):
        review("council", "advocate-07")
    with_advocate(desk, record.id)
    with pytest.raises(AdvocateNeeded, match="advocate-07"):
        review("statutory", None)
    assert review("provider", None) == 1
    assert review("council", "advocate-07") == 2


def test_what_was_weighed_is_for_those_who_work_on_the_case(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)
    record = begun(desk, referral.id)
    person = Caller(actor_id=referral.state.person_id, roles=("person",), councils=(CP,))

    with pytest.raises(NotFound):
        seen_case(record.id, records=desk.cases.best_interests, caller=person)
    told = desk.case_kinds["best_interests"].told()[-1].data
    assert set(told) == {"decision_id", "referral_id", "decision_maker", "has_family"}


def other_person(number: int = 8) -> dict[str, Any]:
    return {
        "data__referral_reference": f"REF-{number:04d}",
        "data__person": {"person_reference": f"P-{number:05d}", "name": f"Sample Person {number:04d}"},
    }
