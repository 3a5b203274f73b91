"""Payment runs: a council's payments in advance to all its funds, and where each fund's payments go."""

from __future__ import annotations

from typing import Any

from flask import Response

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import payment_runs as shapes
from gateway.schemas.common import page_of
from gateway.services import LEDGER

Fields = dict[str, Any]
ONE = "/payment-runs/<id:run_id>"
DETAILS = "/funds/<id:fund_id>/payment-details"
TEXTS = ("text/plain", "text/csv")

payment_runs = ApiBlueprint(
    "payment runs", __name__, description="A council's payments in advance to all its funds (CP 5.4)."
)


@payment_runs.operation(
    "PUT", DETAILS, "funds.enter_payment_details", body=shapes.NewPaymentDetails, answer=shapes.PaymentDetails
)
def enter_payment_details(body: Fields, fund_id: str) -> Fields:
    """Enter where a fund's payments go: a card, a bank account, or the council's own payment system.

    A card is named by the card company's reference; a card number is refused. Whoever enters it approves no run that pays to
    it.
    """
    return change(LEDGER, "enter_payment_details", {**body, "id": fund_id})


@payment_runs.operation("GET", DETAILS, "funds.payment_details", answer=shapes.PaymentDetails)
def get_payment_details(fund_id: str) -> Fields:
    """Read where a fund's payments go."""
    return ask(LEDGER, "get_payment_details", {"id": fund_id})


@payment_runs.operation(
    "POST",
    "/payment-runs",
    "payment_runs.prepare",
    body=shapes.NewPaymentRun,
    answer=shapes.PaymentRun,
    status=201,
)
def prepare_payment_run(body: Fields) -> Fields:
    """Draw up a run: what falls due for every open fund of the council.

    Nothing is paid yet. The ledger draws it up by itself; once it is `prepared`, another officer approves it or it is
    withdrawn. A council has one open run at a time, so that no fund is paid by two.
    """
    return ask(LEDGER, "prepare_payment_run", body)


@payment_runs.operation(
    "GET", "/payment-runs", "payment_runs.list", query=shapes.RunFilter, answer=page_of(shapes.PaymentRun)
)
def list_payment_runs(query: Fields) -> Fields:
    """List payment runs, the newest first."""
    return ask(LEDGER, "list_payment_runs", query)


@payment_runs.operation("GET", ONE, "payment_runs.read", answer=shapes.PaymentRun)
def get_payment_run(run_id: str) -> Fields:
    """Read a payment run with its totals."""
    return ask(LEDGER, "get_payment_run", {"id": run_id})


@payment_runs.operation(
    "GET", f"{ONE}/lines", "payment_runs.lines", query=shapes.RunLineFilter, answer=page_of(shapes.RunLine)
)
def list_payment_run_lines(query: Fields, run_id: str) -> Fields:
    """List a run's payments, and the funds held back with the reason."""
    return ask(LEDGER, "list_payment_run_lines", {**query, "id": run_id})


@payment_runs.operation(
    "POST", f"{ONE}/approve", "payment_runs.approve", body=shapes.RunApproval, answer=shapes.PaymentRun
)
def approve_payment_run(body: Fields, run_id: str) -> Fields:
    """Approve a run with the totals that you have seen.

    Not by whoever prepared it or entered a destination in it. Each payment is posted on its fund's book once, on the day of
    payment or at once when that has come.
    """
    return change(LEDGER, "approve_payment_run", {**body, "id": run_id})


@payment_runs.operation(
    "POST", f"{ONE}/withdraw", "payment_runs.withdraw", body=shapes.RunWithdrawal, answer=shapes.PaymentRun
)
def withdraw_payment_run(body: Fields, run_id: str) -> Fields:
    """Withdraw a run of which nothing is posted yet."""
    return change(LEDGER, "withdraw_payment_run", {**body, "id": run_id})


@payment_runs.operation(
    "GET",
    f"{ONE}/file",
    "payment_runs.file",
    query=shapes.FileAsked,
    answer=shapes.PaymentRun,
    answer_types=TEXTS,
)
def get_payment_run_file(query: Fields, run_id: str) -> Response:
    """Get the file that has an approved run paid: Bacs Standard 18, a card-load file, or every payment as CSV.

    It is what was approved, the same each time. A payment that its book refused since is still in it; the run's lines say so.
    """
    return to_keep(ask(LEDGER, "get_payment_run_file", {**query, "id": run_id}))


def to_keep(file: Fields) -> Response:
    """A file of the ledger's making, to be kept."""
    response = Response(file["text"], content_type=file["content_type"])
    response.headers["Content-Disposition"] = f'attachment; filename="{file["name"]}"'
    return response
