"""Answering a referral: accept, refuse, place on the waiting list, allocate, close."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.errors import UnknownReason
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import steps
from services.referrals.model.referral import Referral
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import FieldError, invalid
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def accept_referral(
    referral_id: str, *, worker_id: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """A worker takes the referral on; the response clock stops (CE 4.3)."""
    decide = partial(steps.accept, worker_id=worker_id, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def refuse_referral(
    referral_id: str,
    *,
    reason: str,
    told_verbally_on: date | None,
    referrals: Records[Referral],
    rules: Rules,
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Refuses with a reason of the council's policy; where it asks for a verbal act, its day is needed (CE 4.3)."""
    at = clock.now()
    council_id = seen_referral(referral_id, referrals=referrals, caller=cause.caller).council_id
    known = rules.refusal_reasons(council_id, at)
    if reason not in known:
        message = f"the reason is not in the council's policy; known: {', '.join(known)}"
        raise UnknownReason(message, errors=[FieldError(field="reason", rule="policy", message=message)])
    if "verbal" in rules.refusal_acts(council_id, at) and told_verbally_on is None:
        raise invalid("told_verbally_on", "required", "say on which day the referrer was told verbally (CE 4.3)")
    if told_verbally_on is not None and told_verbally_on > london_day(at):
        raise invalid("told_verbally_on", "past", "the referrer cannot have been told on a day that is still to come")
    decide = partial(steps.refuse, reason=reason, told_verbally_on=told_verbally_on, at=at)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def place_on_waiting_list(
    referral_id: str, *, reason: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """Places the referral on the waiting list (CE 4.8)."""
    decide = partial(steps.place_on_waiting_list, reason=reason, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def allocate_referral(
    referral_id: str, *, worker_id: str, referrals: Records[Referral], cause: Cause
) -> Stored[Referral]:
    """Names the designated worker (CE 4.3)."""
    return change_seen(referral_id, partial(steps.allocate, worker_id=worker_id), referrals=referrals, cause=cause)


def close_referral(
    referral_id: str, *, reason: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """Closes the case; clocks still running stop (CE 4.4)."""
    decide = partial(steps.close, reason=reason, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)
