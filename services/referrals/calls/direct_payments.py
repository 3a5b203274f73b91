"""A direct payment that runs."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import direct_payments
from services.referrals.schemas.direct_payments import DirectPayment
from services.referrals.schemas.referrals import referral_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class DirectPaymentCalls(ReferralCalls):
    """A direct payment that runs."""

    @rpc
    def record_direct_payment(self, payload: JSON, caller: JSON) -> JSON:
        given = load(DirectPayment(), payload)
        stored = direct_payments.record_direct_payment(
            given["id"],
            implemented_on=given["implemented_on"],
            referrals=self.desk.store.referrals,
            rules=self.desk.rules,
            clock=self.desk.clock,
            cause=of_command("record_direct_payment", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))
