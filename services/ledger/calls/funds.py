"""Opening funds, agreeing plans, closing."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import closing, funds, life, moving
from services.ledger.schemas.common import ById
from services.ledger.schemas.funds import (
    AgreePlanSchema,
    CloseFundSchema,
    ListFunds,
    MoveFundSchema,
    OpenFundSchema,
    fund_out,
)
from services.ledger.store import funds_visible_to
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class FundCalls(LedgerCalls):
    """Opening funds, agreeing plans, closing."""

    @rpc
    def open_fund(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        stored = funds.open_fund(
            load(OpenFundSchema(), payload),
            cause=of_command("open_fund", payload, caller),
            funds=desk.funds,
            policies=desk.policies,
            clock=desk.clock,
        )
        return fund_out(stored)

    @reads
    def get_fund(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        stored = funds.get_fund(given["fund_id"], caller=Caller.from_dict(caller), funds=self.desk.funds)
        return fund_out(stored)

    @reads
    def list_funds(self, payload: JSON, caller: JSON) -> JSON:
        found = funds_visible_to(Caller.from_dict(caller), self.desk.funds, **load(ListFunds(), payload))
        return {"items": [fund_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def agree_plan(self, payload: JSON, caller: JSON) -> JSON:
        """The social worker agrees a plan as it is given, for outcomes that the council set, if it has set any."""
        desk, command = self.desk, load(AgreePlanSchema(), payload)
        life.check_outcomes(command, caller=Caller.from_dict(caller), desk=desk.life)
        stored = funds.agree_plan(
            command,
            cause=of_command("agree_plan", payload, caller),
            funds=desk.funds,
            policies=desk.policies,
            clock=desk.clock,
        )
        return fund_out(stored)

    @rpc
    def move_fund(self, payload: JSON, caller: JSON) -> JSON:
        """Moves the fund's money to another fund of the person; answers with that fund."""
        desk = self.desk
        stored = moving.move_fund(
            load(MoveFundSchema(), payload),
            cause=of_command("move_fund", payload, caller),
            funds=desk.funds,
            books=desk.books,
            policies=desk.policies,
            processes=desk.processes,
            clock=desk.clock,
        )
        return fund_out(stored)

    @rpc
    def close_fund(self, payload: JSON, caller: JSON) -> JSON:
        desk = self.desk
        stored = closing.close_fund(
            load(CloseFundSchema(), payload),
            cause=of_command("close_fund", payload, caller),
            funds=desk.funds,
            books=desk.books,
            processes=desk.processes,
        )
        return fund_out(stored)
