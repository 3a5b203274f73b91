"""Who asked to see a fund's entries one by one."""

from __future__ import annotations

from functools import partial

from services.ledger.model.itemisations import Itemisation
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

ITEMISATIONS = collection_of(
    "itemisations",
    fields=(Field(path="state.fund_id"), Field(path="state.asked_at", kind="instant")),
    orders=(Order(name="newest-first", by=(("state.asked_at", "descending"),)),),
)
ITEMISATION = Kind[Itemisation](name="itemisation", dump=dump_record, load=partial(load_record, Itemisation))
