"""Offers to providers, their answers, and the choice among them."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import offers as shapes
from gateway.schemas.common import page_of
from gateway.schemas.referrals import Referral
from gateway.services import REFERRALS

Fields = dict[str, Any]

offers = ApiBlueprint("offers", __name__, description="Offers to providers, their answers, and the choice among them.")


@offers.operation(
    "POST", "/referrals/<id:referral_id>/offers", "referrals.offer", body=shapes.OfferRound, answer=Referral
)
def offer_referral(body: Fields, referral_id: str) -> Fields:
    """Offer a referral to every provider of a lot (CP 6.1).

    A provider under quality or complaint monitoring may be left out (CP 6.2).
    """
    return change(REFERRALS, "offer_referral", {**body, "id": referral_id})


@offers.operation("GET", "/offers", "offers.list", query=shapes.OfferFilter, answer=page_of(shapes.OfferLine))
def list_offers(query: Fields) -> Fields:
    """List offers to providers.

    A provider sees the offers made to it.
    """
    return ask(REFERRALS, "list_offers", query)


@offers.operation(
    "POST", "/offers/<id:offer_id>/answer", "offers.answer", body=shapes.OfferAnswer, answer=shapes.OfferLine
)
def answer_offer(body: Fields, offer_id: str) -> Fields:
    """Answer an offer: yes with capacity and a start, or no (CP 6.1, 6.4)."""
    return change(REFERRALS, "answer_offer", {**body, "id": offer_id})


@offers.operation(
    "POST",
    "/referrals/<id:referral_id>/choose-provider",
    "referrals.choose_provider",
    body=shapes.Choice,
    answer=Referral,
)
def choose_provider(body: Fields, referral_id: str) -> Fields:
    """Record which provider the person chose among those with capacity (CP 3.2.2)."""
    return change(REFERRALS, "choose_provider", {**body, "id": referral_id})


@offers.operation(
    "POST",
    "/referrals/<id:referral_id>/provider/change",
    "referrals.ask_provider_change",
    body=shapes.ProviderChangeAsk,
    answer=Referral,
)
def ask_provider_change(body: Fields, referral_id: str) -> Fields:
    """Ask the social worker for another provider, or for none (CP 5.3).

    Social care is told; nothing ends by asking.
    """
    return change(REFERRALS, "ask_provider_change", {**body, "id": referral_id})


@offers.operation(
    "POST",
    "/referrals/<id:referral_id>/provider/end",
    "referrals.end_provider",
    body=shapes.ProviderEnd,
    answer=Referral,
)
def end_provider(body: Fields, referral_id: str) -> Fields:
    """End the provider's services to this person (CP 5.3).

    Its reviews end, and its fund says that it is to be settled. Another round of offers may follow; the provider that was ended is
    not asked in it.
    """
    return change(REFERRALS, "end_provider", {**body, "id": referral_id})
