"""The collection of complaints and its kin."""

from __future__ import annotations

from typing import Any

from services.referrals.model.complaints import Complaint
from services.referrals.store.cases import CASE_FIELDS, CASE_ORDERS
from shared.messaging.aggregates import Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

COMPLAINTS = collection_of(
    "complaints",
    fields=(
        *CASE_FIELDS,
        Field(path="state.kind"),
        Field(path="state.status"),
        Field(path="state.partner_id"),
        Field(path="state.review_due_on"),
        Field(path="state.with_ombudsman", kind="flag"),
        *CLOCK_FIELDS,
    ),
    orders=(*CASE_ORDERS, Order(name="review", by=(("state.review_due_on", "ascending"),)), *CLOCK_ORDERS),
)


def _dump(complaint: Complaint) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(complaint)
    return state | {"with_ombudsman": complaint.ombudsman is not None, **clock_index(complaint.clocks)}


COMPLAINT = Kind(name="complaint", dump=_dump, load=lambda state: load_record(Complaint, state))
