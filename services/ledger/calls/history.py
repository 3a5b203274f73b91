"""Importing the earlier life of a book."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import history
from services.ledger.schemas.history import ImportHistorySchema, history_out
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import of_command
from shared.problems import load


class HistoryCalls(LedgerCalls):
    """Importing the earlier life of a book."""

    @rpc
    def bring_history_in(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        block = history.import_history(
            load(ImportHistorySchema(), payload),
            cause=of_command("bring_history_in", payload, caller),
            funds=desk.funds,
            books=desk.books,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return history_out(block)
