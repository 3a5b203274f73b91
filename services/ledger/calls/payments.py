"""Payments into funds."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import contributions, payments
from services.ledger.schemas.entries import entry_out
from services.ledger.schemas.payments import NoteContributionSchema, TakePaymentInSchema, payment_out
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

    @rpc
    def note_contribution(self, payload: JSON, caller: JSON) -> JSON:
        """Notes that the council invoiced the person's contribution; no money of the fund moves."""
        desk = self.desk
        posted = contributions.note_contribution(
            load(NoteContributionSchema(), payload),
            cause=of_command("note_contribution", payload, caller),
            funds=desk.funds,
            books=desk.books,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return entry_out(posted)
