"""Offers to providers: sealed, to every provider of a lot at once, and the person's choice among those that said yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from services.referrals.errors import NoProviders, NoSuchOffer, ReferralIncomplete
from services.referrals.model.referral import Offer, Referral, moved
from shared.events.referrals import OfferAnswered, OfferSent, ProviderChosen
from shared.messaging.aggregates import Decision


def offer(referral: Referral, *, offers: Sequence[Offer], lot: int) -> Decision[Referral]:
    """Offers the referral to every provider of the lot at once (CP 6.1). Raises `NoProviders`, `StepNotPossible`."""
    offered = moved(referral, "offer")
    if not offers:
        raise NoProviders(f"no provider of lot {lot} is taking referrals")
    new = [o for o in offers if o.provider_id not in {old.provider_id for old in referral.offers}]
    told = OfferSent(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        lot=lot,
        provider_ids=tuple(o.provider_id for o in new),
    )
    return Decision(state=replace(offered, offers=(*referral.offers, *new), lot=lot), events=[told] if new else [])


def answer_offer(
    referral: Referral, *, offer_id: str, has_capacity: bool, can_start_on: date | None
) -> Decision[Referral]:
    """Records a provider's answer: yes with capacity and start, or no (CP 6.1, 6.4). Raises `NoSuchOffer`."""
    asked = next((o for o in referral.offers if o.offer_id == offer_id), None)
    if asked is None or asked.has_capacity is not None or referral.status != "offered":
        raise NoSuchOffer(f"offer {offer_id} is not open to an answer")
    answered = replace(asked, has_capacity=has_capacity, can_start_on=can_start_on)
    told = OfferAnswered(
        referral_id=referral.referral_id,
        offer_id=offer_id,
        provider_id=asked.provider_id,
        has_capacity=has_capacity,
        can_start_on=can_start_on,
    )
    offers = tuple(answered if o.offer_id == offer_id else o for o in referral.offers)
    return Decision(state=replace(referral, offers=offers), events=[told])


def choose_provider(referral: Referral, *, provider_id: str) -> Decision[Referral]:
    """The person chooses among the providers that answered yes (CP 3.2.2, 6.1). Raises `NoSuchOffer`."""
    chosen = moved(referral, "choose_provider")
    willing = {o.provider_id for o in referral.offers if o.has_capacity}
    if provider_id not in willing:
        raise NoSuchOffer(f"provider {provider_id} has not answered yes to this referral")
    if referral.weekly_budget_pence is None or referral.lot is None:
        raise ReferralIncomplete("the referral still lacks: weekly_budget_pence or lot")
    told = ProviderChosen(
        referral_id=referral.referral_id,
        person_id=referral.person_id,
        provider_id=provider_id,
        lot=referral.lot,
        weekly_budget_pence=referral.weekly_budget_pence,
        round=referral.round,
    )
    return Decision(state=replace(chosen, provider_id=provider_id), events=[told])
