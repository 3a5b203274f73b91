"""Asking to spend."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import spending
from services.ledger.handlers.spending import SpendAnswer
from services.ledger.model.blocks import Posted
from services.ledger.model.refusals import RefusedSpend, problem_of
from services.ledger.schemas.entries import entry_out
from services.ledger.schemas.spending import RequestSpendSchema
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


def spend_out(answer: SpendAnswer) -> JSON:
    """The entry that was posted. Raises the refusal."""
    match answer.posted, answer.refusal:
        case Posted() as posted, None:
            return entry_out(posted)
        case None, RefusedSpend() as refusal:
            raise problem_of(refusal)
    raise TypeError("a spend is either posted or refused")


class SpendingCalls(LedgerCalls):
    """Asking to spend."""

    @rpc
    def request_spend(self, payload: JSON, caller: JSON) -> JSON:
        """Posts an allowed spend; one that is not is refused with its clause, and the refusal stays on record."""
        desk = self.desk
        answer = spending.request_spend(
            load(RequestSpendSchema(), payload),
            cause=of_command("request_spend", payload, caller),
            funds=desk.funds,
            books=desk.books,
            refusals=desk.refusals,
            holds=desk.payee_holds,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return spend_out(answer)
