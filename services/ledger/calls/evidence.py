"""Evidence of entries."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import evidence
from services.ledger.schemas.common import ById
from services.ledger.schemas.evidence import AttachEvidenceSchema, evidence_out, missing_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class EvidenceCalls(LedgerCalls):
    """Evidence of entries."""

    @rpc
    def attach_evidence(self, payload: JSON, caller: JSON) -> JSON:
        stored = evidence.attach_evidence(
            load(AttachEvidenceSchema(), payload),
            cause=of_command("attach_evidence", payload, caller),
            funds=self.desk.funds,
            books=self.desk.books,
            evidence=self.desk.evidence,
            clock=self.desk.clock,
        )
        return evidence_out(stored)

    @reads
    def list_evidence(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        found = evidence.list_evidence(
            given["fund_id"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            evidence=self.desk.evidence_of_fund,
        )
        return {"items": [evidence_out(stored) for stored in found], "next": None}

    @reads
    def list_missing_evidence(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        missing = evidence.list_missing_evidence(
            given["fund_id"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
            evidence=self.desk.evidence_of_fund,
            clock=self.desk.clock,
        )
        return {"items": [missing_out(each) for each in missing], "next": None}
