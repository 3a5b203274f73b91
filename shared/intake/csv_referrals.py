"""A CSV of referrals: a row each, its columns named as the fields of `referral.submitted`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from shared.events.intake import ReferralCancellation, ReferralSubmission
from shared.ids import derived_id, input_hash
from shared.intake.columns import columns_of, nested, value_of
from shared.intake.tables import Row, read_table

CSV = "text/csv"
MOST_ROWS = 100
EVENT, EVENT_ID = "event", "event_id"
TYPES: Mapping[str, str] = MappingProxyType(
    {"new": "referral.submitted", "update": "referral.updated", "cancel": "referral.cancelled"}
)
NEEDED = ("referral_reference",)


class CsvReferrals:
    """`event` says what a row is (new, update or cancel; new where it says nothing), `event_id` is the council's own id.

    A row without an id is known by its content: the same row again is a duplicate. A row that can't be read is refused by
    itself; a column that nobody knows refuses the file, so that nothing of it is lost unseen.
    """

    content_types = (CSV,)

    def read(self, body: bytes, *, content_type: str, headers: Mapping[str, Any], council_id: str) -> list[Any]:
        """An event for each row. Raises `Invalid`, `TooLarge`."""
        columns = {**columns_of(ReferralSubmission), **columns_of(ReferralCancellation), EVENT: str, EVENT_ID: str}
        rows = read_table(body, columns=columns, needed=NEEDED, most_rows=MOST_ROWS)
        return [_event(row, columns, council_id) for row in rows]


def _event(row: Row, columns: Mapping[str, Any], council_id: str) -> dict[str, Any]:
    kind = row.cells.get(EVENT, "new").strip().lower()
    own_id = row.cells.get(EVENT_ID, "").strip()
    event_id = own_id or derived_id("csv", council_id, input_hash(row.cells))
    if row.problem is not None:
        event_id = own_id or derived_id("csv", council_id, row.problem.message, str(row.number))
        return {"id": event_id, "unreadable": row.problem.message, "errors": [asdict(row.problem)]}
    wanted = columns_of(ReferralCancellation) if kind == "cancel" else columns
    cells = {name: cell for name, cell in row.cells.items() if name in wanted and name not in (EVENT, EVENT_ID)}
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/councils/{council_id}",
        "type": TYPES.get(kind, kind),
        "datacontenttype": "application/json",
        "data": nested({name: value_of(cell, columns[name]) for name, cell in cells.items()}),
    }


CSV_REFERRALS = CsvReferrals()
