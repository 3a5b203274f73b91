"""Recording complaints and their kin, passing them on, answering them, and what the Ombudsman makes of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from services.referrals.errors import ComplaintTooLate, StepNotPossible
from services.referrals.handlers.cases import (
    About,
    CaseDesk,
    about,
    act,
    begun,
    change_case,
    not_later_than_today,
    past_or_now,
    seen_case,
)
from services.referrals.model import complaints as model
from services.referrals.model.complaints import Answer, Complaint, Reporter, Review, Subject
from services.referrals.model.ombudsman import OmbudsmanCase, Recommendation, carried_out, recommended
from shared.dates import add_months, london_day
from shared.errors import FieldError, invalid
from shared.events.complaints import (
    ComplaintKind,
    NextAction,
    OmbudsmanCaseOpened,
    RecommendationDone,
    RecommendationRecorded,
)
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock


@dataclass(frozen=True, kw_only=True)
class NewComplaint:
    """What is recorded of a complaint, concern, compliment or negative feedback."""

    kind: ComplaintKind
    text: str
    reporter: Reporter
    reporter_id: str | None = None
    in_writing: bool = False
    council_id: str | None = None
    person_id: str | None = None
    referral_id: str | None = None
    subject: Subject = "service"
    partner_id: str | None = None
    received_at: datetime | None = None
    happened_on: date | None = None
    learned_on: date | None = None
    late_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A step, with a note for those who read the record."""

    id: str
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NewAnswer:
    """An answer; `written_on` for one that was written by hand."""

    id: str
    text: str
    next_action: NextAction | None = None
    written_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class NewReview:
    """A monitoring meeting that discussed it."""

    id: str
    held_on: date
    outcome: str = ""


@dataclass(frozen=True, kw_only=True)
class NewOmbudsmanCase:
    """The Ombudsman's case, by their reference."""

    id: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class NewRecommendation:
    """What the Ombudsman recommends."""

    id: str
    text: str
    due_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class RecommendationCarriedOut:
    """How and when a recommendation was carried out."""

    id: str
    recommendation_id: str
    done_on: date
    how: str


