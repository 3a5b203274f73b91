"""The collection of imports, and when one that was not finished falls due."""

from __future__ import annotations

from services.referrals.model.importing import Import
from shared.messaging.aggregates import Kind, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

IMPORTS = collection_of(
    "imports",
    fields=(Field(path="state.due_at", kind="instant"),),
    orders=(Order(name="due", by=(("state.due_at", "ascending"),)),),
)
IMPORT = Kind(name="import", dump=dump_record, load=lambda state: load_record(Import, state))
IMPORTS_DUE = Due(name="imports", collection=IMPORTS, path="state.due_at")
