"""The end of an agreement with a provider."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import repaying, termination
from services.ledger.model.termination import Termination
from services.ledger.schemas import termination as shapes
from services.ledger.schemas.variations import VariationCommand
from services.ledger.store.life import terminations_seen_by
from shared.context import Caller
from shared.messaging.aggregates import Stored
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class TerminationCalls(LedgerCalls):
    """The end of an agreement with a provider."""

    @rpc
    def terminate_agreement(self, payload: JSON, caller: JSON) -> JSON:
        """A provider's agreement is terminated, for all its people (CP 4.7)."""
        given = load(shapes.TerminateSchema(), payload)
        cause = of_command("terminate_agreement", payload, caller)
        return self._termination_out(termination.terminate_agreement(**given, desk=self.desk.life, cause=cause))

    @rpc
    def record_repayment(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.RepaymentSchema(), payload)
        cause = of_command("record_repayment", payload, caller)
        termination_id, fund_id = given.pop("id"), given.pop("fund_id")
        return self._termination_out(
            repaying.record_repayment(
                termination_id, fund_id, **given, desk=self.desk.life, processes=self.desk.processes, cause=cause
            )
        )

    @rpc
    def settle_agreement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.SettleSchema(), payload)
        cause = of_command("settle_agreement", payload, caller)
        termination_id, amount = given.pop("id"), given.pop("amount_pence")
        return self._termination_out(
            termination.settle_agreement(termination_id, amount=amount, **given, desk=self.desk.life, cause=cause)
        )

    @reads
    def get_termination(self, payload: JSON, caller: JSON) -> JSON:
        given, who = load(VariationCommand(), payload), Caller.from_dict(caller)
        return self._termination_out(termination.seen_termination(given["id"], caller=who, desk=self.desk.life))

    @reads
    def list_terminations(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.ListTerminations(), payload)
        found = terminations_seen_by(Caller.from_dict(caller), self.desk.life.terminations, **given)
        return {"items": [self._termination_out(stored) for stored in found.items], "next": found.next}

    def _termination_out(self, stored: Stored[Termination]) -> JSON:
        return shapes.termination_out(stored, termination.outstanding(stored, desk=self.desk.life))
