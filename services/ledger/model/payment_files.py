"""What is sent to have a payment run paid: a Bacs file, a card-load file, or every payment as CSV.

A file is what was approved, whenever it is asked for: the same bytes again for the same run.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from services.ledger.errors import NothingToSend, OriginatorUnknown
from services.ledger.model.bacs import Originator, processing_day, standard_18
from services.ledger.model.payment_runs import PaymentRun, RunLine
from services.ledger.model.statement_forms import csv_text, pounds
from shared.dates import london_day
from shared.policy.calendars import BankHolidays

FORMATS = ("bacs18", "card-load", "csv")
CARD_HEADINGS = ("Card reference", "Amount", "Load on", "Reference", "Fund")
HEADINGS = ("Fund", "Paid by", "Pay to", "Account name", "Amount", "First day", "Last day", "Reference")


@dataclass(frozen=True, kw_only=True)
class PaymentFile:
    """A file to send: its name, what it is, and its text."""

    name: str
    content_type: str
    text: str


def payment_file(
    run: PaymentRun, lines: Sequence[RunLine], *, format: str, originator: Originator | None, holidays: BankHolidays
) -> PaymentFile:
    """The run's file in this format. Raises `RunNotAtThatStep`, `NothingToSend`, `OriginatorUnknown`, `BanksClosed`."""
    run.check_approved()
    sent = {"bacs18": partial(_paid_by, "bank"), "card-load": partial(_paid_by, "card")}.get(format, list)(lines)
    if not sent:
        raise NothingToSend(f"Payment run {run.run_id} has no payment for a file of {format}.")
    if format == "bacs18":
        return _bacs(run, sent, originator, holidays)
    return _card_load(run, sent) if format == "card-load" else _every(run, sent)


def reference_of(run: PaymentRun) -> str:
    """What payees read beside the money: `ISF 20260302`."""
    return f"ISF {run.pay_on:%Y%m%d}"


def serial_of(run: PaymentRun) -> str:
    """Six characters that name the run's volume, the same each time."""
    return hashlib.sha256(run.run_id.encode()).hexdigest()[:6].upper()


def _bacs(
    run: PaymentRun, lines: Sequence[RunLine], originator: Originator | None, holidays: BankHolidays
) -> PaymentFile:
    if originator is None:
        raise OriginatorUnknown(f"No setting says which account {run.council_id} pays from.")
    text = standard_18(
        lines,
        originator=originator,
        serial=serial_of(run),
        made_on=london_day(run.approved_at or run.prepared_at),
        processed_on=processing_day(run.pay_on, holidays),
        reference=reference_of(run),
    )
    return PaymentFile(name=f"{run.run_id}.bacs18.txt", content_type="text/plain; charset=us-ascii", text=text)


def _card_load(run: PaymentRun, lines: Sequence[RunLine]) -> PaymentFile:
    rows = [
        (line.pay_to.card_reference, pounds(line.amount), run.pay_on.isoformat(), reference_of(run), line.fund_id)
        for line in lines
        if line.pay_to is not None
    ]
    return _csv(f"{run.run_id}.card-load.csv", CARD_HEADINGS, rows)


def _every(run: PaymentRun, lines: Sequence[RunLine]) -> PaymentFile:
    return _csv(f"{run.run_id}.csv", HEADINGS, [_row(line) for line in lines])


def _row(line: RunLine) -> tuple[str, ...]:
    to, first, last = line.pay_to, line.first_on, line.to_on
    if to is None or first is None or last is None:
        raise ValueError("a payment has a destination and days")
    where = to.card_reference or f"{to.sort_code} {to.account_number}".strip()
    return (
        line.fund_id,
        to.method,
        where,
        to.account_name,
        pounds(line.amount),
        first.isoformat(),
        last.isoformat(),
        to.reference,
    )


def _csv(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> PaymentFile:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([csv_text(cell) for cell in row] for row in rows)
    return PaymentFile(name=name, content_type="text/csv; charset=utf-8", text=text.getvalue())


def _paid_by(method: str, lines: Sequence[RunLine]) -> list[RunLine]:
    return [line for line in lines if line.pay_to is not None and line.pay_to.method == method]
