"""Setting money aside by purpose."""

from __future__ import annotations

from typing import Any

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import allocations
from services.ledger.schemas.allocations import AllocateSchema, ReleaseSchema, allocations_out
from services.ledger.schemas.common import ById
from services.ledger.schemas.entries import entry_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class AllocationCalls(LedgerCalls):
    """Setting money aside by purpose."""

    @rpc
    def allocate_money(self, payload: JSON, caller: JSON) -> JSON:
        """Sets money aside for an outcome of the agreed plan."""
        cause = of_command("allocate_money", payload, caller)
        return entry_out(allocations.allocate_money(load(AllocateSchema(), payload), cause=cause, **self._book()))

    @rpc
    def release_money(self, payload: JSON, caller: JSON) -> JSON:
        """Has what is set aside for a purpose free again."""
        cause = of_command("release_money", payload, caller)
        return entry_out(allocations.release_money(load(ReleaseSchema(), payload), cause=cause, **self._book()))

    @reads
    def list_allocations(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        amounts = allocations.list_allocations(
            given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds, books=self.desk.books
        )
        return allocations_out(given["fund_id"], amounts)

    def _book(self) -> dict[str, Any]:
        desk = self.desk
        return {
            "funds": desk.funds,
            "books": desk.books,
            "policies": desk.policies,
            "clock": desk.clock,
            "attempts": desk.attempts,
        }
