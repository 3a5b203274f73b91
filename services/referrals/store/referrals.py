"""The collection of referrals, its indexes, and when a referral falls due."""

from __future__ import annotations

from typing import Any, Literal

from services.referrals.model.referral import Referral
from shared.messaging.aggregates import Kind, collection_of
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

Way = tuple[str, Literal["ascending", "descending"]]
OF_COUNCIL: Way = ("council_id", "ascending")
NEWEST: Way = ("state.received_at", "descending")


def _narrowed_by(path: str) -> tuple[Way, ...]:
    return (OF_COUNCIL, (path, "ascending"), NEWEST)


def _ascending(*paths: str) -> tuple[Way, ...]:
    return tuple((path, "ascending") for path in paths)


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
        Order(name="received", by=(NEWEST,)),
        Order(name="of_council", by=(OF_COUNCIL, NEWEST)),
        Order(name="of_council_status", by=_narrowed_by("state.status")),
        Order(name="of_council_overdue", by=_narrowed_by("state.overdue")),
        Order(name="of_council_component", by=_narrowed_by("state.component")),
        Order(name="of_council_possible_duplicate", by=_narrowed_by("state.possible_duplicate")),
        Order(name="of_person", by=(("state.person_id", "ascending"), ("state.received_at", "descending"))),
        Order(name="of_council_by_reference", by=(OF_COUNCIL, ("state.reference_key", "ascending"))),
        Order(name="by_reference", by=(("state.reference_key", "ascending"),)),
        Order(
            name="caseload",
            by=(OF_COUNCIL, *_ascending("state.status", "state.worker_id", "state.outside_contract")),
        ),
        Order(
            name="figures",
            by=(
                OF_COUNCIL,
                *_ascending("state.outside_contract", "state.received_at", "state.status"),
                *_ascending("state.component", "state.refusal_reason", "state.accepted_at"),
            ),
        ),
        *CLOCK_ORDERS,
    ),
)
"""What is asked for together is read from one index that holds it together in its order, so that a page costs the same
however many other referrals there are: one council's, those of a status, the overdue and the flagged (of which there are few),
one person's, and those whose reference begins with something. `caseload` and `figures` hold all that is counted, so that a count
looks at what is open, or at what a period received, and at nothing else."""


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
        "possible_duplicate": _is_possible_duplicate(referral) or None,
        **clock_index(referral.clocks),
    }


def _is_possible_duplicate(referral: Referral) -> bool:
    return referral.more_duplicates > 0 or any(one.cleared_at is None for one in referral.possible_duplicates)


def _audience(referral: Referral) -> str:
    """Of what lies outside the contract the council's readers are not told (CE 1.1)."""
    return "" if referral.in_contract else "support-service"


REFERRAL = Kind(
    name="referral", dump=_dump_referral, load=lambda state: load_record(Referral, state), audience=_audience
)
