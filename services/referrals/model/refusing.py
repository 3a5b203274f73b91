"""Refusing a referral: with a reason, told verbally and in writing, and closed only when both are recorded (CE 4.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from services.referrals.errors import NotRefused, RefusalNotTold
from services.referrals.model.clocks import all_stopped
from services.referrals.model.referral import Referral, Refusal, because, moved, seen_by
from shared.dates import london_day
from shared.events.referrals import ReferralRefused, RefusalToldInWriting, RefusalToldVerbally
from shared.messaging.aggregates import Decision

WRITTEN_CHANNELS = ("email", "letter")
"""Channels whose messages are writing; a text message says only that there is news."""


def refuse(
    referral: Referral,
    *,
    reason: str,
    told_verbally_on: date | None,
    by: str,
    at: datetime,
    acts: tuple[str, ...] = ("verbal", "written"),
    policy: str = "",
) -> Decision[Referral]:
    """Refuses with a reason; what is told asks notifications for the letter (CE 4.3). Raises `StepNotPossible`."""
    refused, stopped = all_stopped(seen_by(moved(referral, "refuse"), by=by, at=at), at)
    told = ReferralRefused(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        referrer_id=referral.referrer_id,
        reason=reason,
    )
    refusal = Refusal(
        reason=reason,
        refused_by=by,
        refused_at=at,
        acts=acts,
        told_verbally_on=told_verbally_on,
        told_verbally_by=by if told_verbally_on else None,
        policy=policy,
    )
    state = replace(refused, reason=reason, told_verbally_on=told_verbally_on, refusal=refusal)
    state = because(state, told, reason)
    return Decision(state=state, events=[told, *stopped])


def record_verbal_act(referral: Referral, *, on: date, by: str) -> Decision[Referral]:
    """The referrer has been told verbally; the first record is kept. Raises `NotRefused`."""
    refusal = _refusal_of(referral)
    if refusal.told_verbally_on is not None:
        return Decision(state=referral)
    now = replace(refusal, told_verbally_on=on, told_verbally_by=by)
    told = RefusalToldVerbally(referral_id=referral.referral_id, told_on=on)
    return Decision(state=replace(referral, refusal=now, told_verbally_on=on), events=[told])


def record_written_act(referral: Referral, *, on: date, by: str, how: str) -> Decision[Referral]:
    """The refusal has gone out in writing; the first record is kept. Raises `NotRefused`."""
    refusal = _refusal_of(referral)
    if refusal.written_on is not None:
        return Decision(state=referral)
    now = replace(refusal, written_on=on, written_by=by, written_how=how)
    told = RefusalToldInWriting(referral_id=referral.referral_id, told_on=on)
    return Decision(state=replace(referral, refusal=now), events=[told])


def letter_is_sent(referral: Referral, *, party_id: str, channel: str, at: datetime) -> Decision[Referral]:
    """Notifications says that a message about the refusal went: in writing to whoever referred, it is the written act.

    A person who referred themselves is their own referrer.
    """
    to_whom_it_is_owed = referral.referrer_id or referral.person_id
    if referral.refusal is None or party_id != to_whom_it_is_owed or channel not in WRITTEN_CHANNELS:
        return Decision(state=referral)
    return record_written_act(referral, on=london_day(at), by="notifications", how=channel)


def check_refusal_is_told(referral: Referral) -> None:
    """A refused referral is closed when every act is recorded (CE 4.3). Raises `RefusalNotTold`, naming what lacks."""
    lacking = referral.refusal.lacking() if referral.refusal is not None else []
    if lacking:
        raise RefusalNotTold(f"the refusal cannot be closed before it is recorded as told: {', '.join(lacking)}")


def _refusal_of(referral: Referral) -> Refusal:
    if referral.refusal is None:
        raise NotRefused(f"the referral is {referral.status} and was not refused")
    return referral.refusal
