"""Complaints, concerns, compliments and negative feedback: what each must have, which duties run, and who sees them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.errors import ComplaintTooLate, DutyOpen, StepNotPossible
from services.referrals.handlers import complaints, ombudsman
from services.referrals.handlers.cases import seen_case
from services.referrals.handlers.complaints import NewAnswer, NewComplaint, NewReview, Noted
from services.referrals.model.complaints import STEPS, Complaint, is_too_late, possible_steps
from shared.context import Caller
from shared.dates import add_months
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.policy.running import strictest
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

SAID = "They came late three times and nobody rang."
TODAY = date(2026, 3, 2)
BROKER = Caller(actor_id="provider-1", roles=("isf_provider",), councils=(CP,), organisation_id="prov-1")
BROKERAGE = Caller(actor_id="brokerage-1", roles=("brokerage_team",), councils=(CP, CE))


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def recorded(desk: ReferralsDesk, caller: Caller | None = None, **changes: Any) -> Stored[Complaint]:
    who = caller or an_adviser(councils=(CE, CP))
    plain = {"kind": "complaint", "text": SAID, "reporter": "family", "council_id": CP, "happened_on": TODAY}
    return complaints.record_complaint(NewComplaint(**plain | changes), desk=desk.cases, cause=a_command(who))


def step(desk: ReferralsDesk, stored: Stored[Complaint], name: str, caller: Caller | None = None) -> Stored[Complaint]:
    use_case = {
        "forward": complaints.forward_complaint,
        "acknowledge": complaints.acknowledge_complaint,
        "close": complaints.close_complaint,
        "escalate": complaints.escalate_complaint,
    }[name]
    cause = a_command(caller or an_adviser(councils=(CE, CP)))
    return use_case(Noted(id=stored.id, note="why"), desk=desk.cases, cause=cause)


def respond(desk: ReferralsDesk, stored: Stored[Complaint], **changes: Any) -> Stored[Complaint]:
    given = NewAnswer(**{"id": stored.id, "text": "We are sorry."} | changes)
    return complaints.respond_to_complaint(given, desk=desk.cases, cause=a_command(an_adviser(councils=(CE, CP))))


def told(desk: ReferralsDesk) -> list[str]:
    return desk.case_kinds["complaints"].types_told()


def test_the_24_hours_to_the_council_and_the_laws_acknowledgement_run_side_by_side_from_one_record(
    desk: ReferralsDesk,
) -> None:
    stored = recorded(desk)

    due = {clock.rule: clock.due_at for clock in stored.state.clocks}
    assert due["C10"] == stored.state.received_at + timedelta(hours=24)
    assert due["S2"] > due["C10"]
    assert {clock.duty for clock in stored.state.clocks} == {"complaint"}
    assert strictest(stored.state.clocks) == {clock.clock_id for clock in stored.state.clocks if clock.rule == "C10"}


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"kind": "concern"}, {"C10"}),
        ({"kind": "complaint", "reporter": "staff"}, {"S2"}),
        ({"kind": "complaint", "council_id": CE}, {"S2"}),
        ({"kind": "compliment"}, set()),
        ({"kind": "negative-feedback", "in_writing": True}, {"C10"}),
    ],
)
def test_a_duty_runs_where_its_clause_says(desk: ReferralsDesk, changes: dict[str, Any], rules: set[str]) -> None:
    assert {clock.rule for clock in recorded(desk, **changes).state.clocks} == rules


def test_each_act_stops_its_own_duty(desk: ReferralsDesk) -> None:
    forwarded = step(desk, recorded(desk), "forward")
    acknowledged = step(desk, forwarded, "acknowledge")

    assert {c.rule: c.state for c in forwarded.state.clocks} == {"C10": "stopped", "S2": "running"}
    assert {c.rule: c.state for c in acknowledged.state.clocks} == {"C10": "stopped", "S2": "stopped"}


def test_a_complaint_that_nobody_passed_on_in_time_is_breached_by_the_keeper(desk: ReferralsDesk) -> None:
    stored = recorded(desk)
    desk.clock.advance(timedelta(hours=25))

    desk.clocks.keep(stored.id, cause=of_schedule("clocks", stored.id))

    assert "clock.breached" in told(desk)


def test_nothing_is_closed_while_a_duty_is_open(desk: ReferralsDesk) -> None:
    answered = respond(desk, recorded(desk))

    with pytest.raises(DutyOpen, match="complaint_to_council"):
        step(desk, answered, "close")
    assert step(desk, step(desk, answered, "forward"), "close").state.status == "closed"


def test_a_complaint_is_answered_before_it_is_closed_and_a_compliment_need_not_be(desk: ReferralsDesk) -> None:
    with pytest.raises(StepNotPossible, match="acknowledge, forward, respond"):
        step(desk, recorded(desk), "close")

    assert step(desk, recorded(desk, kind="compliment"), "close").state.status == "closed"


def test_a_step_is_taken_once_and_the_refusal_names_those_that_are_left(desk: ReferralsDesk) -> None:
    forwarded = step(desk, recorded(desk), "forward")

    with pytest.raises(StepNotPossible, match="possible now: acknowledge, respond"):
        step(desk, forwarded, "forward")
    assert possible_steps(forwarded.state) == ["acknowledge", "respond"]


@pytest.mark.parametrize("kind", STEPS)
def test_every_status_of_every_kind_leads_to_the_end(kind: str) -> None:
    table = STEPS[kind]  # type: ignore[index]
    reached, open_statuses = {"closed"}, set(table) - {"closed"}

    for _ in table:
        reached |= {status for status in open_statuses if reached & set(table[status].values())}

    assert reached == set(table)


def test_a_complaint_past_twelve_months_needs_a_reason_to_be_taken(desk: ReferralsDesk) -> None:
    with pytest.raises(ComplaintTooLate) as refusal:
        recorded(desk, happened_on=date(2025, 3, 1))

    assert [error.field for error in refusal.value.errors] == ["late_reason"]
    assert recorded(desk, happened_on=date(2025, 3, 2)).state.late_reason is None
    assert recorded(desk, happened_on=date(2025, 3, 1), late_reason="was ill").state.late_reason == "was ill"
    assert recorded(desk, happened_on=date(2024, 1, 1), learned_on=date(2026, 1, 5)).state.learned_on is not None
    assert recorded(desk, kind="concern", happened_on=date(2020, 1, 1)).state.kind == "concern"


@settings(max_examples=50, deadline=None)
@given(known_on=st.dates(date(2000, 1, 1), date(2040, 1, 1)), months=st.integers(1, 36))
def test_the_last_day_of_the_limit_is_in_time_and_the_next_is_late(known_on: date, months: int) -> None:
    last = add_months(known_on, months)

    assert not is_too_late(received_on=last, known_on=known_on, months=months)
    assert is_too_late(received_on=last + timedelta(days=1), known_on=known_on, months=months)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "  "}, "text"),
        ({"kind": "negative-feedback", "in_writing": False}, "in_writing"),
        ({"subject": "partner"}, "partner_id"),
        ({"happened_on": None}, "happened_on"),
        ({"happened_on": date(2026, 3, 3)}, "happened_on"),
        ({"council_id": None}, "council_id"),
    ],
)
def test_what_is_missing_or_wrong_is_named(desk: ReferralsDesk, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        recorded(desk, **changes)

    assert [error.field for error in refusal.value.errors] == [field]


def test_negative_written_feedback_is_answered_in_writing_says_what_follows_and_is_copied_to_the_council(
    desk: ReferralsDesk,
) -> None:
    feedback = {"kind": "negative-feedback", "in_writing": True, "council_id": CE, "reporter_id": "rfr-1"}
    stored = recorded(desk, **feedback)

    with pytest.raises(Invalid, match="what follows"):
        respond(desk, stored)
    answered = respond(desk, stored, next_action="looked-into")

    assert answered.state.answer is not None
    assert answered.state.answer.copied_to_council
    [event] = [e for e in desk.case_kinds["complaints"].told() if e.type == "complaint.answered"]
    assert event.data["reporter_id"] == "rfr-1"
    assert event.data["copied_to_council"]


def test_feedback_of_somebody_who_cannot_be_written_to_needs_the_day_of_the_letter(desk: ReferralsDesk) -> None:
    stored = recorded(desk, kind="negative-feedback", in_writing=True, council_id=CE)

    with pytest.raises(Invalid) as refusal:
        respond(desk, stored, next_action="no-change")

    assert [error.field for error in refusal.value.errors] == ["written_on"]
    assert respond(desk, stored, next_action="no-change", written_on=TODAY).state.status == "responded"


def test_what_was_said_and_noted_is_in_no_event(desk: ReferralsDesk) -> None:
    stored = recorded(desk, subject="partner", partner_id="partner-1")
    step(desk, step(desk, stored, "forward"), "escalate")
    respond(desk, stored, text="A private answer")

    everything = json.dumps([dict(envelope.data) for envelope in desk.case_kinds["complaints"].told()])
    assert SAID not in everything
    assert "why" not in everything
    assert "private" not in everything


def test_complaints_about_partners_come_back_every_quarter_until_they_are_closed(desk: ReferralsDesk) -> None:
    stored = recorded(desk, council_id=CE, subject="partner", partner_id="partner-1")
    cause = a_command(an_adviser())
    reviews = desk.case_lists.reviews_due(an_adviser(), due_by="2026-06-02", after=None, limit=10)

    held = NewReview(id=stored.id, held_on=TODAY, outcome="still open")
    reviewed = complaints.review_complaint(held, desk=desk.cases, cause=cause)

    assert stored.state.review_due_on == date(2026, 6, 2)
    assert [found.id for found in reviews.items] == [stored.id]
    assert desk.case_lists.reviews_due(an_adviser(), due_by="2026-06-01", after=None, limit=10).items == []
    assert reviewed.state.review_due_on == date(2026, 6, 2)
    assert step(desk, respond(desk, stored), "close").state.review_due_on is None


def test_only_a_dispute_about_a_partner_goes_to_the_commissioners(desk: ReferralsDesk) -> None:
    with pytest.raises(StepNotPossible, match=r"CE 8\.2"):
        step(desk, recorded(desk), "escalate")

    step(desk, recorded(desk, subject="partner", partner_id="partner-1"), "escalate")

    assert "complaint.escalated" in told(desk)


def test_a_self_funders_complaint_has_no_clocks_and_stays_out_of_the_councils_view(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(data__self_funder=True))
    adviser, council = an_adviser(), replace(BROKERAGE, councils=(CE,))
    stored = recorded(desk, adviser, council_id=None, referral_id=referral.id)

    assert stored.state.clocks == ()
    assert stored.state.outside_contract
    with pytest.raises(NotFound):
        seen_case(stored.id, records=desk.cases.complaints, caller=council)
    with pytest.raises(NotFound):
        recorded(desk, council, council_id=None, referral_id=referral.id)
    with pytest.raises(StepNotPossible, match=r"CE 1\.4"):
        step(desk, stored, "forward")
    assert desk.case_lists.complaints_seen_by(council, after=None, limit=10).items == []
    assert len(desk.case_lists.complaints_seen_by(adviser, after=None, limit=10).items) == 1


def test_a_person_sees_their_own_complaint_and_not_what_others_say_of_them(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event())
    person = Caller(actor_id=referral.state.person_id, roles=("person",), councils=(CE,))
    about = {"council_id": None, "referral_id": referral.id}
    own = recorded(desk, person, reporter="person", **about)
    of_others = recorded(desk, an_adviser(), reporter="professional", **about)

    assert seen_case(own.id, records=desk.cases.complaints, caller=person).state.reporter_id == person.actor_id
    with pytest.raises(NotFound):
        seen_case(of_others.id, records=desk.cases.complaints, caller=person)
    assert [s.id for s in desk.case_lists.complaints_seen_by(person, after=None, limit=10).items] == [own.id]


def test_a_provider_sees_what_it_recorded_and_nothing_else(desk: ReferralsDesk) -> None:
    own, other = recorded(desk, BROKER), recorded(desk)

    assert [s.id for s in desk.case_lists.complaints_seen_by(BROKER, after=None, limit=10).items] == [own.id]
    with pytest.raises(NotFound):
        step(desk, other, "forward", BROKER)
    with pytest.raises(NotFound):
        step(desk, own, "forward", an_adviser(councils=(CE,)))


def test_an_ombudsmans_recommendations_are_tracked_until_they_are_carried_out(desk: ReferralsDesk) -> None:
    stored, cause = recorded(desk), a_command(BROKERAGE)
    recommend = complaints.NewRecommendation(id=stored.id, text="Train the staff", due_on=date(2026, 6, 1))

    with pytest.raises(StepNotPossible, match="open one first"):
        complaints.record_recommendation(recommend, desk=desk.cases, cause=a_command(BROKERAGE))
    case = complaints.NewOmbudsmanCase(id=stored.id, reference="LGO-1")
    complaints.open_ombudsman_case(case, desk=desk.cases, cause=cause)
    held = complaints.record_recommendation(recommend, desk=desk.cases, cause=a_command(BROKERAGE))
    assert held.state.ombudsman is not None
    [one] = held.state.ombudsman.open_recommendations
    done = complaints.RecommendationCarriedOut(
        id=stored.id, recommendation_id=one.recommendation_id, done_on=TODAY, how="A day of training"
    )
    after = complaints.carry_out_recommendation(done, desk=desk.cases, cause=a_command(BROKERAGE))

    assert after.state.ombudsman is not None
    assert after.state.ombudsman.open_recommendations == ()
    with pytest.raises(StepNotPossible, match="before"):
        complaints.carry_out_recommendation(done, desk=desk.cases, cause=a_command(BROKERAGE))
    with pytest.raises(NotFound):
        complaints.carry_out_recommendation(
            replace(done, recommendation_id="rec-none"), desk=desk.cases, cause=a_command(BROKERAGE)
        )


def test_the_bundle_has_the_record_what_happened_and_the_policy_as_it_stood(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)
    stored = recorded(desk, council_id=None, referral_id=referral.id)
    asked: list[tuple[str, str]] = []

    def history(stream: str, subject: str) -> list[dict[str, Any]]:
        asked.append((stream, subject))
        return [{"time": "2026-03-02T09:00:00Z" if stream == "complaint" else "2026-03-01T09:00:00Z", "type": stream}]

    bundle = ombudsman.bundle(stored.id, desk=desk.cases, caller=BROKERAGE, history=history)

    assert bundle["complaint"]["text"] == SAID
    assert [line["type"] for line in bundle["history"]] == ["referral", "complaint"]
    assert bundle["referral"]["referral_id"] == referral.id
    assert bundle["policy"]["version"] == "cambridgeshire-peterborough/2022-04-01"
    assert bundle["policy"]["values"]["complaint_time_limit_months"]["clause"] == "Complaints Regulations 2009 reg 12"
    assert bundle["policy"]["clocks"]["complaint_to_council"]["clause"] == "CP 9.1.1"
    assert bundle["complaint"]["clocks"][0]["explanation"]["steps"]
    assert ("referral", referral.id) in asked
