"""Answering a referral, naming its worker, ending it."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import answering
from services.referrals.schemas.answering import Accept, Refuse
from services.referrals.schemas.commands import WithReason
from services.referrals.schemas.referrals import referral_out
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class AnsweringCalls(ReferralCalls):
    """Answering a referral, naming its worker, ending it."""

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
        return referral_out(stored)

    @rpc
    def refuse_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Refuse(), payload)
        stored = answering.refuse_referral(
            given["id"],
            reason=given["reason"],
            told_verbally_on=given["told_verbally_on"],
            referrals=self.desk.store.referrals,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("refuse_referral", payload, caller),
        )
        return referral_out(stored)

    @rpc
    def place_on_waiting_list(self, payload: JSON, caller: JSON) -> JSON:
        given = load(WithReason(), payload)
        stored = answering.place_on_waiting_list(
            given["id"],
            reason=given["reason"],
            referrals=self.desk.store.referrals,
            clock=self.desk.clock,
            cause=of_command("place_on_waiting_list", payload, caller),
        )
        return referral_out(stored)

    @rpc
    def allocate_referral(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Accept(), payload)
        stored = answering.allocate_referral(
            given["id"],
            worker_id=given["worker_id"],
            referrals=self.desk.store.referrals,
            cause=of_command("allocate_referral", payload, caller),
        )
        return referral_out(stored)

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
        return referral_out(stored)
