"""Bank and card statements: taking them in, settling their lines, bank against book (CP 9.5)."""

from __future__ import annotations

import base64
from typing import Any

from flask import request

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import reconciliation as shapes
from gateway.schemas.common import page_of
from gateway.services import LEDGER

Fields = dict[str, Any]
FUND = "/funds/<id:fund_id>"
LINE = f"{FUND}/bank-lines/<id:line_id>"
KINDS = ("text/csv", "application/x-ofx", "application/ofx", "application/xml", "text/xml")

reconciliation = ApiBlueprint(
    "reconciliation", __name__, description="Bank and card statements held against a fund's book (CP 9.5)."
)


@reconciliation.operation(
    "POST",
    "/statement-imports",
    "statements.import",
    query=shapes.ImportTerms,
    answer=shapes.TakenFile,
    body_types={kind: {"type": "string", "format": "binary"} for kind in KINDS},
)
def import_statement(query: Fields) -> Fields:
    """Take a bank's or card company's statement in: CSV by a profile, OFX or camt.053, by its content type.

    Each line is kept once, however often files that hold it come. What is certain is matched with the book; the rest waits in
    a queue with its reason. A file that does not add up, or has a row that can't be read, is refused whole.
    """
    file = {"content_type": request.content_type or "", "body_base64": base64.b64encode(request.get_data()).decode()}
    return ask(LEDGER, "import_statement", {**query, **file})


@reconciliation.operation(
    "GET", f"{FUND}/bank-lines", "statements.lines", query=shapes.LineFilter, answer=page_of(shapes.BankLine)
)
def list_bank_lines(query: Fields, fund_id: str) -> Fields:
    """List a fund's bank lines, the newest first; `status=queued` is the queue."""
    return ask(LEDGER, "list_bank_lines", {**query, "id": fund_id})


@reconciliation.operation("GET", LINE, "statements.read_line", answer=shapes.BankLine)
def get_bank_line(fund_id: str, line_id: str) -> Fields:
    """Read one bank line: what it is, or why it waits and which entries it could be."""
    return ask(LEDGER, "get_bank_line", {"id": fund_id, "line_id": line_id})


@reconciliation.operation(
    "POST", f"{FUND}/bank-lines/match", "statements.match_again", body=shapes.LookAgain, answer=shapes.MatchCount
)
def match_bank_lines(body: Fields, fund_id: str) -> Fields:
    """Look at the queue again, after entries were posted or corrected."""
    return change(LEDGER, "match_bank_lines", {**body, "id": fund_id})


@reconciliation.operation("POST", f"{LINE}/match", "statements.match", body=shapes.LineMatch, answer=shapes.BankLine)
def match_bank_line(body: Fields, fund_id: str, line_id: str) -> Fields:
    """Say which entry a line is. The amounts must be the same; an entry belongs to one line."""
    return change(LEDGER, "match_bank_line", {**body, "id": fund_id, "line_id": line_id})


@reconciliation.operation(
    "POST", f"{LINE}/set-aside", "statements.set_aside", body=shapes.LineSetAside, answer=shapes.BankLine
)
def set_bank_line_aside(body: Fields, fund_id: str, line_id: str) -> Fields:
    """Say that a line is nothing of the book's, and why: a bank's own mistake that it puts right, say."""
    return change(LEDGER, "set_bank_line_aside", {**body, "id": fund_id, "line_id": line_id})


@reconciliation.operation(
    "POST", f"{LINE}/release", "statements.release", body=shapes.LookAgain, answer=shapes.BankLine
)
def release_bank_line(body: Fields, fund_id: str, line_id: str) -> Fields:
    """Put a line that was settled wrongly back into the queue."""
    return change(LEDGER, "release_bank_line", {**body, "id": fund_id, "line_id": line_id})


@reconciliation.operation("GET", f"{FUND}/reconciliation", "statements.reconciliation", answer=shapes.Reconciliation)
def get_reconciliation(fund_id: str) -> Fields:
    """Hold the bank's closing balance against the book, with everything that stands on one side only."""
    return ask(LEDGER, "get_reconciliation", {"id": fund_id})