def record_complaint(given: NewComplaint, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Records it; its duties run from the receipt (CP 9.1.1, Complaints Regulations 2009 reg 13).

    Raises `NotFound`, `Invalid`, and `ComplaintTooLate` for a complaint past the law's limit without a reason to take it.
    """
    received_at = past_or_now(given.received_at, "received_at", desk=desk)
    known = about(
        council_id=given.council_id, person_id=given.person_id, referral_id=given.referral_id, desk=desk, cause=cause
    )
    _check(given, desk=desk)
    _check_limit(given, known.council_id, received_at, desk)
    record_id, own = cause.new_id("cmp"), known.person_id if given.reporter == "person" else None
    complaint = Complaint(
        **begun(known, record_id, desk=desk, cause=cause) | {"shown_to_id": own},
        kind=given.kind,
        text=given.text,
        in_writing=given.in_writing,
        reporter=given.reporter,
        reporter_id=own or given.reporter_id,
        subject=given.subject,
        partner_id=given.partner_id,
        received_at=received_at,
        happened_on=given.happened_on,
        learned_on=given.learned_on,
        late_reason=given.late_reason,
        review_due_on=_first_review(given, known.council_id, received_at, desk),
    )
    decision = model.record(complaint, _clocks(complaint, known, desk))
    return desk.complaints.create(record_id, decision, council_id=known.council_id, cause=cause)


def forward_complaint(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Passes it on to the council (CP 9.1.1)."""
    decide = partial(model.forward, act=act("forward", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def acknowledge_complaint(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Acknowledges it (Complaints Regulations 2009 reg 13)."""
    decide = partial(model.acknowledge, act=act("acknowledge", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def respond_to_complaint(given: NewAnswer, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Answers it. Negative written feedback: in writing, with what follows, and a copy to the council (CE 7.1(f))."""
    if not given.text.strip():
        raise invalid("text", "required", "say what the answer is")
    not_later_than_today("written_on", given.written_on, desk=desk)
    stored = seen_case(given.id, records=desk.complaints, caller=cause.caller)
    answer = _answer(given, stored, desk)
    decide = partial(model.respond, act=act("respond", desk=desk, cause=cause), answer=answer)
    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def close_complaint(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Closes it, once nothing is owed."""
    decide = partial(model.close, act=act("close", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def review_complaint(given: NewReview, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Records that a monitoring meeting discussed it (CP 9.1.2, CE 8.2)."""
    not_later_than_today("held_on", given.held_on, desk=desk)
    stored = seen_case(given.id, records=desk.complaints, caller=cause.caller)
    months = desk.rules.number(stored.council_id, "partner_complaints_review_months", desk.clock.now())
    held = Review(held_on=given.held_on, by=cause.actor_id, outcome=given.outcome)
    return change_case(given.id, partial(model.review, held=held, months=months), records=desk.complaints, cause=cause)


def escalate_complaint(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """Takes a dispute about a partner to the commissioners (CE 8.2)."""
    if not given.note.strip():
        raise invalid("note", "required", "say what is in dispute")
    decide = partial(model.escalate, act=act("escalate", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def open_ombudsman_case(given: NewOmbudsmanCase, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """The Ombudsman looks into it (CE 7.4)."""
    case = OmbudsmanCase(reference=given.reference, opened_at=desk.clock.now(), opened_by=cause.actor_id)

    def decide(complaint: Complaint) -> Decision[Complaint]:
        if complaint.ombudsman is not None:
            raise StepNotPossible("the Ombudsman has a case about it already")
        told = OmbudsmanCaseOpened(complaint_id=complaint.record_id)
        return Decision(state=replace(complaint, ombudsman=case), events=[told])

    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def record_recommendation(given: NewRecommendation, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """What the Ombudsman recommends, to be carried out (CE 7.4)."""
    if not given.text.strip():
        raise invalid("text", "required", "say what is recommended")
    recommendation = Recommendation(recommendation_id=cause.new_id("rec"), text=given.text, due_on=given.due_on)

    def decide(complaint: Complaint) -> Decision[Complaint]:
        case = recommended(complaint.ombudsman, recommendation)
        told = RecommendationRecorded(
            complaint_id=complaint.record_id,
            recommendation_id=recommendation.recommendation_id,
            due_on=recommendation.due_on,
        )
        return Decision(state=replace(complaint, ombudsman=case), events=[told])

    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def carry_out_recommendation(given: RecommendationCarriedOut, *, desk: CaseDesk, cause: Cause) -> Stored[Complaint]:
    """A recommendation was carried out (CE 7.4)."""
    not_later_than_today("done_on", given.done_on, desk=desk)

    def decide(complaint: Complaint) -> Decision[Complaint]:
        case = carried_out(
            complaint.ombudsman, given.recommendation_id, on=given.done_on, by=cause.actor_id, how=given.how
        )
        told = RecommendationDone(
            complaint_id=complaint.record_id, recommendation_id=given.recommendation_id, done_on=given.done_on
        )
        return Decision(state=replace(complaint, ombudsman=case), events=[told])

    return change_case(given.id, decide, records=desk.complaints, cause=cause)


def _check(given: NewComplaint, *, desk: CaseDesk) -> None:
    if not given.text.strip():
        raise invalid("text", "required", "say what was said")
    if given.kind == "negative-feedback" and not given.in_writing:
        raise invalid("in_writing", "written", "negative feedback by word of mouth is a concern or a complaint")
    if given.subject == "partner" and given.partner_id is None:
        raise invalid("partner_id", "required", "name the partner or sub-contractor that it is about (CE 8.2)")
    if given.kind == "complaint" and given.happened_on is None and given.learned_on is None:
        raise invalid("happened_on", "required", "say when it happened, or when it was learned of (2009 Regulations)")
    for field in ("happened_on", "learned_on"):
        not_later_than_today(field, getattr(given, field), desk=desk)


def _check_limit(given: NewComplaint, council_id: str, received_at: datetime, desk: CaseDesk) -> None:
    known_on = max((day for day in (given.happened_on, given.learned_on) if day is not None), default=None)
    months = desk.rules.number(council_id, "complaint_time_limit_months", received_at)
    if given.kind != "complaint" or known_on is None or months is None or (given.late_reason or "").strip():
        return
    if model.is_too_late(received_on=london_day(received_at), known_on=known_on, months=months):
        message = (
            f"it came more than {months} months after the matter; say why it is taken anyway (2009 Regulations reg 12)"
        )
        raise ComplaintTooLate(message, errors=[FieldError(field="late_reason", rule="required", message=message)])


def _clocks(complaint: Complaint, known: About, desk: CaseDesk) -> tuple[RunningClock, ...]:
    """A self-funder's complaint has no clock of the council's; nor has the council's one what others than the clause's report."""
    if complaint.outside_contract:
        return ()
    reporters = desk.rules.codes_if_set(known.council_id, "complaint_reporters", complaint.received_at)
    is_reporter = reporters is None or complaint.reporter in reporters
    names = [name for name in model.CLOCKS[complaint.kind] if name != model.TO_COUNCIL or is_reporter]
    return desk.rules.clocks(known.council_id, names, record_id=complaint.record_id, started_at=complaint.received_at)


def _first_review(given: NewComplaint, council_id: str, received_at: datetime, desk: CaseDesk) -> date | None:
    months = desk.rules.number(council_id, "partner_complaints_review_months", received_at)
    if given.subject != "partner" or months is None:
        return None
    return add_months(london_day(received_at), months)


def _answer(given: NewAnswer, stored: Stored[Complaint], desk: CaseDesk) -> Answer:
    complaint, now = stored.state, desk.clock.now()
    formal = complaint.kind == "negative-feedback" and desk.rules.asks_for(
        stored.council_id, "negative_feedback_answered_in_writing", now
    )
    if formal and given.next_action is None:
        raise invalid("next_action", "required", "the written answer says what follows (CE 7.1(f))")
    if formal and complaint.reporter_id is None and given.written_on is None:
        raise invalid("written_on", "required", "nobody is known to write to: say on which day it was written by hand")
    copied = (
        complaint.kind == "negative-feedback"
        and not complaint.outside_contract
        and desk.rules.asks_for(stored.council_id, "negative_feedback_copied_to_council", now)
    )
    return Answer(text=given.text, next_action=given.next_action, written_on=given.written_on, copied_to_council=copied)
