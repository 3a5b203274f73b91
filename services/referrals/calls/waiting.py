"""The waiting list."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import waiting
from services.referrals.schemas.referrals import referral_out
from services.referrals.schemas.waiting import ListOfCouncil, PlaceOnList, waiting_out
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class WaitingCalls(ReferralCalls):
    """The waiting list (CE 4.8)."""

    @rpc
    def place_on_waiting_list(self, payload: JSON, caller: JSON) -> JSON:
        given = load(PlaceOnList(), payload)
        stored = waiting.place_on_waiting_list(
            given["id"],
            reason=given["reason"],
            delay_reason=given["delay_reason"],
            criteria=tuple(given["criteria"]),
            referrals=self.desk.store.referrals,
            register=self.desk.store,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("place_on_waiting_list", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller), self.place_of(stored))

    @reads
    def waiting_list(self, payload: JSON, caller: JSON) -> JSON:
        """A council's waiting list within the contract, in its order, each place explained."""
        given, who = load(ListOfCouncil(), payload), Caller.from_dict(caller)
        if not who.may_see(given["council_id"]):
            raise NotFound(f"there is no council {given['council_id']}")
        listed = waiting.waiting_places(
            given["council_id"],
            in_contract=True,
            register=self.desk.store,
            rules=self.desk.rules,
            clock=self.desk.clock,
        )
        first = int(given["after"] or 0)
        page = listed[first : first + given["limit"]]
        lines = waiting.waiting_lines(page, persons=self.desk.store.persons)
        last = first + len(page)
        return {"items": [waiting_out(line) for line in lines], "next": str(last) if last < len(listed) else None}
