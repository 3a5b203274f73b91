"""Reading entries and correcting them."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import corrections, reading
from services.ledger.schemas.entries import ListEntries, OneEntry, ReverseEntrySchema, entry_alone_out, entry_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class EntryCalls(LedgerCalls):
    """Reading entries and correcting them."""

    @reads
    def list_entries(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ListEntries(), payload)
        page = reading.list_entries(
            given["fund_id"],
            after=given["after"],
            limit=given["limit"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            books=self.desk.books,
        )
        return {"items": [entry_out(posted) for posted in page.items], "next": page.next}

    @reads
    def get_entry(self, payload: JSON, caller: JSON) -> JSON:
        found = reading.get_entry(
            **load(OneEntry(), payload), caller=Caller.from_dict(caller), funds=self.desk.funds, books=self.desk.books
        )
        return entry_alone_out(found.entry) | {"reversed_by": found.reversed_by}

    @rpc
    def reverse_entry(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        posted = corrections.reverse_entry(
            load(ReverseEntrySchema(), payload),
            cause=of_command("reverse_entry", payload, caller),
            funds=desk.funds,
            books=desk.books,
            clock=desk.clock,
            attempts=desk.attempts,
        )
        return entry_out(posted)
