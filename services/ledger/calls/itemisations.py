"""Seeing a fund's entries where one sees sums by default."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import itemisations
from services.ledger.handlers.funds import get_fund
from services.ledger.schemas.itemisations import ItemiseSchema, itemisation_out, itemised_out
from services.ledger.schemas.variations import OfFund
from services.ledger.store.life import of_fund
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class ItemisationCalls(LedgerCalls):
    """Seeing a fund's entries where one sees sums by default."""

    @rpc
    def itemise_fund(self, payload: JSON, caller: JSON) -> JSON:
        """The entries of some days, asked for with a reason that is on record and told to the person."""
        desk, given = self.desk, load(ItemiseSchema(), payload)
        found = itemisations.itemise_fund(
            given["fund_id"],
            given["period"],
            reason=given["reason"],
            cause=of_command("itemise_fund", payload, caller),
            funds=desk.funds,
            books=desk.books,
            itemisations=desk.itemisations,
            clock=desk.clock,
        )
        return itemised_out(found)

    @reads
    def list_itemisations(self, payload: JSON, caller: JSON) -> JSON:
        given = load(OfFund(), payload)
        get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        found = of_fund(given["fund_id"], self.desk.itemisations, after=given["after"], limit=given["limit"])
        return {"items": [itemisation_out(stored) for stored in found.items], "next": found.next}
