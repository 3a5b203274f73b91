"""The collection of what councils sent, and how each was answered."""

from __future__ import annotations

from services.referrals.handlers.intake import Intake
from shared.messaging.aggregates import Kind, collection_of
from shared.store.records import dump_record, load_record

INTAKES = collection_of("intakes")
INTAKE = Kind(name="intake", dump=dump_record, load=lambda state: load_record(Intake, state))
