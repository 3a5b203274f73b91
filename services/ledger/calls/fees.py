"""The provider's fee for a fund."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import fees
from services.ledger.schemas.common import ById
from services.ledger.schemas.entries import entry_out
from services.ledger.schemas.fees import AccrueFeesSchema, SetFeeSchema, fee_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class FeeCalls(LedgerCalls):
    """The provider's fee for a fund."""

    @rpc
    def set_fee(self, payload: JSON, caller: JSON) -> JSON:
        cause = of_command("set_fee", payload, caller)
        return fee_out(fees.set_fee(load(SetFeeSchema(), payload), cause=cause, desk=self.desk.fees))

    @reads
    def get_fee(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        return fee_out(fees.get_fee(given["fund_id"], caller=Caller.from_dict(caller), desk=self.desk.fees))

    @rpc
    def accrue_fees(self, payload: JSON, caller: JSON) -> JSON:
        """Takes the fee of each whole week that has ended and has none."""
        cause = of_command("accrue_fees", payload, caller)
        posted = fees.accrue_fees(load(AccrueFeesSchema(), payload), cause=cause, desk=self.desk.fees)
        return {"items": [entry_out(each) for each in posted], "next": None}
