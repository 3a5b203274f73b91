"""A fund's statement as CSV and as an accessible page. The figures are the ledger's; only their dress is ours."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from flask import Response, render_template

from gateway.asking import caller
from shared.money import Pence, format_gbp

JSON, CSV, HTML = "application/json", "text/csv", "text/html"
COLUMNS = (
    "Effective on",
    "Recorded at",
    "Entry",
    "What",
    "Reference",
    "Clause",
    "Money in (£)",
    "Money out (£)",
    "Balance (£)",
)
_LEADS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def statement_as_csv(statement: Mapping[str, Any]) -> Response:
    """One row an entry, between an opening and a closing balance; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerow(_balance_row(statement["from"], "Opening balance", statement["opening_pence"]))
    writer.writerows(_entry_row(line) for line in statement["lines"])
    writer.writerow(_balance_row(statement["to"], "Closing balance", statement["closing_pence"]))
    return named(Response(text.getvalue(), content_type=f"{CSV}; charset=utf-8"), statement, "csv")


def statement_page(statement: Mapping[str, Any]) -> Response:
    """The statement as a page that can be read, heard and printed."""
    page = render_template("statement.html", statement=statement, caller=caller())
    return Response(page, content_type=f"{HTML}; charset=utf-8")


def pounds(pence: int) -> str:
    """An amount for a reader: `£1,234.50`."""
    return format_gbp(Pence(pence))


def sided(pence: int) -> str:
    """An amount with words for debit and credit instead of a sign: `£12.50 Dr`."""
    side = "" if not pence else " Dr" if pence > 0 else " Cr"
    return f"{pounds(abs(pence))}{side}"


def money_in(line: Mapping[str, Any]) -> int | None:
    """What an entry brought into the fund, in pence."""
    return line["amount_pence"] if line["amount_pence"] > 0 else None


def money_out(line: Mapping[str, Any]) -> int | None:
    """What an entry took out of the fund, in pence."""
    return -line["amount_pence"] if line["amount_pence"] < 0 else None


def named(response: Response, statement: Mapping[str, Any], ending: str) -> Response:
    """The answer as a file to keep."""
    name = f"statement-{statement['fund_id']}-{statement['from']}-{statement['to']}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _entry_row(line: Mapping[str, Any]) -> list[str]:
    return [
        line["effective_on"],
        line["recorded_at"],
        _safe(line["entry_id"]),
        _safe(line["words"]),
        _safe(line.get("reference") or ""),
        _safe(line.get("clause") or ""),
        _figure(money_in(line)),
        _figure(money_out(line)),
        _figure(line["balance_pence"]),
    ]


def _balance_row(day: str, words: str, pence: int) -> list[str]:
    return [day, "", "", words, "", "", "", "", _figure(pence)]


def _figure(pence: int | None) -> str:
    """Pounds as a spreadsheet reads them: `-1234.50`."""
    if pence is None:
        return ""
    whole, part = divmod(abs(pence), 100)
    return f"{'-' if pence < 0 else ''}{whole}.{part:02}"


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_LEADS_A_FORMULA) else text
