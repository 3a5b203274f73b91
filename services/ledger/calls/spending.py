"""Asking to spend."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import agreeing, spending
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.spending import SpendAnswer
from services.ledger.model.blocks import Posted
from services.ledger.model.refusals import RefusedSpend, problem_of
from services.ledger.schemas.entries import entry_out
from services.ledger.schemas.spending import (
    AgreeToSpendSchema,
    ListRefusedSpends,
    OneRefusedSpend,
    RequestSpendSchema,
    refused_out,
)
from services.ledger.store import refused_spends_of
from shared.context import Caller
from shared.messaging.aggregates import Stored
from shared.messaging.calls.entrypoint import reads, rpc
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

    @rpc
    def agree_to_spend(self, payload: JSON, caller: JSON) -> JSON:
        """Posts a refused spend on another officer's agreement, where the policy gives a route."""
        desk = self.desk
        posted = agreeing.agree_to_spend(
            load(AgreeToSpendSchema(), payload),
            cause=of_command("agree_to_spend", payload, caller),
            funds=desk.funds,
            books=desk.books,
            refusals=desk.refusals,
            holds=desk.payee_holds,
            policies=desk.policies,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return entry_out(posted)

    @reads
    def list_refused_spends(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ListRefusedSpends(), payload)
        get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        found = refused_spends_of(given["fund_id"], self.desk.refusals, after=given["after"], limit=given["limit"])
        return {"items": [self._refused(stored) for stored in found.items], "next": found.next}

    @reads
    def get_refused_spend(self, payload: JSON, caller: JSON) -> JSON:
        asked, desk = load(OneRefusedSpend(), payload), self.desk
        stored = agreeing.get_refused(
            **asked, caller=Caller.from_dict(caller), funds=desk.funds, refusals=desk.refusals
        )
        return self._refused(stored)

    def _refused(self, stored: Stored[RefusedSpend]) -> JSON:
        return refused_out(stored, agreeing.agreed_by(stored.state, self.desk.books))
