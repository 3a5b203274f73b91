"""Offers to providers, their answers, and the person's choice."""

from __future__ import annotations

from datetime import date
from functools import partial

from services.referrals.errors import ReferralIncomplete
from services.referrals.handlers.seeing import change_seen, seen_referral
from services.referrals.model import best_interests, offers, provider_changes
from services.referrals.model.referral import Offer, Referral
from services.referrals.ports import BestInterestQuestions, Records, Register
from shared.clock import Clock
from shared.dates import london_day
from shared.ids import derived_id
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


def offer_referral(
    referral_id: str, *, lot: int | None, referrals: Records[Referral], register: Register, clock: Clock, cause: Cause
) -> Stored[Referral]:
    """Offers the referral to every provider of the lot that is taking referrals and not excluded (CP 6.1, 6.2)."""
    stored = seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    wanted = lot or stored.state.lot
    if wanted is None:
        raise ReferralIncomplete("the referral still lacks: lot")
    made = [
        Offer(offer_id=_offer_id(stored.state, provider.provider_id), provider_id=provider.provider_id)
        for provider in register.providers_of_lot(stored.council_id, wanted, on=london_day(clock.now()))
        if provider.provider_id not in provider_changes.just_ended(stored.state)
    ]
    decide = partial(offers.offer, offers=made, lot=wanted)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def answer_offer(
    offer_id: str,
    *,
    has_capacity: bool,
    can_start_on: date | None,
    referrals: Records[Referral],
    register: Register,
    cause: Cause,
) -> Stored[Referral]:
    """A provider answers its own offer (CP 6.1, 6.4). Another provider's offer is not found."""
    stored = register.referral_of_offer(offer_id, cause.caller)
    decide = partial(offers.answer_offer, offer_id=offer_id, has_capacity=has_capacity, can_start_on=can_start_on)
    return referrals.change(stored.id, decide, cause=cause)


def choose_provider(
    referral_id: str,
    *,
    provider_id: str,
    referrals: Records[Referral],
    decisions: BestInterestQuestions,
    cause: Cause,
) -> Stored[Referral]:
    """The person chooses among the providers that answered yes (CP 3.2.2), or it is decided in their best interests (CP 5.2).

    Raises `BestInterestsUndecided`, `NoSuchOffer`, `ReferralIncomplete`, `StepNotPossible`.
    """
    seen_referral(referral_id, referrals=referrals, caller=cause.caller)
    best_interests.refuse_undecided(decisions.best_interests_of(referral_id))
    decide = partial(offers.choose_provider, provider_id=provider_id)
    return change_seen(referral_id, decide, referrals=referrals, cause=cause)


def _offer_id(referral: Referral, provider_id: str) -> str:
    """An offer's id; one of a later round is another offer."""
    later = [str(referral.round)] if referral.round > 1 else []
    return derived_id("off", referral.referral_id, provider_id, *later)
