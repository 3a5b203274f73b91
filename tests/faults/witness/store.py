"""What the witness keeps: for each stream, its events in the order in which they were applied."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.messaging.aggregates import Kind, collection_of
from shared.store.records import dump_record, load_record

SIGHTINGS = collection_of("sightings")


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One event as it was applied, and when."""

    event_id: str
    type: str
    sequence: int
    operation_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One stream's sightings, the first applied first."""

    stream: str
    sightings: tuple[Sighting, ...] = ()


SEEN = Kind(name="seen stream", dump=dump_record, load=lambda state: load_record(Seen, state))
