"""Answering a referral: see, accept, allocate, withdraw, close."""

from __future__ import annotations

from functools import partial

from services.referrals.handlers.seeing import change_seen
from services.referrals.model import steps
from services.referrals.model.referral import Referral
from services.referrals.ports import Records
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def accept_referral(
    referral_id: str, *, worker_id: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """A worker takes the referral on; the response clock stops (CE 4.3)."""
    decide = partial(steps.accept, worker_id=worker_id, by=cause.actor_id, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def see_referral(referral_id: str, *, referrals: Records[Referral], clock: Clock, cause: Cause) -> Stored[Referral]:
    """Somebody has opened the referral (CE 4.3: the referrer is kept informed)."""
    decide = partial(steps.see, by=cause.actor_id, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def allocate_referral(
    referral_id: str, *, worker_id: str, referrals: Records[Referral], cause: Cause
) -> Stored[Referral]:
    """Names the designated worker (CE 4.3)."""
    return change_seen(referral_id, partial(steps.allocate, worker_id=worker_id), referrals=referrals, cause=cause)


def withdraw_referral(
    referral_id: str, *, reason: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """Takes the referral back for the person or the referrer; clocks still running stop."""
    decide = partial(steps.withdraw, reason=reason, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def close_referral(
    referral_id: str, *, reason: str, referrals: Records[Referral], clock: Clock, cause: Cause
) -> Stored[Referral]:
    """Closes the case; clocks still running stop (CE 4.4)."""
    decide = partial(steps.close, reason=reason, at=clock.now())
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)
