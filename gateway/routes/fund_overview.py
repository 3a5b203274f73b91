"""A fund at a glance, a month of it, a year of it, and the contribution that the council invoices."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import fund_overview as shapes
from gateway.schemas.ledger import Entry
from gateway.services import LEDGER

Fields = dict[str, Any]
ONE = "/funds/<id:fund_id>"

fund_overview = ApiBlueprint("fund overview", __name__, description="A fund at a glance, a month of it, a year of it.")


@fund_overview.operation("GET", f"{ONE}/position", "funds.position", answer=shapes.FundPosition)
def get_position(fund_id: str) -> Fields:
    """See where a fund stands: budget, committed, spent, available, and when a surplus or shortfall is to be expected."""
    return ask(LEDGER, "get_position", {"id": fund_id})


@fund_overview.operation("GET", f"{ONE}/month", "funds.month", query=shapes.DayAsked, answer=shapes.FundMonth)
def get_month(query: Fields, fund_id: str) -> Fields:
    """Get a month's activities and committed spend against budget (CP 10.3), by plan line, never by payee."""
    return ask(LEDGER, "get_month", {**query, "id": fund_id})


@fund_overview.operation("GET", f"{ONE}/summary", "funds.summary", query=shapes.DayAsked, answer=shapes.FundSummary)
def get_summary(query: Fields, fund_id: str) -> Fields:
    """Get a year's summary of income received and expenditure incurred (CP 9.8): as the year ends, or at any time."""
    return ask(LEDGER, "get_summary", {**query, "id": fund_id})


@fund_overview.operation(
    "POST", f"{ONE}/contributions", "funds.note_contribution", body=shapes.NewContribution, answer=Entry
)
def note_contribution(body: Fields, fund_id: str) -> Fields:
    """Note that the council invoiced the person's contribution, four weeks in arrears (CP 5.4).

    None of the fund's money moves: it is paid in full.
    """
    return change(LEDGER, "note_contribution", {**body, "id": fund_id})
