"""The capacity test of a direct payment, and whoever signs for it."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import capacity
from services.referrals.model.capacity import Recipient
from services.referrals.schemas.commands import ById
from services.referrals.schemas.direct_payments import BeginTest, FoundCondition, Signed, payment_out
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class CapacityCalls(ReferralCalls):
    """The capacity test of a direct payment, and whoever signs for it."""

    @rpc
    def begin_capacity_test(self, payload: JSON, caller: JSON) -> JSON:
        given = load(BeginTest(), payload)
        stored = capacity.begin_capacity_test(
            given["id"],
            has_capacity=given["has_capacity"],
            recipient=Recipient(**given["recipient"]),
            desk=self.desk.payments,
            cause=of_command("begin_capacity_test", payload, caller),
        )
        return payment_out(stored)

    @rpc
    def record_condition(self, payload: JSON, caller: JSON) -> JSON:
        given = load(FoundCondition(), payload)
        stored = capacity.record_condition(
            given["id"],
            condition=given["condition"],
            holds=given["holds"],
            evidence=given["evidence"],
            found_on=given["found_on"],
            desk=self.desk.payments,
            cause=of_command("record_condition", payload, caller),
        )
        return payment_out(stored)

    @rpc
    def conclude_capacity_test(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        cause = of_command("conclude_capacity_test", payload, caller)
        return payment_out(capacity.conclude_capacity_test(given["id"], desk=self.desk.payments, cause=cause))

    @rpc
    def sign_payment_agreement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Signed(), payload)
        stored = capacity.sign_agreement(
            given["id"],
            signed_by=given["signed_by"],
            signed_on=given["signed_on"],
            desk=self.desk.payments,
            cause=of_command("sign_payment_agreement", payload, caller),
        )
        return payment_out(stored)
