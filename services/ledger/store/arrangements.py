"""The collection of arrangements: one for each fund."""

from __future__ import annotations

from typing import Any

from services.ledger.model.arrangements import Arrangement, plain_code
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import Field, Unique
from shared.store.records import dump_record, load_record

ARRANGEMENTS = collection_of(
    "arrangements",
    fields=(Field(path="state.provider_id"), Field(path="state.voucher_key"), Field(path="state.voucher_held")),
    unique=(Unique(name="voucher", paths=("council_id", "state.voucher_held")),),
)


def _dump(arrangement: Arrangement) -> dict[str, Any]:
    """Its state and, beside it, what the index of voucher codes needs."""
    state: dict[str, Any] = dump_record(arrangement)
    key = plain_code(arrangement.voucher_code)
    return state | {"voucher_key": key or None, "voucher_held": arrangement.voucher_held or None}


def _load(document: dict[str, Any]) -> Arrangement:
    return load_record(Arrangement, document | {"voucher_held": document.get("voucher_held") or ""})


ARRANGEMENT = Kind[Arrangement](name="arrangement", dump=_dump, load=_load)
