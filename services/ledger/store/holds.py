"""Who may not be paid at present."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from services.ledger.model.holds import PayeeHold
from shared.clock import Clock
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import (
    AnyOf,
    Between,
    Condition,
    Documents,
    Equal,
    Field,
)
from shared.store.records import dump_record, load_record

PAYEE_HOLDS = collection_of(
    "payee_holds",
    fields=(Field(path="state.held", kind="flag"), Field(path="state.from_at", kind="instant")),
)

PAYEE_HOLD = Kind[PayeeHold](name="payee hold", dump=dump_record, load=partial(load_record, PayeeHold))


class StoredHolds:
    """`PayeeHolds` over the `payee_holds` collection."""

    def __init__(self, *, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def held_among(self, party_ids: Iterable[str]) -> frozenset[str]:
        """Those on hold now; a hold that begins later does not count yet."""
        wanted = sorted(party_ids)
        where: list[Condition] = [
            AnyOf(path="_id", values=wanted),
            Equal(path="state.held", value=True),
            Between(path="state.from_at", high=self._clock.now(), including_high=True),
        ]
        return frozenset(document["_id"] for document in self._documents.find(where, limit=max(len(wanted), 1)).items)
