"""When the reservations of each fund run out: one record a fund, that falls due."""

from __future__ import annotations

from functools import partial

from services.ledger.model.reservations import Expiries
from shared.messaging.aggregates import Kind, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

EXPIRIES = collection_of(
    "reservation_expiries",
    fields=(Field(path="state.next_due_at", kind="instant"),),
    orders=(Order(name="due", by=(("state.next_due_at", "ascending"),)),),
)
EXPIRIES_DUE = Due(name="reservations", collection=EXPIRIES, path="state.next_due_at")
"""Funds with a reservation whose last day has passed."""
EXPIRIES_OF_FUND = Kind[Expiries](name="reservation expiry", dump=dump_record, load=partial(load_record, Expiries))
