"""The steps of a referral from its submission to its end, each a decision of the next state and what to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.referrals.errors import ReferralExists, ReferralIncomplete
from services.referrals.model.clocks import all_stopped, response_stopped, started
from services.referrals.model.eligibility import known_of_both
from services.referrals.model.life import Step
from services.referrals.model.referral import Referral, because, moved, seen_by
from services.referrals.model.refusing import check_refusal_is_told
from shared.events.referrals import (
    ReferralAccepted,
    ReferralAllocated,
    ReferralClosed,
    ReferralCompleted,
    ReferralSeen,
    ReferralSubmitted,
    ReferralWithdrawn,
    TargetPassed,
)
from shared.messaging.aggregates import Decision


def submit(referral: Referral) -> Decision[Referral]:
    """A new referral, complete or with its gaps named."""
    told = ReferralSubmitted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        source=referral.source,
        missing=referral.missing,
    )
    submitted, clocks = started(replace(referral, clocks=()), referral.clocks)
    passed = referral.over_target
    warned = (
        [TargetPassed(referral_id=referral.referral_id, number=passed.number, target=passed.target)] if passed else []
    )
    return Decision(state=submitted, events=[told, *clocks, *warned])


def see(referral: Referral, *, by: str, at: datetime) -> Decision[Referral]:
    """Somebody has opened the referral; who was first is kept. Raises `StepNotPossible` once it is answered."""
    seen = moved(referral, "see")
    if seen.seen_at is not None:
        return Decision(state=seen)
    told = ReferralSeen(
        referral_id=referral.referral_id, person_id=referral.person_id, referrer_id=referral.referrer_id
    )
    return Decision(state=replace(seen, seen_at=at, seen_by=by), events=[told])


def complete(referral: Referral, given: Referral) -> Decision[Referral]:
    """What was missing has come; gaps that remain stay named (CE 4.3). Raises `ReferralExists`."""
    if given.person_id != referral.person_id:
        raise ReferralExists(f"the reference {referral.reference} belongs to a referral of another person")
    if referral.status != "incomplete":
        raise ReferralExists(f"the referral {referral.reference} lacks nothing: it is {referral.status}")
    filled = filled_from(referral, given)
    if filled.missing:
        return Decision(state=filled)
    told = ReferralCompleted(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=moved(filled, "complete"), events=[told])


def accept(referral: Referral, *, worker_id: str, by: str, at: datetime) -> Decision[Referral]:
    """A worker takes the referral on (CE 4.3). Raises `ReferralIncomplete`, `StepNotPossible`."""
    if referral.status == "incomplete":
        raise ReferralIncomplete(f"the referral still lacks: {', '.join(referral.missing)}")
    accepted, stopped = response_stopped(_answered(referral, "accept", by=by, at=at), at)
    told = ReferralAccepted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        worker_id=worker_id,
    )
    return Decision(state=replace(accepted, worker_id=worker_id, accepted_at=at), events=[told, *stopped])


def allocate(referral: Referral, *, worker_id: str) -> Decision[Referral]:
    """Names the designated worker; the referrer is told (CE 4.3). Raises `StepNotPossible`."""
    told = ReferralAllocated(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        worker_id=worker_id,
    )
    return Decision(state=replace(moved(referral, "allocate"), worker_id=worker_id), events=[told])


def withdraw(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """The person or the referrer takes the referral back; no clock runs on. Raises `StepNotPossible`."""
    withdrawn, stopped = all_stopped(moved(referral, "withdraw"), at)
    told = ReferralWithdrawn(
        referral_id=referral.referral_id, person_id=referral.person_id, referrer_id=referral.referrer_id
    )
    return Decision(state=because(replace(withdrawn, reason=reason), told, reason), events=[told, *stopped])


def close(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """Closes the case; no clock runs on (CE 4.4). Raises `RefusalNotTold`, `StepNotPossible`."""
    reached = moved(referral, "close")
    check_refusal_is_told(referral)
    closed, stopped = all_stopped(reached, at)
    told = ReferralClosed(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=because(replace(closed, reason=reason), told, reason), events=[told, *stopped])


def _answered(referral: Referral, step: Step, *, by: str, at: datetime) -> Referral:
    """Whoever answers a referral has seen it."""
    return seen_by(moved(referral, step), by=by, at=at)


FILLED = (
    "component",
    "client_group",
    "deployment",
    "care_and_support_plan",
    "weekly_budget_pence",
    "lot",
    "self_funder",
    "self_funder_because",
    "client_groups",
    "primary_support_reason",
    "contact_type",
    "priority_groups",
    "from_childrens_direct_payment",
    "care_act_assessment",
    "mental_capacity_assessment",
    "sender_updated_at",
)
"""What a later submission may fill."""


def filled_from(referral: Referral, given: Referral) -> Referral:
    """The stored referral with the later submission's values where it has any."""
    values = {name: getattr(given, name) for name in FILLED if getattr(given, name) not in (None, ())}
    referrer_id = given.referrer_id or referral.referrer_id
    in_contract = given.in_contract if given.component is not None else referral.in_contract
    return replace(
        referral,
        **values,
        missing=given.missing,
        referrer_id=referrer_id,
        in_contract=in_contract,
        eligibility=known_of_both(referral.eligibility, given.eligibility),
        facts=referral.facts | given.facts,
    )
