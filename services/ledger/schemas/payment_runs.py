"""Payment runs, and where funds' payments go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.commands import ApproveRun, PrepareRun, WithdrawRun
from services.ledger.model.payment_details import METHODS, NEEDED, PaymentDetails, PayTo
from services.ledger.model.payment_files import FORMATS, PaymentFile
from services.ledger.model.payment_runs import LineCursor, MethodTotal, PaymentRun, RunLine
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, Text, optional_day, optional_id
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField, PenceField

LINE_STATUSES = ("due", "held-back", "posted", "refused")
_CURSOR = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})")
_CARD_TEXT = re.compile(r"[A-Za-z0-9._/ -]{0,40}")
_CARD_NUMBER = re.compile(r"\d{13,19}")


def _card_text(text: str) -> None:
    if not _CARD_TEXT.fullmatch(text):
        raise ValidationError("At most 40 letters, digits, spaces and . _ / -")


def _no_card_number(text: str) -> None:
    if _CARD_NUMBER.search(re.sub(r"[ -]", "", text)):
        raise ValidationError("Give the card company's reference for the card, never the card's number.")


class DetailsSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    method = fields.String(required=True, validate=validate.OneOf(METHODS))
    card_reference = fields.String(load_default="", validate=[_card_text, _no_card_number])
    sort_code = fields.String(load_default="", validate=validate.Regexp(r"^([0-9]{6})?\Z", error="Give six digits."))
    account_number = fields.String(
        load_default="", validate=validate.Regexp(r"^([0-9]{8})?\Z", error="Give eight digits.")
    )
    account_name = Text(longest=18, load_default="")
    reference = Text(longest=18, load_default="")

    @validates_schema
    def check_method(self, data: Mapping[str, Any], **_: Any) -> None:
        needed = NEEDED[data["method"]]
        for name in ("card_reference", "sort_code", "account_number", "account_name"):
            if name in needed and not data[name]:
                raise ValidationError(f"Needed to pay by {data['method']}.", name)
            if name not in needed and data[name]:
                raise ValidationError(f"Not for paying by {data['method']}.", name)
        if "reference" in needed and not data["reference"]:
            raise ValidationError("Needed: how the council's own payment system knows the payee.", "reference")

    def command(self, data: JSON) -> tuple[str, PayTo]:
        fund_id = str(data.pop("fund_id"))
        return fund_id, PayTo(**data)


class PrepareRunSchema(CommandSchema):
    council_id = IdField(required=True)
    pay_on = DayField(required=True)
    due_through = optional_day()

    def command(self, data: JSON) -> PrepareRun:
        return PrepareRun(**data)


class ApproveRunSchema(CommandSchema):
    run_id = IdField(data_key="id", required=True)
    payments = fields.Integer(required=True, strict=True, validate=validate.Range(min=0))
    amount_pence = PenceField(required=True, minimum=0)

    def command(self, data: JSON) -> ApproveRun:
        return ApproveRun(run_id=data["run_id"], lines=data["payments"], amount=data["amount_pence"])


class WithdrawRunSchema(CommandSchema):
    run_id = IdField(data_key="id", required=True)
    reason = Text(required=True, shortest=1, longest=500)

    def command(self, data: JSON) -> WithdrawRun:
        return WithdrawRun(**data)


class RunById(Strict):
    run_id = IdField(data_key="id", required=True)


class ListRuns(Paged):
    council_id = optional_id()


class RunLinesAsked(Paged):
    run_id = IdField(data_key="id", required=True)
    status = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LINE_STATUSES))

    @post_load
    def build(self, data: JSON, **_: Any) -> JSON:
        return data | {"after": _cursor(data["after"])}


class RunFileAsked(RunById):
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))


def details_out(stored: Stored[PaymentDetails]) -> JSON:
    """A fund's payment details as finance officers see them."""
    details = stored.state
    to = details.pay_to
    return {
        "id": stored.id,
        "version": stored.version,
        "fund_id": details.fund_id,
        **_pay_to_out(to),
        "entered_by": details.entered_by,
        "entered_at": format_instant(details.entered_at),
    }


def run_out(stored: Stored[PaymentRun]) -> JSON:
    """A payment run with its totals."""
    run = stored.state
    tally = run.tally
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": run.council_id,
        "status": run.status,
        "pay_on": run.pay_on.isoformat(),
        "due_through": run.due_through.isoformat(),
        "send_bacs_by": run.send_bacs_by.isoformat() if run.send_bacs_by else None,
        "policy_version": run.policy_version,
        "clause": run.clause,
        "payments": tally.lines,
        "amount_pence": tally.amount.amount,
        "by_method": [_method_out(each) for each in tally.by_method],
        "held_back": tally.held_back,
        "not_due": tally.not_due,
        "posted": tally.posted,
        "posted_pence": tally.posted_amount.amount,
        "refused": tally.refused,
        **_officers_out(run),
    }


def line_out(line: RunLine) -> JSON:
    """One fund of a run."""
    return {
        "fund_id": line.fund_id,
        "status": line.status,
        "from": line.first_on.isoformat() if line.first_on else None,
        "to": line.to_on.isoformat() if line.to_on else None,
        "amount_pence": line.amount.amount,
        "pay_to": _pay_to_out(line.pay_to) if line.pay_to else None,
        "details_by": line.details_by or None,
        "reason": line.reason,
        "entry_id": line.entry_id or None,
    }


def cursor_out(cursor: LineCursor | None) -> str | None:
    """A line's place as text."""
    return None if cursor is None else f"{cursor.page}.{cursor.place}"


def file_out(file: PaymentFile) -> JSON:
    """A file to send."""
    return {"name": file.name, "content_type": file.content_type, "text": file.text}


def _cursor(text: str | None) -> LineCursor:
    if text is None:
        return LineCursor()
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise ValidationError("This is no cursor of a payment run.", "after")
    return LineCursor(page=int(found[1]), place=int(found[2]))


def _pay_to_out(to: PayTo) -> JSON:
    return {
        "method": to.method,
        "card_reference": to.card_reference,
        "sort_code": to.sort_code,
        "account_number": to.account_number,
        "account_name": to.account_name,
        "reference": to.reference,
    }


def _method_out(sum: MethodTotal) -> JSON:
    return {"method": sum.method, "payments": sum.lines, "amount_pence": sum.amount.amount}


def _officers_out(run: PaymentRun) -> JSON:
    return {
        "prepared_by": run.prepared_by,
        "prepared_at": format_instant(run.prepared_at),
        "approved_by": run.approved_by,
        "approved_at": format_instant(run.approved_at) if run.approved_at else None,
        "withdrawn_by": run.withdrawn_by,
        "reason": run.reason,
        "ended_at": format_instant(run.ended_at) if run.ended_at else None,
    }
