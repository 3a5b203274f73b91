"""A direct payment that runs, changes and ends, and those in the caller's scope."""

from __future__ import annotations

from services.referrals.calls.base import JSON, ReferralCalls
from services.referrals.handlers import direct_payments
from services.referrals.handlers.payments import seen_payment
from services.referrals.schemas.commands import ById
from services.referrals.schemas.direct_payments import DirectPayment, Ended, ListPayments, payment_out
from services.referrals.schemas.referrals import referral_out
from services.referrals.store import payments_seen_by
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class DirectPaymentCalls(ReferralCalls):
    """A direct payment that runs, changes and ends, and those in the caller's scope."""

    @rpc
    def record_direct_payment(self, payload: JSON, caller: JSON) -> JSON:
        given = load(DirectPayment(), payload)
        stored = direct_payments.record_direct_payment(
            given["id"],
            implemented_on=given["implemented_on"],
            desk=self.desk.payments,
            cause=of_command("record_direct_payment", payload, caller),
        )
        return referral_out(stored, Caller.from_dict(caller))

    @rpc
    def end_direct_payment(self, payload: JSON, caller: JSON) -> JSON:
        given = load(Ended(), payload)
        stored = direct_payments.end_direct_payment(
            given["id"],
            reason=given["reason"],
            ended_on=given["ended_on"],
            desk=self.desk.payments,
            cause=of_command("end_direct_payment", payload, caller),
        )
        return payment_out(stored)

    @reads
    def get_direct_payment(self, payload: JSON, caller: JSON) -> JSON:
        """The direct payment of a referral, by the referral's id."""
        given = load(ById(), payload)
        return payment_out(seen_payment(given["id"], desk=self.desk.payments, caller=Caller.from_dict(caller)))

    @reads
    def list_direct_payments(self, payload: JSON, caller: JSON) -> JSON:
        """Direct payments that the caller may see, the last implemented first."""
        given, payments = load(ListPayments(), payload), self.desk.store.direct_payments
        found = payments_seen_by(payments, Caller.from_dict(caller), **given)
        return {"items": [payment_out(stored) for stored in found.items], "next": found.next}

    @reads
    def direct_payment_history(self, payload: JSON, caller: JSON) -> JSON:
        """Everything that happened to a direct payment and its clocks, in order."""
        given = load(ById(), payload)
        stored = seen_payment(given["id"], desk=self.desk.payments, caller=Caller.from_dict(caller))
        lines = [*self.history("directpayment", stored.id), *self.history("referral", stored.id)]
        return {"items": sorted(lines, key=lambda line: str(line["time"])), "next": None}
