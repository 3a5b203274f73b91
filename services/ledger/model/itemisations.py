"""A fund's entries one by one for somebody who sees sums by default: asked for with a reason, on record, told to the person.

The council has full access to records for audit (CP 9.7); that it is asked for each time is ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.ledger.model.blocks import Posted
from services.ledger.model.entries import Period
from services.ledger.model.funds import Fund
from shared.events.fund_life import FundItemised
from shared.messaging.aggregates import Decision

CLAUSE = "CP 9.7"


@dataclass(frozen=True, kw_only=True)
class Itemisation:
    """Who asked to see which days of a fund, when and why."""

    itemisation_id: str
    fund_id: str
    period: Period
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Itemised:
    """What was asked for, and the entries of its days."""

    asked: Itemisation
    entries: tuple[Posted, ...]


def itemise(asked: Itemisation, fund: Fund) -> Decision[Itemisation]:
    """The record of it, which is told to the person."""
    told = FundItemised(
        fund_id=fund.fund_id,
        itemisation_id=asked.itemisation_id,
        person_id=fund.person_id,
        asked_by=asked.asked_by,
        from_on=asked.period.from_on,
        to_on=asked.period.to_on,
    )
    return Decision(state=asked, events=[told])
