"""The collection of referrals, its indexes, and when a referral falls due."""

from __future__ import annotations

from typing import Any

from services.referrals.model.referral import Referral
from shared.messaging.aggregates import Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

REFERRALS = collection_of(
    "referrals",
    fields=(
        Field(path="state.status"),
        Field(path="state.component"),
        Field(path="state.person_id"),
        Field(path="state.reference"),
        Field(path="state.received_at", kind="instant"),
        Field(path="state.offer_ids", kind="texts"),
        Field(path="state.offered_to", kind="texts"),
        Field(path="state.reference_key"),
        Field(path="state.worker_id"),
        Field(path="state.accepted_at", kind="instant"),
        Field(path="state.refusal_reason"),
        Field(path="state.outside_contract", kind="flag"),
        Field(path="state.possible_duplicate", kind="flag"),
        *CLOCK_FIELDS,
    ),
    orders=(
        Order(name="received", by=(("state.received_at", "descending"),)),
        Order(name="of_council", by=(("council_id", "ascending"), ("state.received_at", "descending"))),
        Order(
            name="of_council_and_status",
            by=(("council_id", "ascending"), ("state.status", "ascending"), ("state.received_at", "descending")),
        ),
        *CLOCK_ORDERS,
    ),
)
"""One council's referrals, and those of one status, are read from an index that holds them together in their order, so that
a page of them costs the same however many other referrals there are."""


def reference_key(reference: str) -> str:
    """A reference as it is looked for: however it is written."""
    return reference.strip().casefold()


def _dump_referral(referral: Referral) -> dict[str, Any]:
    """The referral's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(referral)
    return state | {
        "offer_ids": [offer.offer_id for offer in referral.offers],
        "offered_to": [offer.provider_id for offer in referral.offers],
        "reference_key": reference_key(referral.reference),
        "refusal_reason": referral.refusal.reason if referral.refusal else None,
        "outside_contract": None if referral.in_contract else True,
        "possible_duplicate": any(one.cleared_at is None for one in referral.possible_duplicates) or None,
        **clock_index(referral.clocks),
    }


REFERRAL = Kind(name="referral", dump=_dump_referral, load=lambda state: load_record(Referral, state))
