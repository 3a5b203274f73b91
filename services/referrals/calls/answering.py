"""Answering a referral, naming its worker, ending it."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import answering
from services.referrals.schemas.answering import Accept
from services.referrals.schemas.commands import ById, WithReason
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class AnsweringCalls(ReferralCalls):
    """Answering a referral, naming its worker, ending it."""

    @rpc
    def see_referral(self, payload: JSON, caller: JSON) -> JSON:
        """Somebody has opened the referral; who was first is kept (CE 4.3)."""
        stored = answering.see_referral(
            load(ById(), payload)["id"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("see_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def accept_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Accept(), payload)
        stored = answering.accept_referral(
            given["id"],
            worker_id=given["worker_id"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("accept_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def allocate_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Accept(), payload)
        stored = answering.allocate_referral(
            given["id"],
            worker_id=given["worker_id"],
            referrals=self.desk.store.referrals,
            cause=of_command("allocate_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def close_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(WithReason(), payload)
        stored = answering.close_referral(
            given["id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("close_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def withdraw_referral(self, payload: JSON, caller: JSON) -> JSON:
        """The person or the referrer takes the referral back."""
        given = load(WithReason(), payload)
        stored = answering.withdraw_referral(
            given["id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("withdraw_referral", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @reads
    def caseloads(self, payload: JSON, caller: JSON) -> JSON:
        """How many open referrals each designated worker has, the most first (CE 4.3)."""
        loads = self.desk.store.caseloads(Caller.from_dict(caller))
        ordered = sorted(loads.items(), key=lambda one: (-one[1], one[0]))
        return {"items": [{"worker_id": worker, "open_referrals": count} for worker, count in ordered], "next": None}
