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
        *CLOCK_FIELDS,
    ),
    orders=(Order(name="received", by=(("state.received_at", "descending"),)), *CLOCK_ORDERS),
)


def _dump_referral(referral: Referral) -> dict[str, Any]:
    """The referral's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(referral)
    return state | {
        "offer_ids": [offer.offer_id for offer in referral.offers],
        "offered_to": [offer.provider_id for offer in referral.offers],
        **clock_index(referral.clocks),
    }


REFERRAL = Kind(name="referral", dump=_dump_referral, load=lambda state: load_record(Referral, state))
