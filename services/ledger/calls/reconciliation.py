"""Statements taken in, and their lines held against the book (CP 9.5)."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import reconciliation
from services.ledger.schemas import reconciliation as shapes
from services.ledger.schemas.common import ById
from services.ledger.store.bank_lines import imports_of
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ReconciliationCalls(LedgerCalls):
    """Statements taken in, and their lines held against the book."""

    @rpc
    def import_statement(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.ImportStatementSchema(), payload)
        cause = of_command("import_statement", payload, caller)
        taken = reconciliation.import_statement(command, cause=cause, desk=self.desk.reconciliation)
        return {"statements": [shapes.taken_out(each) for each in taken]}

    @rpc
    def match_bank_lines(self, payload: JSON, caller: JSON) -> JSON:
        fund_id = load(shapes.MatchAgainSchema(), payload)
        cause = of_command("match_bank_lines", payload, caller)
        matched, queued = reconciliation.match_again(fund_id, cause=cause, desk=self.desk.reconciliation)
        return {"fund_id": fund_id, "matched": matched, "queued": queued}

    @rpc
    def match_bank_line(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.MatchLineSchema(), payload)
        cause = of_command("match_bank_line", payload, caller)
        return shapes.line_out(*reconciliation.match_by_hand(command, cause=cause, desk=self.desk.reconciliation))

    @rpc
    def set_bank_line_aside(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.SetLineAsideSchema(), payload)
        cause = of_command("set_bank_line_aside", payload, caller)
        return shapes.line_out(*reconciliation.set_aside(command, cause=cause, desk=self.desk.reconciliation))

    @rpc
    def release_bank_line(self, payload: JSON, caller: JSON) -> JSON:
        command = load(shapes.ReleaseLineSchema(), payload)
        cause = of_command("release_bank_line", payload, caller)
        return shapes.line_out(*reconciliation.release(command, cause=cause, desk=self.desk.reconciliation))

    @reads
    def list_bank_lines(self, payload: JSON, caller: JSON) -> JSON:
        given = load(shapes.ListLines(), payload)
        lines, following = reconciliation.list_lines(
            **given, caller=Caller.from_dict(caller), desk=self.desk.reconciliation
        )
        return {"items": [shapes.line_out(line, version) for line, version in lines], "next": following}

    @reads
    def get_bank_line(self, payload: JSON, caller: JSON) -> JSON:
        asked = load(shapes.OneLine(), payload)
        line, version = reconciliation.get_line(**asked, caller=Caller.from_dict(caller), desk=self.desk.reconciliation)
        return shapes.line_out(line, version)

    @reads
    def get_reconciliation(self, payload: JSON, caller: JSON) -> JSON:
        desk, fund_id = self.desk.reconciliation, load(ById(), payload)["fund_id"]
        found = reconciliation.get_reconciliation(
            fund_id, imports_of(fund_id, desk.imports), caller=Caller.from_dict(caller), desk=desk
        )
        return shapes.reconciliation_out(found)
