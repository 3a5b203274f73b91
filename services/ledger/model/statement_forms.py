"""Statements and balances as JSON values and CSV. Words for debit and credit, whole pence in JSON, pounds in CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from services.ledger.model.statements import AccountLine, Balance, Statement, StatementLine
from shared.dates import format_instant
from shared.money import Pence

CSV_HEADINGS = (
    "Effective on",
    "Recorded at",
    "Entry",
    "What",
    "Reference",
    "Clause",
    "Money in",
    "Money out",
    "Dr/Cr",
    "Balance",
)
_LEADS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def balance_as_json(balance: Balance) -> dict[str, Any]:
    """Amounts in whole pence; `side` is Dr or Cr."""
    return {
        "fund_id": balance.fund_id,
        "as_of": balance.as_of.isoformat(),
        "known_at": format_instant(balance.known_at),
        "in_hand_pence": balance.in_hand.amount,
        "free_pence": balance.free.amount,
        "accounts": [_account(line) for line in balance.accounts],
    }


def statement_as_json(statement: Statement) -> dict[str, Any]:
    """Everything a page, a letter or another system needs of the statement; amounts in whole pence."""
    fund = statement.fund
    return {
        "fund_id": fund.fund_id,
        "council_id": fund.council_id,
        "person_id": fund.person_id,
        "provider_id": fund.provider_id,
        "from": statement.period.from_on.isoformat(),
        "to": statement.period.to_on.isoformat(),
        "opening_pence": statement.opening.amount,
        "closing_pence": statement.closing.amount,
        "lines": [_line(line) for line in statement.lines],
        "accounts": [_account(line) for line in statement.accounts],
        "policy_versions": list(statement.policy_versions),
        "head": {"number": statement.head_number, "hash": statement.head_hash},
        "made_at": format_instant(statement.made_at),
    }


def statement_as_csv(statement: Statement) -> str:
    """One row an entry between an opening and a closing row; text that a spreadsheet would take for a formula is
    quoted.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_HEADINGS)
    writer.writerow(_balance_row(statement.period.from_on.isoformat(), "Opening balance", statement.opening))
    writer.writerows(_csv_row(line) for line in statement.lines)
    writer.writerow(_balance_row(statement.period.to_on.isoformat(), "Closing balance", statement.closing))
    return text.getvalue()


def pounds(amount: Pence) -> str:
    """The amount in pounds without sign of currency or thousands, as a spreadsheet reads it: "-1234.50"."""
    whole, part = divmod(abs(amount.amount), 100)
    return f"{'-' if amount.amount < 0 else ''}{whole}.{part:02}"


def _line(line: StatementLine) -> dict[str, Any]:
    entry = line.entry
    return {
        "entry_id": entry.entry_id,
        "type": entry.type,
        "words": entry.words,
        "effective_on": entry.effective_on.isoformat(),
        "recorded_at": format_instant(entry.recorded_at),
        "reference": entry.draft.reference,
        "clause": entry.draft.grounds.clause if entry.draft.grounds else "",
        "reverses": entry.draft.reverses,
        "amount_pence": line.movement.amount,
        "side": line.side,
        "balance_pence": line.balance.amount,
    }


def _account(line: AccountLine) -> dict[str, Any]:
    return {
        "account": line.account,
        "words": line.words,
        "opening_pence": line.opening.amount,
        "movement_pence": line.movement.amount,
        "closing_pence": line.closing.amount,
        "side": line.side,
    }


def _csv_row(line: StatementLine) -> list[str]:
    entry = line.entry
    came_in = line.movement if line.movement.amount > 0 else None
    went_out = -line.movement if line.movement.amount < 0 else None
    return [
        entry.effective_on.isoformat(),
        format_instant(entry.recorded_at),
        csv_text(entry.entry_id),
        entry.words,
        csv_text(entry.draft.reference),
        csv_text(entry.draft.grounds.clause if entry.draft.grounds else ""),
        pounds(came_in) if came_in else "",
        pounds(went_out) if went_out else "",
        line.side,
        pounds(line.balance),
    ]


def _balance_row(day: str, words: str, amount: Pence) -> list[str]:
    return [day, "", "", words, "", "", "", "", "", pounds(amount)]


def csv_text(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_LEADS_A_FORMULA) else text
