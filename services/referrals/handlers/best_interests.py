"""Decisions in somebody's best interests: begun, an advocate named, decided (CP 5.2, 6.16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from services.referrals.handlers.cases import CaseDesk, about, begun, change_case, not_later_than_today
from services.referrals.model import best_interests as model
from services.referrals.model.best_interests import Advocate, BestInterests, DecisionMaker, Outcome, Outcomes
from shared.errors import invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause

MAKERS = "best_interest_decision_makers"


@dataclass(frozen=True, kw_only=True)
class NewBestInterests:
    """A decision that is to be made for the person of a referral."""

    referral_id: str
    matter: str
    has_family: bool
    decision_maker: str
    decision_maker_name: str
    assessment: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewAdvocate:
    """Who stands beside the person."""

    id: str
    advocate_id: str
    name: str
    organisation: str = ""


@dataclass(frozen=True, kw_only=True)
class NewOutcome:
    """What came of it."""

    id: str
    outcome: Outcome
    decided_on: date
    reasons: str
    consulted: str
    doubts: str = ""


def begin_best_interests(given: NewBestInterests, *, desk: CaseDesk, cause: Cause) -> Stored[BestInterests]:
    """A decision is to be made, by one of those whom the council's policy knows (CP 5.2, 6.16).

    Raises `NotFound`, `Invalid`, and `PolicyIncomplete` where the council's contract knows of no such decision.
    """
    known = about(council_id=None, person_id=None, referral_id=given.referral_id, desk=desk, cause=cause)
    now = desk.clock.now()
    desk.rules.check_code(known.council_id, MAKERS, given.decision_maker, now, field="decision_maker")
    _refuse_empty(matter=given.matter, decision_maker_name=given.decision_maker_name)
    assessment = given.assessment or desk.referrals.get(given.referral_id).state.mental_capacity_assessment
    if not assessment:
        raise invalid("assessment", "required", "give the reference of the assessment that found no capacity")
    common = begun(known, cause.new_id("bid"), desk=desk, cause=cause) | {"shown_to_id": None, "provider_id": None}
    record = BestInterests(
        **common,
        matter=given.matter,
        assessment=assessment,
        has_family=given.has_family,
        decision_maker=DecisionMaker(role=given.decision_maker, name=given.decision_maker_name, since=now),
    )
    return desk.best_interests.create(record.record_id, model.begin(record), council_id=known.council_id, cause=cause)


def name_advocate(given: NewAdvocate, *, desk: CaseDesk, cause: Cause) -> Stored[BestInterests]:
    """An advocate stands beside the person (CP 5.2). Raises `Invalid`."""
    _refuse_empty(advocate_id=given.advocate_id, name=given.name)
    advocate = Advocate(
        advocate_id=given.advocate_id,
        name=given.name,
        organisation=given.organisation,
        named_by=cause.actor_id,
        named_at=desk.clock.now(),
    )
    decide = partial(model.name_advocate, advocate=advocate)
    return change_case(given.id, decide, records=desk.best_interests, cause=cause)


def decide_best_interests(given: NewOutcome, *, desk: CaseDesk, cause: Cause) -> Stored[BestInterests]:
    """What is in the person's best interests (CP 5.2, 6.16). Raises `AdvocateNeeded`, `StepNotPossible`, `Invalid`."""
    not_later_than_today("decided_on", given.decided_on, desk=desk)
    _refuse_empty(reasons=given.reasons, consulted=given.consulted)
    decided = Outcomes(
        outcome=given.outcome,
        decided_on=given.decided_on,
        reasons=given.reasons,
        consulted=given.consulted,
        doubts=given.doubts,
        recorded_by=cause.actor_id,
        recorded_at=desk.clock.now(),
    )
    return change_case(given.id, partial(model.decide, decided=decided), records=desk.best_interests, cause=cause)


def _refuse_empty(**given: str) -> None:
    for field, text in given.items():
        if not text.strip():
            raise invalid(field, "required", "this is needed")
