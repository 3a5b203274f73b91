"""Asking the rules of money without posting anything: about a fund, or about facts alone."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask
from gateway.schemas.decisions import Decision, NewQuestion
from gateway.services import LEDGER

Fields = dict[str, Any]

decisions = ApiBlueprint("decisions", __name__, description="Asking the rules of money without posting anything.")


@decisions.operation("POST", "/funds/<id:fund_id>/decisions", "funds.decide", body=NewQuestion, answer=Decision)
def decide_about_fund(body: Fields, fund_id: str) -> Fields:
    """Ask a rule about a fund as it stands.

    The answer names its clauses, the reading of the council's pack, and what evidence would change it. Nothing is posted.
    """
    return ask(LEDGER, "get_decision_about_fund", {**body, "id": fund_id})


@decisions.operation(
    "POST", "/policies/<id:council_id>/decisions", "policies.decide", body=NewQuestion, answer=Decision
)
def decide_by_facts(body: Fields, council_id: str) -> Fields:
    """Ask a rule of a council about facts alone, without any fund."""
    return ask(LEDGER, "get_decision_by_facts", {**body, "council_id": council_id})
