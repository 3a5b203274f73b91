"""Payment runs: a council's payments in advance to all its funds, drawn up, approved by another officer, sent (CP 5.4)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from marshmallow import ValidationError

from gateway.api import serves
from gateway.asking import ask, caller, may
from gateway.pages.fields import Field, Known
from gateway.pages.forms import Form, Payload
from gateway.pages.money import back_to, below_fund, on_day, page_of_list, reason
from gateway.pages.options import fixed
from gateway.pages.records import about_whom
from gateway.pages.showing import unless_missing
from gateway.pages.steps import Record, Step, Steps, to_the_new
from gateway.pages.words import council, short_day
from gateway.routes.payment_runs import to_keep
from gateway.schemas import payment_runs as shapes
from gateway.services import LEDGER
from gateway.statements import pounds
from gateway.strict import refuse

PLACE = "/payment-runs"
ONE = f"{PLACE}/<id:id>"
DETAILS = "/funds/<id:id>/payment-details"
METHODS = {"card": "Prepaid card", "bank": "Bank account", "other": "The council's own payment system"}
FILES = {"bank": ("bacs18", "Bacs file (Standard 18)"), "card": ("card-load", "Card-load file")}
STATUSES = (("", "All"), ("due", "Due"), ("held-back", "Held back"), ("posted", "Posted"), ("refused", "Refused"))


def _as_seen(answers: Payload, _: Known) -> Payload:
    """The totals that stood on the form, as numbers."""
    return {name: int(text) if str(text).isdecimal() else text for name, text in answers.items()}


def _plain_numbers(answers: Payload, _: Known) -> Payload:
    """Sort codes are written with dashes and account numbers with spaces; banks' files have neither."""
    numbers = {name: answers[name] for name in ("sort_code", "account_number") if name in answers}
    return answers | {name: text.replace("-", "").replace(" ", "") for name, text in numbers.items()}


def _now(name: str) -> Any:
    return lambda known: str(known.record.get(name, ""))


PREPARE = Form(
    title="Prepare a payment run",
    button="Draw the run up",
    shape=shapes.NewPaymentRun,
    intro=(
        (
            "Every open fund of the council that has a payment due is in it. Nothing is paid by this: once it is drawn up, "
            "another officer approves it."
        ),
    ),
    fields=(
        *about_whom(person=False),
        on_day("pay_on", "On which day is the money there?", hint="A banking day"),
        on_day(
            "due_through",
            "Payments that fall due up to which day?",
            optional=True,
            hint="Left empty, the day of payment",
        ),
    ),
)
APPROVE = Form(
    title="Approve this payment run",
    button="Approve these payments",
    warning=True,
    shape=shapes.RunApproval,
    arrange=_as_seen,
    intro=(
        "You approve the totals above. The payments are posted on the day of payment, or at once if that has come.",
    ),
    fields=(
        Field(name="payments", label="Payments", kind="kept", usual=_now("payments")),
        Field(name="amount_pence", label="Amount", kind="kept", usual=_now("amount_pence")),
    ),
)
WITHDRAW = Form(
    title="Withdraw this payment run",
    button="Withdraw it",
    warning=True,
    shape=shapes.RunWithdrawal,
    intro=("Nothing of it is paid. A new run can be prepared then.",),
    fields=(reason(),),
)
ENTER = Form(
    title="Enter where payments go",
    button="Save",
    shape=shapes.NewPaymentDetails,
    arrange=_plain_numbers,
    intro=("Whoever enters this approves no run that pays to it.",),
    fields=(
        Field(
            name="method",
            label="How is the fund paid?",
            kind="one_of",
            choices=fixed(METHODS, **METHODS),
            usual=_now("method"),
            ask="Choose how it is paid.",
        ),
        Field(
            name="card_reference",
            label="Card reference",
            heading="A prepaid card",
            hint="The card company's reference, never the card's number",
            usual=_now("card_reference"),
            optional=True,
            width=20,
        ),
        Field(
            name="sort_code",
            label="Sort code",
            heading="A bank account",
            usual=_now("sort_code"),
            optional=True,
            width=10,
        ),
        Field(name="account_number", label="Account number", usual=_now("account_number"), optional=True, width=10),
        Field(
            name="account_name",
            label="Name on the account",
            hint="At most 18 characters, as banks take it",
            usual=_now("account_name"),
            optional=True,
            width=20,
        ),
        Field(
            name="reference",
            label="Reference",
            heading="What the payee reads",
            hint="Or how the council's own payment system knows the payee; at most 18 characters",
            usual=_now("reference"),
            optional=True,
            width=20,
        ),
    ),
)


def _this_run(id: str, **_: str) -> Known:
    run = ask(LEDGER, "get_payment_run", {"id": id})
    facts = (
        ("Day of payment", short_day(run["pay_on"])),
        ("Payments", str(run["payments"])),
        ("Amount", pounds(run["amount_pence"])),
        ("Funds held back", str(run["held_back"])),
    )
    return Known(council_id=run["council_id"], record=run, name="Payment run", address=f"{PLACE}/{id}", facts=facts)


def _these_details(id: str, **_: str) -> Known:
    known = below_fund("payment-details", "Where payments go")(id)
    return Known(
        council_id=known.council_id,
        record=_details(id) or {},
        name=known.name,
        address=known.address,
        facts=known.facts,
    )


