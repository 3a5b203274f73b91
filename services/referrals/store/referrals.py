"""The collection of referrals, its indexes, and when a referral falls due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.referrals.model.referral import Referral
from shared.messaging.aggregates import Kind, collection_of
from shared.messaging.scheduling import Due
from shared.policy.running import has_breach, next_due
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
        Field(path="state.next_due_at", kind="instant"),
        Field(path="state.overdue", kind="flag"),
        Field(path="state.offer_ids", kind="texts"),
        Field(path="state.offered_to", kind="texts"),
        Field(path="state.clock_ids", kind="texts"),
    ),
    orders=(
        Order(name="received", by=(("state.received_at", "descending"),)),
        Order(name="due", by=(("state.next_due_at", "ascending"),)),
    ),
)
CLOCKS_RUN_OUT = Due(name="clocks", collection=REFERRALS, path="state.next_due_at", grace=timedelta(seconds=1))
"""Referrals whose first running clock is past its due instant: instants name whole seconds, and the second they name still
counts."""


def _dump_referral(referral: Referral) -> dict[str, Any]:
    """The referral's state and, beside it, what its indexes need."""
    state: dict[str, Any] = dump_record(referral)
    return state | {
        "next_due_at": next_due(referral.clocks),
        "overdue": has_breach(referral.clocks),
        "offer_ids": [offer.offer_id for offer in referral.offers],
        "offered_to": [offer.provider_id for offer in referral.offers],
        "clock_ids": [clock.clock_id for clock in referral.clocks],
    }


REFERRAL = Kind(name="referral", dump=_dump_referral, load=lambda state: load_record(Referral, state))
