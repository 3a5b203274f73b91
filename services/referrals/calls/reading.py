"""Looking at referrals and what happened to them."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.model.referral import with_whys
from services.referrals.schemas.figures import Period
from services.referrals.schemas.referrals import ListReferrals, referral_out
from shared.context import Caller
from shared.dates import add_days, start_of_london_day
from shared.errors import NotFound
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class ReadingCalls(ReferralCalls):
    """Looking at referrals and what happened to them."""

    @reads
    def get_referral(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        stored = self.desk.store.referral_seen_by(who, payload["id"])
        return referral_out(stored, who, self.place_of(stored))

    @reads
    def list_referrals(self, payload: JSON, caller: JSON) -> JSON:
        who = Caller.from_dict(caller)
        found = self.desk.store.referrals_seen_by(who, **load(ListReferrals(), payload))
        return {"items": [referral_out(stored, who) for stored in found.items], "next": found.next}

    @reads
    def referral_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a referral, in order."""
        stored = self.desk.store.referral_seen_by(Caller.from_dict(caller), payload["id"])
        return {"items": with_whys(self.history("referral", stored.id), stored.state.whys), "next": None}

    @reads
    def referral_figures(self, payload: JSON, caller: JSON) -> JSON:
        """A council's referrals of a period, both days included: how many by status, component and reason of refusal.

        Self-funders' arrangements are outside the contract and are not counted (CE 1.1, 4.3; CP Sch I).
        """
        given, who = load(Period(), payload), Caller.from_dict(caller)
        if not who.may_see(given["council_id"]):
            raise NotFound(f"there is no council {given['council_id']}")
        since, until = start_of_london_day(given["first_on"]), start_of_london_day(add_days(given["last_on"], 1))
        figures = self.desk.store.figures(given["council_id"], since=since, until=until)
        accepted = self.desk.store.accepted(given["council_id"], since=since, until=until)
        return {**figures, "referrals": sum(figures["status"].values()), "accepted": accepted}
