"""Support that begins, and its reviews."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import reviews as shapes
from gateway.schemas.common import page_of
from gateway.schemas.referrals import Referral
from gateway.services import REFERRALS

Fields = dict[str, Any]

reviews = ApiBlueprint("reviews", __name__, description="Support that begins, and its reviews.")


@reviews.operation(
    "POST", "/referrals/<id:referral_id>/support", "reviews.start_support", body=shapes.SupportBegun, answer=Referral
)
def start_support(body: Fields, referral_id: str) -> Fields:
    """Record that support by the chosen provider has begun (CP 3.2.5, 6.4).

    Its reviews are due from then on, a moment later. A direct payment begins by being implemented instead.
    """
    return change(REFERRALS, "start_support", {**body, "id": referral_id})


@reviews.operation(
    "GET", "/reviews", "reviews.list", query=shapes.ProgrammeFilter, answer=page_of(shapes.ReviewProgramme)
)
def list_reviews(query: Fields) -> Fields:
    """List the review programmes of people in support, those that began last first."""
    return ask(REFERRALS, "list_reviews", query)


@reviews.operation("GET", "/referrals/<id:referral_id>/reviews", "reviews.read", answer=shapes.ReviewProgramme)
def get_reviews(referral_id: str) -> Fields:
    """Read the reviews of a referral's support: those held, those due, and why a meeting counts."""
    return ask(REFERRALS, "get_reviews", {"id": referral_id})


@reviews.operation(
    "POST",
    "/referrals/<id:referral_id>/reviews",
    "reviews.record",
    body=shapes.HeldReview,
    answer=shapes.ReviewProgramme,
)
def record_review(body: Fields, referral_id: str) -> Fields:
    """Record a review meeting, once, with why it counts for each cycle that it satisfied.

    The council's cycle (CP 3.2.6-7), the provider's (CP 7.4) and the law's (Direct Payments Regulations 2014 reg 7) each go on
    with their next review. A provider records its own only.
    """
    return change(REFERRALS, "record_review", {**body, "id": referral_id})


@reviews.operation(
    "POST",
    "/referrals/<id:referral_id>/reviews/ask",
    "reviews.ask",
    body=shapes.AskedFor,
    answer=shapes.ReviewProgramme,
)
def ask_review(body: Fields, referral_id: str) -> Fields:
    """Ask the council for a review, because circumstances changed (CP 3.2.7)."""
    return change(REFERRALS, "ask_review", {**body, "id": referral_id})


@reviews.operation(
    "POST",
    "/referrals/<id:referral_id>/budget-changes",
    "reviews.note_budget_change",
    body=shapes.ChangedBudget,
    answer=shapes.ReviewProgramme,
)
def note_budget_change(body: Fields, referral_id: str) -> Fields:
    """Tell the council of a significant change of the budget (CP 7.4)."""
    return change(REFERRALS, "note_budget_change", {**body, "id": referral_id})
