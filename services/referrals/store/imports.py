"""The collection of imports, and when one that was not finished falls due."""

from __future__ import annotations

from services.referrals.model.importing import AgreementRecord, Import
from services.referrals.store.scope import scope_of
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind, collection_of
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
AGREEMENTS = collection_of(
    "data_sharing_agreements",
    fields=(Field(path="state.recorded_at", kind="instant"),),
    orders=(Order(name="newest", by=(("state.recorded_at", "descending"),)),),
)
AGREEMENT = Kind(name="agreement", dump=dump_record, load=lambda state: load_record(AgreementRecord, state))


def agreements_seen_by(
    agreements: Aggregates[AgreementRecord], caller: Caller, *, after: str | None, limit: int
) -> Found[AgreementRecord]:
    """Data-sharing agreements of the caller's councils, those recorded last first (CE 3.5)."""
    return agreements.find(scope_of(caller), order="newest", after=after, limit=limit)
