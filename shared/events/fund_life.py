"""What the ledger tells of a fund's life around its money: of its arrangement. Amounts are whole pence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from shared.events.language import Event, event
from shared.events.ledger import FUND, Pence


@event("fund.arranged", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundArranged(Event):
    """The council set out the budget and what it is for, or set it out anew (CP 3.2.1)."""

    fund_id: str
    person_id: str
    parts: Annotated[tuple[str, ...], "what was set: lot, entitlement, outcomes, deployment ..."]


@event("fund.plan.drafted", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundPlanDrafted(Event):
    """Provider and person drew up the plan, or drew it up anew (CP 3.2.3)."""

    fund_id: str
    draft: Annotated[int, "counts from 1"]
    written_by: str
    weekly_cost_pence: Pence


@event("fund.signed.off", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSignedOff(Event):
    """Items of what a person is told were signed off (CP 6.6)."""

    fund_id: str
    items: tuple[str, ...]


@event("fund.started", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundStarted(Event):
    """The agreed plan was enacted and support started (CP 3.2.5)."""

    fund_id: str
    person_id: str
    started_on: date
