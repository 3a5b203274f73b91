"""A book's earlier entries as a spreadsheet has them: one row an entry, its columns named in the first row."""

from __future__ import annotations

from typing import Any

from shared.errors import FieldError, Invalid
from shared.intake.tables import Row, read_table
from shared.money import NotMoney, parse_pounds

NEEDED = ("type", "amount", "effective_on", "recorded_at", "reference")
COLUMNS = (*NEEDED, "category", "payee_id", "outcome_id", "from", "to", "evidence")
MOST_ROWS = 500
DAYS = ("from", "to")


def past_entries(body: bytes) -> list[dict[str, Any]]:
    """The entries, amounts in pence. Raises `Invalid` naming each row that cannot be read, and `TooLarge`."""
    rows = read_table(body, columns=COLUMNS, needed=NEEDED, most_rows=MOST_ROWS)
    faults = [fault for row in rows if (fault := row.problem or _money_fault(row))]
    if faults:
        raise Invalid("some rows cannot be read", errors=faults)
    return [_entry(row) for row in rows]


def row_of(place: str) -> str:
    """What a place among the entries (`entries.0.payee_id`) is called: its row, the headings being row 1."""
    _, number, *column = place.split(".")
    name = " ".join(column).removesuffix("_pence").replace("_", " ")
    return f"Row {int(number) + 2}{f', {name}' if name else ''}"


def _entry(row: Row) -> dict[str, Any]:
    cells = {name: text.strip() for name, text in row.cells.items()}
    amount = _pence(cells.pop("amount")) if "amount" in cells else {}
    period = {name: cells.pop(name) for name in DAYS if name in cells}
    return {**cells, **amount, **({"period": period} if period else {})}


def _pence(text: str) -> dict[str, int]:
    return {"amount_pence": parse_pounds(text.removeprefix("£")).amount}


def _money_fault(row: Row) -> FieldError | None:
    try:
        _pence(row.cells.get("amount", "0").strip())
    except NotMoney as refusal:
        return FieldError(field=f"row.{row.number}", rule="money", message=f"row {row.number}: {refusal.detail}")
    return None
