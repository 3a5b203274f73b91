"""Refusing a referral, and the acts by which it is told."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import refusing
from services.referrals.schemas.answering import RefusalAct, Refuse
from services.referrals.schemas.referrals import referral_out
from services.referrals.schemas.waiting import ListOfCouncil, refusal_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class RefusingCalls(ReferralCalls):
    """Refusing a referral, and the acts by which it is told (CE 4.3)."""

    @rpc
    def refuse_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Refuse(), payload)
        stored = refusing.refuse_referral(
            given["id"],
            reason=given["reason"],
            told_verbally_on=given["told_verbally_on"],
            referrals=self.desk.store.referrals,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("refuse_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def record_refusal_act(self, payload: JSON, caller: JSON) -> JSON:
        """Records by hand that the referrer was told, verbally or in writing."""
        given = load(RefusalAct(), payload)
        stored = refusing.record_refusal_act(
            given["id"],
            act=given["act"],
            told_on=given["told_on"],
            how=given["how"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("record_refusal_act", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @reads
    def list_refusals(self, payload: JSON, caller: JSON) -> JSON:
        """A council's refusals with the fields of the waiting list, newest first (CE 4.8)."""
        given, store = load(ListOfCouncil(), payload), self.desk.store
        found = store.refusals_seen_by(Caller.from_dict(caller), **given)
        items = [refusal_out(stored, store.persons.get(stored.state.person_id).state) for stored in found.items]
        return {"items": items, "next": found.next}
