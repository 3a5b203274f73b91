"""A fund at a glance, a month of it, a year of it."""

from __future__ import annotations

from services.ledger.calls.base import JSON, LedgerCalls
from services.ledger.handlers import overview
from services.ledger.handlers.overview import Overlooked
from services.ledger.schemas.common import ById
from services.ledger.schemas.overview import DayAsked, month_out, position_out, summary_out
from shared.context import Caller
from shared.messaging.calls.entrypoint import reads
from shared.problems import load


class OverviewCalls(LedgerCalls):
    """A fund at a glance, a month of it, a year of it."""

    @reads
    def get_position(self, payload: JSON, caller: JSON) -> JSON:
        given = load(ById(), payload)
        found = overview.get_position(given["fund_id"], caller=Caller.from_dict(caller), desk=self._overlooked())
        return position_out(found)

    @reads
    def get_month(self, payload: JSON, caller: JSON) -> JSON:
        given = load(DayAsked(), payload)
        found = overview.get_month(
            given["fund_id"], on=given["on"], caller=Caller.from_dict(caller), desk=self._overlooked()
        )
        return month_out(found)

    @reads
    def get_summary(self, payload: JSON, caller: JSON) -> JSON:
        given = load(DayAsked(), payload)
        found = overview.get_summary(
            given["fund_id"], on=given["on"], caller=Caller.from_dict(caller), desk=self._overlooked()
        )
        return summary_out(found)

    def _overlooked(self) -> Overlooked:
        desk = self.desk
        return Overlooked(funds=desk.funds, books=desk.books, policies=desk.policies, clock=desk.clock)
