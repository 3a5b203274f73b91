"""Asking a rule without posting anything."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers.decisions import decide_about_fund, decide_by_facts
from services.ledger.schemas.decisions import AskAboutFund, AskByFacts, decided_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class DecisionCalls(LedgerCalls):
    """Asking a rule without posting anything."""

    @reads
    def get_decision_about_fund(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        asking, fund_id = load(AskAboutFund(), payload)
        decided = decide_about_fund(
            asking,
            fund_id,
            caller=Caller.from_dict(caller),
            funds=desk.funds,
            books=desk.books,
            holds=desk.payee_holds,
            policies=desk.policies,
            clock=desk.clock,
        )
        return decided_out(decided)

    @reads
    def get_decision_by_facts(self, payload: JSON, caller: JSON) -> JSON:
        asking, council_id = load(AskByFacts(), payload)
        decided = decide_by_facts(asking, council_id, policies=self.desk.policies, clock=self.desk.clock)
        return decided_out(decided)