def _by_another(run: Record) -> bool:
    return bool(run.get("status") == "prepared" and run.get("prepared_by") != caller().actor_id)


def _not_begun(run: Record) -> bool:
    return run.get("status") in ("preparing", "prepared", "approved") and not run.get("posted")


run_pages = Blueprint("run_pages", __name__)
RUNS = Steps(
    blueprint=run_pages,
    steps=(
        Step(
            name="prepare",
            address=f"{PLACE}/new",
            operation="payment_runs.prepare",
            method="prepare_payment_run",
            form=PREPARE,
            about=lambda: Known(name="Payment runs", address=PLACE),
            done="The run is being drawn up. Look again in a moment.",
            service=LEDGER,
            then=to_the_new(PLACE),
            elsewhere=True,
        ),
        Step(
            name="approve",
            address=f"{ONE}/approve",
            operation="payment_runs.approve",
            method="approve_payment_run",
            form=APPROVE,
            about=_this_run,
            done="The run is approved. Its file can be sent.",
            service=LEDGER,
            possible=_by_another,
        ),
        Step(
            name="withdraw",
            address=f"{ONE}/withdraw",
            operation="payment_runs.withdraw",
            method="withdraw_payment_run",
            form=WITHDRAW,
            about=_this_run,
            done="The run is withdrawn.",
            service=LEDGER,
            possible=_not_begun,
        ),
        Step(
            name="enter_details",
            address=f"{DETAILS}/change",
            operation="funds.enter_payment_details",
            method="enter_payment_details",
            form=ENTER,
            about=_these_details,
            done="Where the fund's payments go is saved.",
            service=LEDGER,
            elsewhere=True,
        ),
    ),
)
RUNS.register()


@run_pages.get(PLACE)
@serves("payment_runs.list")
def runs() -> str:
    """The councils' runs, the newest first."""
    page = page_of_list("list_payment_runs", shapes.RunFilter, only=("council_id",))
    new = {"text": PREPARE.title, "href": RUNS.address("prepare")} if may("payment_runs.prepare") else None
    return render_template("payment_runs.html", page=page, new=new)


@run_pages.get(ONE)
@serves("payment_runs.read")
def run(id: str) -> str:
    """One run: its totals, its files, and a line for each fund with its reason."""
    record = ask(LEDGER, "get_payment_run", {"id": id})
    lines = page_of_list("list_payment_run_lines", shapes.RunLineFilter, only=("status",), id=id)
    return render_template(
        "payment_run.html",
        run=record,
        facts=_facts(record),
        methods=METHODS,
        files=_files(record),
        lines=lines,
        statuses=STATUSES,
        steps=RUNS.possible(record, id=id),
        is_own=record["status"] == "prepared" and not _by_another(record) and may("payment_runs.approve"),
        may_open=may("pages.fund"),
        done=RUNS.done(),
    )


@run_pages.get(f"{ONE}/file")
@serves("payment_runs.file")
def run_file(id: str) -> Response:
    """The file that has an approved run paid."""
    try:
        asked = shapes.FileAsked().load(request.args.to_dict())
    except ValidationError as error:
        refuse(error)
    return to_keep(ask(LEDGER, "get_payment_run_file", {**asked, "id": id}))


@run_pages.get(DETAILS)
@serves("funds.payment_details")
def payment_details(id: str) -> str:
    """Where a fund's payments go, and who entered it."""
    return render_template(
        "payment_details.html",
        details=_details(id),
        methods=METHODS,
        back=back_to(id),
        change=RUNS.address("enter_details", id=id) if may("funds.enter_payment_details") else "",
        done=RUNS.done(),
    )


def _details(id: str) -> dict[str, Any] | None:
    return unless_missing(lambda: ask(LEDGER, "get_payment_details", {"id": id}))


def _facts(run: Record) -> list[tuple[str, str]]:
    sends = run.get("send_bacs_by")
    return [
        ("Council", council(str(run["council_id"]))),
        ("Day of payment", short_day(run["pay_on"])),
        ("Payments that fall due by", short_day(run["due_through"])),
        ("Send a Bacs file by", short_day(sends) if sends else ""),
        ("Payments", str(run["payments"])),
        ("Amount", pounds(run["amount_pence"])),
        ("Funds held back", str(run["held_back"])),
        ("Funds that nothing is due for", str(run["not_due"])),
        ("Posted", f"{run['posted']}, {pounds(run['posted_pence'])}"),
        ("Refused by their books", str(run["refused"]) if run["refused"] else ""),
        ("Rules", f"{run['policy_version']} ({run['clause']})"),
        ("Prepared by", run["prepared_by"]),
        ("Approved by", run.get("approved_by") or ""),
        ("Withdrawn by", f"{run['withdrawn_by']}: {run['reason']}" if run.get("withdrawn_by") else ""),
    ]


def _files(run: Record) -> list[tuple[str, str]]:
    """The files of what was approved: what it is, and its address."""
    if run["status"] not in ("approved", "posted") or not may("payment_runs.file"):
        return []
    used = [FILES[each["method"]] for each in run["by_method"] if each["method"] in FILES and each["payments"]]
    every = [*used, ("csv", "Every payment (CSV)")] if run["payments"] else []
    return [(text, f"{PLACE}/{run['id']}/file?format={name}") for name, text in every]
