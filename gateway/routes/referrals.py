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


@referrals.operation(
    "GET", "/referrals/figures", "referrals.figures", query=shapes.FiguresPeriod, answer=shapes.Figures
)
def referral_figures(query: Fields) -> Fields:
    """Count a council's referrals of a period.

    By status, component and reason of refusal (CE 4.3; CP Sch I). Self-funders' own arrangements lie outside the contract
    and are not counted (CE 1.1).
    """
    return ask(REFERRALS, "referral_figures", query)


@referrals.operation("GET", "/caseloads", "referrals.caseloads", answer=page_of(shapes.Caseload))
def caseloads() -> Fields:
    """See how many open referrals each designated worker has, the most first (CE 4.3)."""
    return ask(REFERRALS, "caseloads", {})


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


@referrals.operation("POST", "/referrals/<id:referral_id>/see", "referrals.see", answer=shapes.Referral)
def see_referral(referral_id: str) -> Fields:
    """Say that you have opened a referral; who was first is kept (CE 4.3)."""
    return change(REFERRALS, "see_referral", {"id": referral_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/refusal-acts",
    "referrals.record_refusal_act",
    body=shapes.RefusalAct,
    answer=shapes.Referral,
)
def record_refusal_act(body: Fields, referral_id: str) -> Fields:
    """Record that whoever referred was told of a refusal.

    The letter that the platform sends records itself. A refusal is closed when every act is recorded (CE 4.3).
    """
    return change(REFERRALS, "record_refusal_act", {**body, "id": referral_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/withdraw",
    "referrals.withdraw",
    body=shapes.ReferralWithdrawal,
    answer=shapes.Referral,
)
def withdraw_referral(body: Fields, referral_id: str) -> Fields:
    """Take a referral back, for the person or for whoever referred."""
    return change(REFERRALS, "withdraw_referral", {**body, "id": referral_id})


@referrals.operation(
    "POST",
    "/referrals/<id:referral_id>/possible-duplicates/<id:duplicate_id>/clear",
    "referrals.clear_possible_duplicate",
    body=shapes.Cleared,
    answer=shapes.Referral,
)
def clear_possible_duplicate(body: Fields, referral_id: str, duplicate_id: str) -> Fields:
    """Clear a flag of a possible duplicate, with what you found. Nothing is merged."""
    return change(REFERRALS, "clear_possible_duplicate", {**body, "id": referral_id, "duplicate_id": duplicate_id})
