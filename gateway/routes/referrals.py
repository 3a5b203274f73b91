"""Referrals, offers to providers, clocks and communication needs."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, caller, change
from gateway.schemas import referrals as shapes
from gateway.schemas.common import HistoryLine, page_of
from gateway.services import REFERRALS

Fields = dict[str, Any]

referrals = ApiBlueprint(
    "referrals", __name__, description="Referrals from intake to closure, their offers and clocks."
)


@referrals.operation(
    "POST", "/referrals", "referrals.submit", body=shapes.NewReferral, answer=shapes.Referral, status=201
)
def submit_referral(body: Fields) -> Fields:
    """Submit a referral.

    An incomplete referral is taken in too: `missing` names each field that the council's policy asks for and that was
    not given (CE 4.3). The response clock starts when it is received.
    """
    return ask(REFERRALS, "submit_referral", body)


@referrals.operation(
    "GET", "/referrals", "referrals.list", query=shapes.ReferralFilter, answer=page_of(shapes.Referral)
)
def list_referrals(query: Fields) -> Fields:
    """List referrals.

    Newest first, narrowed by status, component, or whether a clock is overdue.
    """
    return ask(REFERRALS, "list_referrals", query)


@referrals.operation("GET", "/referrals/<id:referral_id>", "referrals.read", answer=shapes.Referral)
def get_referral(referral_id: str) -> Fields:
    """Read a referral."""
    return ask(REFERRALS, "get_referral", {"id": referral_id})


@referrals.operation("GET", "/referrals/<id:referral_id>/history", "referrals.history", answer=page_of(HistoryLine))
def referral_history(referral_id: str) -> Fields:
    """Read what happened to a referral, in order, and who did it."""
    return ask(REFERRALS, "referral_history", {"id": referral_id})


@referrals.operation(
    "POST", "/referrals/<id:referral_id>/accept", "referrals.accept", body=shapes.Acceptance, answer=shapes.Referral
)
def accept_referral(body: Fields, referral_id: str) -> Fields:
    """Accept a referral.

    Stops the response clock (CE 4.3).
    """
    return change(REFERRALS, "accept_referral", {"worker_id": caller().actor_id, **body, "id": referral_id})


@referrals.operation(
    "POST", "/referrals/<id:referral_id>/refuse", "referrals.refuse", body=shapes.Refused, answer=shapes.Referral
)
def refuse_referral(body: Fields, referral_id: str) -> Fields:
    """Refuse a referral, with its reason.

    The referrer is told by word of mouth and in writing, and both are recorded (CE 4.3).
    """
    return change(REFERRALS, "refuse_referral", {**body, "id": referral_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/place-on-waiting-list",
    "referrals.place_on_waiting_list",
    body=shapes.Waiting,
    answer=shapes.Referral,
)
def place_on_waiting_list(body: Fields, referral_id: str) -> Fields:
    """Place a referral on the waiting list, with its reason (CE 4.8)."""
    return change(REFERRALS, "place_on_waiting_list", {**body, "id": referral_id})


@referrals.operation(
    "POST", "/referrals/<id:referral_id>/allocate", "referrals.allocate", body=shapes.Allocation, answer=shapes.Referral
)
def allocate_referral(body: Fields, referral_id: str) -> Fields:
    """Give a referral its designated worker (CE 4.3)."""
    return change(REFERRALS, "allocate_referral", {**body, "id": referral_id})


@referrals.operation(
    "POST", "/referrals/<id:referral_id>/offers", "referrals.offer", body=shapes.OfferRound, answer=shapes.Referral
)
def offer_referral(body: Fields, referral_id: str) -> Fields:
    """Offer a referral to every provider of a lot (CP 6.1).

    A provider under quality or complaint monitoring may be left out (CP 6.2).
    """
    return change(REFERRALS, "offer_referral", {**body, "id": referral_id})


@referrals.operation("GET", "/offers", "offers.list", query=shapes.OfferFilter, answer=page_of(shapes.OfferLine))
def list_offers(query: Fields) -> Fields:
    """List offers to providers.

    A provider sees the offers made to it.
    """
    return ask(REFERRALS, "list_offers", query)


@referrals.operation(
    "POST", "/offers/<id:offer_id>/answer", "offers.answer", body=shapes.OfferAnswer, answer=shapes.OfferLine
)
def answer_offer(body: Fields, offer_id: str) -> Fields:
    """Answer an offer: yes with capacity and a start, or no (CP 6.1, 6.4)."""
    return change(REFERRALS, "answer_offer", {**body, "id": offer_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/choose-provider",
    "referrals.choose_provider",
    body=shapes.Choice,
    answer=shapes.Referral,
)
def choose_provider(body: Fields, referral_id: str) -> Fields:
    """Record which provider the person chose among those with capacity (CP 3.2.2)."""
    return change(REFERRALS, "choose_provider", {**body, "id": referral_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/direct-payment",
    "referrals.record_direct_payment",
    body=shapes.DirectPayment,
    answer=shapes.Referral,
)
def record_direct_payment(body: Fields, referral_id: str) -> Fields:
    """Record that a direct payment was implemented.

    Starts the clocks of the early help check and the follow-up check (CE 3.2).
    """
    return change(REFERRALS, "record_direct_payment", {**body, "id": referral_id})


@referrals.operation(
    "POST", "/referrals/<id:referral_id>/close", "referrals.close", body=shapes.ReferralClosing, answer=shapes.Referral
)
def close_referral(body: Fields, referral_id: str) -> Fields:
    """Close a case, with its reason (CE 4.4)."""
    return change(REFERRALS, "close_referral", {**body, "id": referral_id})


@referrals.operation("GET", "/clocks", "clocks.list", query=shapes.ClockFilter, answer=page_of(shapes.Clock))
def list_clocks(query: Fields) -> Fields:
    """List the clocks that run, the most urgent first."""
    return ask(REFERRALS, "list_clocks", query)


@referrals.operation("GET", "/clocks/<id:clock_id>", "clocks.read", answer=shapes.ExplainedClock)
def get_clock(clock_id: str) -> Fields:
    """Read a clock with its explanation: every day counted or skipped, why, and by which clause."""
    return ask(REFERRALS, "get_clock", {"id": clock_id})


@referrals.operation(
    "GET",
    "/people/<id:person_id>/communication-needs",
    "communication_needs.read",
    answer=shapes.CommunicationNeeds,
)
def get_communication_needs(person_id: str) -> Fields:
    """Read how a person wants to be told things, and which channels are unsafe for them (CE 4.9)."""
    return ask(REFERRALS, "get_communication_needs", {"id": person_id})


@referrals.operation(
    "PUT",
    "/people/<id:person_id>/communication-needs",
    "communication_needs.set",
    body=shapes.NewCommunicationNeeds,
    answer=shapes.CommunicationNeeds,
)
def set_communication_needs(body: Fields, person_id: str) -> Fields:
    """Set how a person wants to be told things, and which channels are unsafe for them (CE 4.9)."""
    return change(REFERRALS, "set_communication_needs", {**body, "id": person_id})
