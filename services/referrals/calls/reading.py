"""Looking at referrals and what happened to them."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.schemas.referrals import ListReferrals, referral_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class ReadingCalls(ReferralCalls):
    """Looking at referrals and what happened to them."""

    @reads
    def get_referral(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        return referral_out(self.desk.store.referral_seen_by(who, payload["id"]), who)

    @reads
    def list_referrals(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        found = self.desk.store.referrals_seen_by(who, **load(ListReferrals(), payload))
        return {"items": [referral_out(stored, who) for stored in found.items], "next": found.next}

    @reads
    def referral_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a referral, in order."""
        stored = self.desk.store.referral_seen_by(Caller.from_dict(caller), payload["id"])
        return {"items": self.history("referral", stored.id), "next": None}
