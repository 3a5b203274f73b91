"""Funds, their plan, and their book: payments in, spends, entries, balances, statements and proof."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from gateway import fund_lists
from gateway.api import ApiBlueprint, json_answer
from gateway.asking import ask, change
from gateway.schemas import ledger as shapes
from gateway.schemas.common import page_of
from gateway.services import LEDGER
from gateway.statement_pdf import PDF, statement_as_pdf
from gateway.statements import CSV, HTML, JSON, statement_as_csv, statement_page

Fields = dict[str, Any]
ONE = "/funds/<id:fund_id>"
BY_NAME = {"json": JSON, "csv": CSV, "html": HTML, "pdf": PDF}
DRESSES = {CSV: statement_as_csv, HTML: statement_page, PDF: statement_as_pdf}

ledger = ApiBlueprint("funds", __name__, description="Individual Service Funds. All amounts are whole pence.")


@ledger.operation("POST", "/funds", "funds.open", body=shapes.NewFund, answer=shapes.Fund, status=201)
def open_fund(body: Fields) -> Fields:
    """Open a person's fund.

    Each person's money is held separately (CP 9.8).
    """
    return ask(LEDGER, "open_fund", body)


@ledger.operation("GET", "/funds", "funds.list", query=shapes.FundFilter, answer=page_of(shapes.Fund))
def list_funds(query: Fields) -> Fields:
    """List funds: officers their councils', a provider those it holds, people their own and those shared with them.

    A commissioner reads them in sums: not whose they are, nor their plans.
    """
    return fund_lists.list_funds(query)


@ledger.operation("GET", ONE, "funds.read", answer=shapes.Fund)
def get_fund(fund_id: str) -> Fields:
    """Read a fund."""
    return ask(LEDGER, "get_fund", {"id": fund_id})


@ledger.operation("POST", f"{ONE}/plan", "funds.agree_plan", body=shapes.NewPlan, answer=shapes.Fund)
def agree_plan(body: Fields, fund_id: str) -> Fields:
    """Agree the plan; spending may start (CP 3.2). Whoever wrote it cannot agree it."""
    return change(LEDGER, "agree_plan", {**body, "id": fund_id})


@ledger.operation("POST", f"{ONE}/payments", "funds.take_payment_in", body=shapes.NewPayment, answer=shapes.Payment)
def take_payment_in(body: Fields, fund_id: str) -> Fields:
    """Record money that came in (CP 5.4)."""
    return change(LEDGER, "take_payment_in", {**body, "id": fund_id})


@ledger.operation("POST", f"{ONE}/spends", "funds.request_spend", body=shapes.NewSpend, answer=shapes.Entry)
def request_spend(body: Fields, fund_id: str) -> Fields:
    """Ask to spend.

    An allowed spend is posted at once. A prohibited one is refused, naming its clause (CP 6.17).
    """
    return change(LEDGER, "request_spend", {**body, "id": fund_id})


@ledger.operation("GET", f"{ONE}/entries", "funds.list_entries", query=shapes.EntryPage, answer=page_of(shapes.Entry))
def list_entries(query: Fields, fund_id: str) -> Fields:
    """List the entries of a fund's book, the newest first."""
    return ask(LEDGER, "list_entries", {**query, "id": fund_id})


@ledger.operation("GET", f"{ONE}/entries/<id:entry_id>", "funds.read_entry", answer=shapes.OneEntry)
def get_entry(fund_id: str, entry_id: str) -> Fields:
    """Read one entry, and whether it was reversed."""
    return ask(LEDGER, "get_entry", {"id": fund_id, "entry_id": entry_id})


@ledger.operation(
    "POST",
    f"{ONE}/entries/<id:entry_id>/reverse",
    "funds.reverse_entry",
    body=shapes.Reversal,
    answer=shapes.Entry,
)
def reverse_entry(body: Fields, fund_id: str, entry_id: str) -> Fields:
    """Correct an entry by its reversal. The entry itself stays."""
    return change(LEDGER, "reverse_entry", {**body, "id": fund_id, "entry_id": entry_id})


@ledger.operation("GET", f"{ONE}/balance", "funds.balance", query=shapes.Moment, answer=shapes.Balance)
def get_balance(query: Fields, fund_id: str) -> Fields:
    """Read a balance: as of any day, and as it was known at any time."""
    return ask(LEDGER, "get_balance", {**query, "id": fund_id})


@ledger.operation(
    "GET",
    f"{ONE}/statement",
    "funds.statement",
    query=shapes.Period,
    answer=shapes.Statement,
    answer_types=(CSV, HTML, PDF),
)
def get_statement(query: Fields, fund_id: str) -> Response:
    """Get a balanced statement of some days (CP 9.8).

    As JSON, CSV, an accessible page or a tagged PDF, by `Accept` or by `format`.
    """
    wanted = BY_NAME.get(query.pop("format", "")) or request.accept_mimetypes.best_match([JSON, *DRESSES], JSON)
    statement = ask(LEDGER, "get_statement", {**query, "id": fund_id})
    return DRESSES.get(wanted or JSON, json_answer)(statement)


@ledger.operation("GET", f"{ONE}/proof", "funds.proof", query=shapes.ProofAsked, answer=shapes.Proof)
def get_proof(query: Fields, fund_id: str) -> Fields:
    """Get the proof that a fund's book was never altered: every block's hash checked from the first on."""
    return ask(LEDGER, "get_proof", {**query, "id": fund_id})


@ledger.operation("POST", f"{ONE}/move", "funds.move", body=shapes.FundMove, answer=shapes.Fund)
def move_fund(body: Fields, fund_id: str) -> Fields:
    """Move a fund to another provider (CP 5.3): to a fund of the person that is open, or to one opened for it.

    Everything it holds goes through a clearing account into the other book, and it is closed; a move that is cut short is
    finished by itself. Bookings are paid or called off first. Answers with the other fund.
    """
    return change(LEDGER, "move_fund", {**body, "id": fund_id})


@ledger.operation("POST", f"{ONE}/close", "funds.close", body=shapes.FundClosing, answer=shapes.Fund)
def close_fund(body: Fields, fund_id: str) -> Fields:
    """Close a fund that has nothing left in it (CP 4.7)."""
    return change(LEDGER, "close_fund", {**body, "id": fund_id})
