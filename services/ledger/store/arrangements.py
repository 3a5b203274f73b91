"""The collection of arrangements: one for each fund."""

from __future__ import annotations

from functools import partial

from services.ledger.model.arrangements import Arrangement
from shared.messaging.aggregates import Kind, collection_of
from shared.store.documents import Field
from shared.store.records import dump_record, load_record

ARRANGEMENTS = collection_of("arrangements", fields=(Field(path="state.provider_id"),))
ARRANGEMENT = Kind[Arrangement](name="arrangement", dump=dump_record, load=partial(load_record, Arrangement))
