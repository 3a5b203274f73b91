"""A provider's services to one person end: the person asks, the council ends (CP 5.3)."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Literal

from services.referrals.handlers.payments import refuse_future
from services.referrals.handlers.seeing import change_seen
from services.referrals.model import provider_changes
from services.referrals.model.provider_changes import AtWishOf
from services.referrals.model.referral import ProviderWish, Referral
from services.referrals.ports import Records
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def ask_provider_change(
    referral_id: str,
    *,
    wish: Literal["change", "end"],
    reason: str,
    referrals: Records[Referral],
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """Writes down the person's wish; the council's social care is told (CP 5.3). Raises `StepNotPossible`."""
    given = ProviderWish(wish=wish, reason=reason, asked_by=cause.actor_id, asked_at=clock.now())
    return change_seen(referral_id, partial(provider_changes.ask_change, wish=given), referrals=referrals, cause=cause)


def end_provider(
    referral_id: str,
    *,
    ended_on: date,
    at_wish_of: AtWishOf,
    reason: str,
    referrals: Records[Referral],
    clock: Clock,
    cause: Cause,
) -> Stored[Referral]:
    """The council ends the provider's services to this person (CP 5.3). Raises `StepNotPossible`, `Invalid`."""
    at = clock.now()
    refuse_future("ended_on", ended_on, at)
    decide = partial(
        provider_changes.end_provider,
        ended_on=ended_on,
        at_wish_of=at_wish_of,
        reason=reason,
        by=cause.actor_id,
        at=at,
    )
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)
