"""Referrals from intake to closure."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, caller, change
from gateway.schemas import referrals as shapes
from gateway.schemas.common import HistoryLine, page_of
from gateway.services import REFERRALS

Fields = dict[str, Any]

referrals = ApiBlueprint("referrals", __name__, description="Referrals from intake to closure.")


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
    "POST", "/referrals/<id:referral_id>/close", "referrals.close", body=shapes.ReferralClosing, answer=shapes.Referral
)
def close_referral(body: Fields, referral_id: str) -> Fields:
    """Close a case, with its reason (CE 4.4)."""
    return change(REFERRALS, "close_referral", {**body, "id": referral_id})
