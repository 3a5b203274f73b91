"""Refusing a referral, and recording the acts by which the referrer was told (CE 4.3)."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from services.referrals.errors import UnknownReason
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import refusing
from services.referrals.model.referral import Referral
from services.referrals.ports import Records, Rules
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import FieldError, NotFound, invalid
from shared.events.notifications import NotificationSent
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause

TOLD_OF_REFUSAL = frozenset({"referral-refused", "referral-refused-referrer"})
"""The messages of notifications that are a refusal's letter."""


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
    if told_verbally_on is not None:
        _check_past("told_verbally_on", told_verbally_on, at)
    decide = partial(
        refusing.refuse,
        reason=reason,
        told_verbally_on=told_verbally_on,
        by=cause.actor_id,
        at=at,
        acts=rules.refusal_acts(council_id, at),
        policy=rules.version(council_id, at),
    )
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def record_refusal_act(
    referral_id: str,
    *,
    act: str,
    told_on: date,
    how: str | None,
    referrals: Records[Referral],
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Records by hand that the referrer was told: verbally, or in writing where notifications could not (CE 4.3)."""
    _check_past("told_on", told_on, clock.now())
    by = cause.actor_id
    if act == "verbal":
        decide = partial(refusing.record_verbal_act, on=told_on, by=by)
    else:
        decide = partial(refusing.record_written_act, on=told_on, by=by, how=how or "by hand")
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def record_letter(event: NotificationSent, *, referrals: Records[Referral], at: datetime, cause: Cause) -> bool:
    """A message went out: one about a refusal, in writing to whoever referred, is its written act. Whether it was one.

    A message about a referral that is not here is about none of ours, and is passed over.
    """
    if event.about is None or event.template not in TOLD_OF_REFUSAL:
        return False
    decide = partial(refusing.letter_is_sent, party_id=event.party_id, channel=event.channel, at=at)
    try:
        referrals.change(event.about, decide, cause=cause)
    except NotFound:
        return False
    return True


def _check_past(field: str, day: date, now: datetime) -> None:
    if day > london_day(now):
        raise invalid(field, "past", "the referrer cannot have been told on a day that is still to come")
