"""The steps of a referral from its submission to its end, each a decision of the next state and what to tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.referrals.errors import ReferralExists, ReferralIncomplete
from services.referrals.model.clocks import all_stopped, response_stopped, started
from services.referrals.model.referral import Referral, moved
from shared.events.referrals import (
    ReferralAccepted,
    ReferralAllocated,
    ReferralClosed,
    ReferralCompleted,
    ReferralRefused,
    ReferralSubmitted,
    ReferralWaitlisted,
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
    return Decision(state=submitted, events=[told, *clocks])


def complete(referral: Referral, given: Referral) -> Decision[Referral]:
    """What was missing has come; gaps that remain stay named (CE 4.3). Raises `ReferralExists`."""
    if given.person_id != referral.person_id:
        raise ReferralExists(f"the reference {referral.reference} belongs to a referral of another person")
    if referral.status != "incomplete":
        raise ReferralExists(f"the referral {referral.reference} lacks nothing: it is {referral.status}")
    filled = _filled(referral, given)
    if filled.missing:
        return Decision(state=filled)
    told = ReferralCompleted(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=moved(filled, "complete"), events=[told])


def accept(referral: Referral, *, worker_id: str, at: datetime) -> Decision[Referral]:
    """A worker takes the referral on (CE 4.3). Raises `ReferralIncomplete`, `StepNotPossible`."""
    if referral.status == "incomplete":
        raise ReferralIncomplete(f"the referral still lacks: {', '.join(referral.missing)}")
    accepted, stopped = response_stopped(moved(referral, "accept"), at)
    told = ReferralAccepted(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        worker_id=worker_id,
    )
    return Decision(state=replace(accepted, worker_id=worker_id), events=[told, *stopped])


def refuse(referral: Referral, *, reason: str, told_verbally_on: date | None, at: datetime) -> Decision[Referral]:
    """Refuses with a reason, told verbally and then in writing (CE 4.3); no clock runs on. Raises `StepNotPossible`."""
    refused, stopped = all_stopped(moved(referral, "refuse"), at)
    told = ReferralRefused(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        reason=reason,
    )
    state = replace(refused, reason=reason, told_verbally_on=told_verbally_on)
    return Decision(state=state, events=[told, *stopped])


def place_on_waiting_list(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """Places the referral on the waiting list (CE 4.8). Raises `StepNotPossible`."""
    waiting, stopped = response_stopped(moved(referral, "place_on_waiting_list"), at)
    told = ReferralWaitlisted(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=replace(waiting, reason=reason), events=[told, *stopped])


def allocate(referral: Referral, *, worker_id: str) -> Decision[Referral]:
    """Names the designated worker (CE 4.3). Raises `StepNotPossible`."""
    told = ReferralAllocated(referral_id=referral.referral_id, person_id=referral.person_id, worker_id=worker_id)
    return Decision(state=replace(moved(referral, "allocate"), worker_id=worker_id), events=[told])


def close(referral: Referral, *, reason: str, at: datetime) -> Decision[Referral]:
    """Closes the case; no clock runs on (CE 4.4). Raises `StepNotPossible`."""
    closed, stopped = all_stopped(moved(referral, "close"), at)
    told = ReferralClosed(referral_id=referral.referral_id, person_id=referral.person_id)
    return Decision(state=replace(closed, reason=reason), events=[told, *stopped])


def _filled(referral: Referral, given: Referral) -> Referral:
    """The stored referral with the later submission's values where it has any."""
    names = ("component", "client_group", "deployment", "care_and_support_plan", "weekly_budget_pence", "lot")
    values = {name: getattr(given, name) for name in names if getattr(given, name) is not None}
    referrer_id = given.referrer_id or referral.referrer_id
    return replace(referral, **values, missing=given.missing, referrer_id=referrer_id)
