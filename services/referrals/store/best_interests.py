"""The collection of best-interest decisions, and the question asked of it."""

from __future__ import annotations

from services.referrals.model.best_interests import BestInterests
from services.referrals.store.cases import case_collection, case_kind
from shared.messaging.aggregates import Aggregates
from shared.store.documents import Equal, Order

MOST_DECISIONS = 100
BEST_INTERESTS = case_collection(
    "best_interests",
    orders=(Order(name="of_referral", by=(("state.referral_id", "ascending"), ("state.recorded_at", "descending"))),),
)
BEST_INTEREST = case_kind("best-interest decision", BestInterests)


def decisions_of(records: Aggregates[BestInterests], referral_id: str) -> list[BestInterests]:
    """A referral's decisions, the newest first."""
    where = [Equal(path="state.referral_id", value=referral_id)]
    return [stored.state for stored in records.find(where, order="of_referral", limit=MOST_DECISIONS).items]
