"""Payments into funds."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import payments
from services.ledger.schemas.payments import TakePaymentInSchema, payment_out
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class PaymentCalls(LedgerCalls):
    """Payments into funds."""

    @rpc
    def take_payment_in(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        taken = payments.take_payment_in(
            load(TakePaymentInSchema(), payload),
            cause=of_command("take_payment_in", payload, caller),
            funds=desk.funds,
            books=desk.books,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return payment_out(taken)
