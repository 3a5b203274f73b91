"""Money of a fund set aside by purpose, spent on it or free again."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import allocations as shapes
from gateway.schemas.ledger import Entry
from gateway.services import LEDGER

Fields = dict[str, Any]
ALL = "/funds/<id:fund_id>/allocations"

allocations = ApiBlueprint(
    "allocations", __name__, description="Money set aside by purpose. All amounts are whole pence."
)


@allocations.operation("POST", ALL, "allocations.make", body=shapes.NewFundAllocation, answer=Entry)
def allocate_money(body: Fields, fund_id: str) -> Fields:
    """Set money aside for an outcome of the agreed plan.

    It stays in hand until it is spent on that outcome (`purpose` of a spend, by the same rules as any) or released.
    """
    return change(LEDGER, "allocate_money", {**body, "id": fund_id})


@allocations.operation("GET", ALL, "allocations.list", answer=shapes.FundAllocations)
def list_allocations(fund_id: str) -> Fields:
    """What is set aside for each outcome."""
    return ask(LEDGER, "list_allocations", {"id": fund_id})


@allocations.operation(
    "POST", f"{ALL}/<id:purpose>/release", "allocations.release", body=shapes.FundAllocationRelease, answer=Entry
)
def release_money(body: Fields, fund_id: str, purpose: str) -> Fields:
    """Have what is set aside for an outcome, or part of it, free again."""
    return change(LEDGER, "release_money", {**body, "id": fund_id, "purpose": purpose})
