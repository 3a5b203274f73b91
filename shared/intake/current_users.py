"""People who have a direct payment already when the service begins, in rows (CE 3.5, 3.2 "Formalised Pathways")."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any

from shared.events.intake import ReferralSubmission
from shared.intake.columns import columns_of, nested, value_of
from shared.intake.tables import Row, read_table

MOST_ROWS = 2000
NEEDED = ("referral_reference", "person.person_reference", "implemented_on")


@dataclass(frozen=True, kw_only=True)
class CurrentUser(ReferralSubmission):
    """Somebody in support: the fields of a referral, and since when the payment runs."""

    implemented_on: Annotated[date, "the first day of the direct payment"]


def read_current_users(body: bytes) -> list[dict[str, Any]]:
    """Each row by its number, with its data or what keeps it from being read. Raises `Invalid`, `TooLarge`."""
    columns = columns_of(CurrentUser)
    return [_row(row, columns) for row in read_table(body, columns=columns, needed=NEEDED, most_rows=MOST_ROWS)]


def _row(row: Row, columns: Any) -> dict[str, Any]:
    if row.problem is not None:
        return {"row": row.number, "problem": asdict(row.problem)}
    data = nested({name: value_of(cell, columns[name]) for name, cell in row.cells.items()})
    return {"row": row.number, "data": data}
