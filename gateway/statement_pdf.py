"""A fund's statement as a tagged PDF (PDF/UA-1), set by Typst. The same statement gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

from flask import Response

from gateway.statements import named, pounds, sided
from shared.dates import london_day, london_time, parse_day, parse_instant

PDF = "application/pdf"
STANDARD: Final = "ua-1"
COLUMNS = ("Day", "What", "In", "Out", "Balance")
ACCOUNT_COLUMNS = ("Account", "Opening", "Movement", "Closing")


def statement_as_pdf(statement: Mapping[str, Any]) -> Response:
    """The statement to be kept, printed or posted."""
    return named(Response(made_pdf(statement), content_type=PDF), statement, "pdf")


def made_pdf(statement: Mapping[str, Any]) -> bytes:
    """The document. Fonts are those that Typst brings, so that it looks the same wherever it is made."""
    # Imported late: the compiler takes longer to load than the whole gateway, and most processes never print.
    import typst

    template = files("gateway") / "templates" / "statement.typ"
    made: bytes = typst.compile(
        template.read_bytes(),
        format="pdf",
        pdf_standards=STANDARD,
        ignore_system_fonts=True,
        sys_inputs={"statement": json.dumps(_told(statement))},
    )
    return made


def _told(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What the template shows, as words."""
    made_at = parse_instant(statement["made_at"])
    day = london_day(made_at)
    return {
        "title": f"Statement from {_day(statement['from'])} to {_day(statement['to'])}",
        "fund": f"Fund {statement['fund_id']}",
        "made": [day.year, day.month, day.day],
        "summary": _summary(statement),
        "columns": COLUMNS,
        "lines": [_line(line) for line in statement["lines"]],
        "account_columns": ACCOUNT_COLUMNS,
        "accounts": [_account(account) for account in statement["accounts"]],
        "made_words": f"Made {_instant(made_at)}. Policies: {', '.join(statement['policy_versions']) or 'none needed'}.",
        "head_number": str(statement["head"]["number"]),
        "head_hash": statement["head"]["hash"],
        "seal": _seal(statement.get("seal")),
    }


def _summary(statement: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    return (
        ("Fund", statement["fund_id"]),
        ("Person", statement["person_id"]),
        ("Provider", statement["provider_id"]),
        ("In hand at the beginning", pounds(statement["opening_pence"])),
        ("In hand at the end", pounds(statement["closing_pence"])),
    )


def _line(line: Mapping[str, Any]) -> Sequence[str]:
    amount = line["amount_pence"]
    clause = f" ({line['clause']})" if line.get("clause") else ""
    reference = f", {line['reference']}" if line.get("reference") else ""
    return (
        _day(line["effective_on"]),
        f"{line['words']}{clause}{reference}",
        pounds(amount) if amount > 0 else "",
        pounds(-amount) if amount < 0 else "",
        pounds(line["balance_pence"]),
    )


def _account(account: Mapping[str, Any]) -> Sequence[str]:
    names = account["account"].partition(":")[2]
    return (
        f"{account['words']}{f', {names}' if names else ''}",
        *(sided(account[f"{name}_pence"]) for name in ("opening", "movement", "closing")),
    )


def _seal(seal: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    """The last seal over all books when the statement was made; none before the first was asked for."""
    if not seal:
        return None
    made = _instant(parse_instant(seal["made_at"]))
    words = (
        f"Last seal over all books: number {seal['number']} ({seal['id']}), over {seal['books']} books, made {made}."
    )
    return {"words": words, "root": seal["root"]}


def _day(text: str) -> str:
    day = parse_day(text)
    return f"{day.day} {day:%B %Y}"


def _instant(instant: datetime) -> str:
    local = london_time(instant)
    return f"{local.day} {local:%B %Y at %H:%M}"
