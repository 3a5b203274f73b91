"""Keeping the search index like the register: entry by entry as the register tells of changes, or all of it anew."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from services.pa_registry.model.entries import PersonalAssistant
from services.pa_registry.model.showing import document_of
from services.pa_registry.ports import Records, Register
from services.pa_registry.search.engine import IndexDocument, RebuildUnderWay, Rebuilt, SearchEngine
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import NotFound, Unavailable
from shared.messaging.aggregates import Stored

log = structlog.get_logger(__name__)


def index_entry(
    personal_assistant_id: str, *, records: Records[PersonalAssistant], engine: SearchEngine, clock: Clock
) -> None:
    """Brings the index up to what the register holds *now*, whichever change was told.

    The register's version goes with it, so that repeats, reordering and several replicas do no harm. Raises
    `Unavailable`; the event is then held and tried again.
    """
    try:
        stored = records.get(personal_assistant_id)
    except NotFound:
        log.warning("index.entry_missing", record_id=personal_assistant_id)
        return
    engine.index([_document(stored, clock)])


def rebuild_index(
    *, register: Register, engine: SearchEngine, clock: Clock, at_once: int, take_over: bool = False
) -> Rebuilt:
    """Builds the index anew from the register and swaps it in; searches go on meanwhile.

    Raises `RebuildUnderWay` (unless `take_over` sets the other one aside), `RebuildIncomplete`, `Unavailable`.
    """
    return engine.rebuild(documents_of(register, clock=clock, at_once=at_once), take_over=take_over)


def documents_of(register: Register, *, clock: Clock, at_once: int) -> Iterator[IndexDocument]:
    """The whole register as the index may know it."""
    return (_document(stored, clock) for stored in register.every_entry(at_once=at_once))


def fill_empty_index(*, register: Register, engine: SearchEngine, clock: Clock, at_once: int) -> None:
    """At start: an index that is empty while the register is not has been lost, or lives in memory, and is rebuilt.

    An engine that cannot be reached does not keep the register from starting; searches are refused until it can.
    """
    try:
        state = engine.check()
        if state.needs_rebuild:
            log.warning("index.needs_rebuild", engine=state.engine, remedy="steward search reindex")
        if state.documents == 0 and register.count_entries() > 0:
            rebuilt = rebuild_index(register=register, engine=engine, clock=clock, at_once=at_once)
            log.info("index.rebuilt", engine=state.engine, documents=rebuilt.documents)
    except RebuildUnderWay:
        log.info("index.rebuilt_elsewhere")
    except Unavailable as error:
        log.warning("index.not_reached", exc_info=error)


def _document(stored: Stored[PersonalAssistant], clock: Clock) -> IndexDocument:
    today = london_day(clock.now())
    return document_of(stored.state, version=stored.version, council_id=stored.council_id, today=today)
