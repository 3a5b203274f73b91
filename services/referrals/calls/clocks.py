"""Clocks and how they were reckoned."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.schemas.clocks import clock_line, clock_out
from services.referrals.schemas.referrals import ListReferrals
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class ClockCalls(ReferralCalls):
    """Clocks and how they were reckoned."""

    @reads
    def list_clocks(self, payload: JSON, caller: JSON) -> JSON:
        """Running clocks, the one due first at the top; with `overdue`, those past their due instant."""
        given = load(ListReferrals(), payload)
        who, page = Caller.from_dict(caller), {"after": given["after"], "limit": given["limit"]}
        overdue = given["overdue"]
        ask = self.desk.store.referrals_overdue_for if overdue else self.desk.store.referrals_with_clocks
        found = ask(who, **page)
        wanted = "breached" if overdue else "running"
        items = [
            clock_line(clock) | {"council_id": stored.council_id}
            for stored in found.items
            for clock in stored.state.clocks
            if clock.state == wanted
        ]
        return {"items": items, "next": found.next}

    @reads
    def get_clock(self, payload: JSON, caller: JSON) -> JSON:
        stored = self.desk.store.referral_of_clock(payload["id"], Caller.from_dict(caller))
        clock = next(c for c in stored.state.clocks if c.clock_id == payload["id"])
        return clock_out(clock, stored.council_id)
