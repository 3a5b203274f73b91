"""What the witness keeps: for each stream, its events in the order in which they were applied, a page for every hundred.

One list for a whole stream would be written anew with each event, and grow what T16 watches: the memory of its process.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.messaging.aggregates import Kind, collection_of
from shared.store.records import dump_record, load_record

SIGHTINGS = collection_of("sightings")
PLACES_A_PAGE = 100


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
    """The sightings of one page of a stream, the first applied first."""

    stream: str
    page: int = 0
    sightings: tuple[Sighting, ...] = ()


SEEN = Kind(name="seen stream", dump=dump_record, load=lambda state: load_record(Seen, state))


def page_of(sequence: int) -> int:
    """The page on which a place of a stream is noted, however often and whenever it is applied."""
    return sequence // PLACES_A_PAGE


def page_key(stream: str, page: int = 0) -> str:
    """The id of a page."""
    return f"{stream}/{page}"


def in_order_of_application(pages: Sequence[Seen]) -> list[Sighting]:
    """What was applied of one stream, the first first: instants tell the order of what lies on different pages."""
    ordered = sorted(pages, key=lambda seen: seen.page)
    return sorted((sighting for seen in ordered for sighting in seen.sightings), key=lambda sighting: sighting.at)
