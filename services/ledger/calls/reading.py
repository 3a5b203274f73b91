"""Balance, statement and proof of a book."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import proving, reading, sealing
from services.ledger.model.statement_forms import balance_as_json, statement_as_json
from services.ledger.schemas.reading import BalanceAsked, ProofAsked, StatementAsked, proof_out
from services.ledger.schemas.seals import seal_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class ReadingCalls(LedgerCalls):
    """Balance, statement and proof of a book."""

    @reads
    def get_balance(self, payload: JSON, caller: JSON) -> JSON:
        given = load(BalanceAsked(), payload)
        balance = reading.get_balance(
            given["fund_id"],
            as_of=given["as_of"],
            known_at=given["known_at"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            clock=self.desk.clock,
        )
        return balance_as_json(balance)

    @reads
    def get_statement(self, payload: JSON, caller: JSON) -> JSON:
        given = load(StatementAsked(), payload)
        statement = reading.get_statement(
            given["fund_id"],
            from_on=given["from_on"],
            to_on=given["to_on"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            clock=self.desk.clock,
        )
        seal = sealing.latest_seal(self.desk.sealing)
        return statement_as_json(statement) | {"seal": seal_out(seal) if seal else None}

    @reads
    def get_proof(self, payload: JSON, caller: JSON) -> JSON:
        asked = load(ProofAsked(), payload)
        proof = proving.get_proof(
            asked.fund_id,
            anchors=asked.anchors,
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            expiries=self.desk.expiries,
        )
        return proof_out(asked.fund_id, proof)
