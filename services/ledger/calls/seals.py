"""Sealing all books, and showing that one of them is under a seal."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import sealing
from services.ledger.schemas.seals import InclusionAsked, ListSeals, MakeSealSchema, inclusion_out, seal_out
from services.ledger.store.seals import newest_seals
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class SealCalls(LedgerCalls):
    """Sealing all books, and showing that one of them is under a seal."""

    @rpc
    def make_seal(self, payload: JSON, caller: JSON) -> JSON:
        load(MakeSealSchema(), payload)
        return seal_out(sealing.seal_books(cause=of_command("make_seal", payload, caller), desk=self.desk.sealing))

    @reads
    def list_seals(self, payload: JSON, caller: JSON) -> JSON:
        found = newest_seals(self.desk.sealing.seals, **load(ListSeals(), payload))
        return {"items": [seal_out(stored.state) for stored in found.items], "next": found.next}

    @reads
    def get_inclusion(self, payload: JSON, caller: JSON) -> JSON:
        asked = load(InclusionAsked(), payload)
        inclusion = sealing.prove_inclusion(
            asked["fund_id"],
            sealed=asked["seal_id"],
            caller=Caller.from_dict(caller),
            funds=self.desk.funds,
            desk=self.desk.sealing,
        )
        return inclusion_out(inclusion)
