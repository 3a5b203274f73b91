"""Clocks and how they were reckoned."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.schemas.clocks import clock_line, clock_out
from services.referrals.schemas.commands import ById, WithReason
from services.referrals.schemas.referrals import ListReferrals
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.policy.running import MOVING
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
        wanted = ("breached",) if overdue else MOVING
        items = [
            clock_line(clock, stored.state.clocks) | {"council_id": stored.council_id}
            for stored in found.items
            for clock in stored.state.clocks
            if clock.state in wanted
        ]
        return {"items": items, "next": found.next}

    @reads
    def get_clock(self, payload: JSON, caller: JSON) -> JSON:
        """One clock with every day counted or skipped, and why."""
        return clock_out(self.desk.clocks.show(payload["id"], Caller.from_dict(caller)))

    @rpc
    def pause_clock(self, payload: JSON, caller: JSON) -> JSON:
        """Has a clock stand still, if the council's pack lets it."""
        given = load(WithReason(), payload)
        cause = of_command("pause_clock", payload, caller)
        return clock_out(self.desk.clocks.pause(given["id"], reason=given["reason"], cause=cause))

    @rpc
    def resume_clock(self, payload: JSON, caller: JSON) -> JSON:
        """Has a clock run again."""
        given = load(ById(), payload)
        return clock_out(self.desk.clocks.resume(given["id"], cause=of_command("resume_clock", payload, caller)))
