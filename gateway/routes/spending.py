"""Refused spends, agreement to those that need it, and evidence of entries."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import spending as shapes
from gateway.schemas.common import page_of
from gateway.schemas.ledger import Entry, EntryPage
from gateway.services import LEDGER

Fields = dict[str, Any]
ONE = "/funds/<id:fund_id>"

spending = ApiBlueprint("spending", __name__, description="Refused spends, agreement to them, and evidence of entries.")


@spending.operation(
    "GET", f"{ONE}/refused-spends", "funds.list_refused", query=EntryPage, answer=page_of(shapes.RefusedSpend)
)
def list_refused_spends(query: Fields, fund_id: str) -> Fields:
    """List spends that were asked for and not allowed, the newest first."""
    return ask(LEDGER, "list_refused_spends", {**query, "id": fund_id})


@spending.operation("GET", f"{ONE}/refused-spends/<id:spend_id>", "funds.read_refused", answer=shapes.RefusedSpend)
def get_refused_spend(fund_id: str, spend_id: str) -> Fields:
    """Read one spend that was not allowed: its clause, and what would change the answer."""
    return ask(LEDGER, "get_refused_spend", {"id": fund_id, "spend_id": spend_id})


@spending.operation(
    "POST",
    f"{ONE}/refused-spends/<id:spend_id>/agree",
    "funds.agree_to_spend",
    body=shapes.SpendAgreement,
    answer=Entry,
)
def agree_to_spend(body: Fields, fund_id: str, spend_id: str) -> Fields:
    """Agree to a spend that needs it (CP 6.17(g), (h)); it is then posted, once.

    Whoever asked for it cannot agree, and what CP 6.17(a) to (f) refuses has no route to agreement.
    """
    return change(LEDGER, "agree_to_spend", {**body, "id": fund_id, "spend_id": spend_id})


@spending.operation(
    "POST",
    f"{ONE}/entries/<id:entry_id>/evidence",
    "funds.attach_evidence",
    body=shapes.NewEvidence,
    answer=shapes.EntryEvidence,
)
def attach_evidence(body: Fields, fund_id: str, entry_id: str) -> Fields:
    """Attach a document to an entry that was posted without it (CP 9.5). The entry itself is never edited."""
    return change(LEDGER, "attach_evidence", {**body, "id": fund_id, "entry_id": entry_id})


@spending.operation("GET", f"{ONE}/evidence", "funds.list_evidence", answer=page_of(shapes.EntryEvidence))
def list_evidence(fund_id: str) -> Fields:
    """List what was attached to entries after they were posted."""
    return ask(LEDGER, "list_evidence", {"id": fund_id})


@spending.operation("GET", f"{ONE}/missing-evidence", "funds.missing_evidence", answer=page_of(shapes.MissingEvidence))
def list_missing_evidence(fund_id: str) -> Fields:
    """List the spends that no document shows, the oldest first (CP 9.5)."""
    return ask(LEDGER, "list_missing_evidence", {"id": fund_id})
