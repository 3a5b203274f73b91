"""Support that begins, and its reviews."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import reviews
from services.referrals.schemas.commands import ById
from services.referrals.schemas.referrals import referral_out
from services.referrals.schemas.reviews import (
    AskedFor,
    ChangedBudget,
    HeldReview,
    ListProgrammes,
    SupportBegun,
    programme_out,
)
from services.referrals.store import programmes_seen_by
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ReviewCalls(ReferralCalls):
    """Support that begins, and its reviews."""

    @rpc
    def start_support(self, payload: JSON, caller: JSON) -> JSON:
        """Support by the chosen provider begins."""
        given = load(SupportBegun(), payload)
        cause = of_command("start_support", payload, caller)
        stored = reviews.start_support(given["id"], began_on=given["began_on"], desk=self.desk.reviews, cause=cause)
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def record_review(self, payload: JSON, caller: JSON) -> JSON:
        given = load(HeldReview(), payload)
        stored = reviews.record_review(
            given["id"],
            held_on=given["held_on"],
            outcome=given["outcome"],
            satisfied=[(one["cycle"], one["because"]) for one in given["satisfied"]],
            advocate_id=given["advocate_id"],
            desk=self.desk.reviews,
            cause=of_command("record_review", payload, caller),
        )
        return programme_out(stored)

    @rpc
    def ask_review(self, payload: JSON, caller: JSON) -> JSON:
        given = load(AskedFor(), payload)
        cause = of_command("ask_review", payload, caller)
        return programme_out(
            reviews.ask_review(given["id"], reason=given["reason"], desk=self.desk.reviews, cause=cause)
        )

    @rpc
    def note_budget_change(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ChangedBudget(), payload)
        stored = reviews.note_budget_change(
            given["id"],
            weekly_before_pence=given["weekly_before_pence"],
            weekly_after_pence=given["weekly_after_pence"],
            reason=given["reason"],
            desk=self.desk.reviews,
            cause=of_command("note_budget_change", payload, caller),
        )
        return programme_out(stored)

    @reads
    def get_reviews(self, payload: JSON, caller: JSON) -> JSON:
        """The reviews of a referral's support, by the referral's id."""
        given = load(ById(), payload)
        who = Caller.from_dict(caller)
        return programme_out(reviews.seen_programme(given["id"], desk=self.desk.reviews, caller=who))

    @reads
    def list_reviews(self, payload: JSON, caller: JSON) -> JSON:
        """Review programmes that the caller may see."""
        given = load(ListProgrammes(), payload)
        found = programmes_seen_by(self.desk.store.review_programmes, Caller.from_dict(caller), **given)
        return {"items": [programme_out(stored) for stored in found.items], "next": found.next}
