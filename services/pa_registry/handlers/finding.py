"""Finding a personal assistant: the search for verified employers and staff, rounded totals for anyone (PAR-02)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.pa_registry.model.showing import shown_facets
from services.pa_registry.model.tables import Table, add_up, answer, choice_of, make_tables
from services.pa_registry.ports import Places, Register, Rules, Snapshot, Snapshots
from services.pa_registry.search.engine import Hit, SearchEngine, SearchResult
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, FacetValues
from services.pa_registry.search.query import DbsWithin, Near, SearchQuery, Sort
from shared.clock import Clock
from shared.dates import london_day
from shared.errors import FieldError, Invalid, invalid

AS_ASKED = {"text": "q", "near.radius_miles": "radius_miles", "dbs_within.years": "dbs_within_years"}
"""The search port's names of fields that callers know by another."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A search as an employer puts it. `council_ids` is the caller's scope; `None` only for every council."""

    council_ids: tuple[str, ...] | None
    q: str = ""
    selections: FacetValues = field(default_factory=dict)
    postcode: str | None = None
    radius_miles: int | None = None
    dbs_within_years: int | None = None
    sort: Sort = "relevance"
    limit: int
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class FoundEntry:
    """A hit and the words that the entry is published under."""

    hit: Hit
    headline: str


@dataclass(frozen=True, kw_only=True)
class FoundPage:
    """A page of the search's answer, its exact counts included."""

    items: tuple[FoundEntry, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class FindingDesk:
    """What searching needs. `radius_miles` is taken when a place comes without one."""

    engine: SearchEngine
    register: Register
    places: Places
    clock: Clock
    radius_miles: int


def search_personal_assistants(asked: Asked, *, desk: FindingDesk) -> FoundPage:
    """Published entries that meet every criterion, with the reasons why, and exact counts of every facet value.

    The index may lag behind the register by a moment, so whoever is no longer published is left out of the hits at
    once, whatever the index says. Raises `Invalid` naming the field, `Unavailable`.
    """
    result = _ask(desk.engine, _query(asked, desk))
    entries = desk.register.entries_by_id([hit.id for hit in result.hits])
    items = tuple(
        FoundEntry(hit=hit, headline=entries[hit.id].state.headline)
        for hit in result.hits
        if hit.id in entries and entries[hit.id].state.is_published
    )
    return FoundPage(items=items, total=result.total, facets=result.facets, next=result.next)


def _query(asked: Asked, desk: FindingDesk) -> SearchQuery:
    today = london_day(desk.clock.now())
    years = asked.dbs_within_years
    return SearchQuery(
        council_ids=asked.council_ids,
        text=asked.q,
        selections=asked.selections,
        near=_near(asked, desk),
        dbs_within=None if years is None else DbsWithin(years=years, today_on=today),
        sort=asked.sort,
        limit=asked.limit,
        after=asked.after,
    )


def _near(asked: Asked, desk: FindingDesk) -> Near | None:
    if asked.postcode is not None:
        return Near(point=desk.places.point(asked.postcode), radius_miles=asked.radius_miles or desk.radius_miles)
    if asked.radius_miles is not None:
        raise invalid("postcode", "required", "A radius needs a postcode to measure from.")
    return None


def _ask(engine: SearchEngine, query: SearchQuery) -> SearchResult:
    try:
        return engine.search(query)
    except Invalid as refusal:
        errors = [replace(error, field=AS_ASKED.get(error.field, error.field)) for error in refusal.errors]
        raise Invalid(_sentence(refusal, errors), errors=errors) from refusal


def _sentence(refusal: Invalid, errors: Sequence[FieldError]) -> str:
    return " ".join(error.message for error in errors) or refusal.detail


@dataclass(frozen=True, kw_only=True)
class SummaryDesk:
    """What the public tables need. `age` is how long a snapshot holds, `step` what its counts are rounded down to."""

    register: Register
    snapshots: Snapshots
    rules: Rules
    clock: Clock
    age: timedelta
    step: int
    at_once: int


def summarise_personal_assistants(
    council_ids: Sequence[str], *, facet: str | None, value: str | None, desk: SummaryDesk
) -> Table:
    """How many personal assistants are published, for anyone: the tables scheme (see `model.tables`).

    Counts come from a snapshot that is taken anew at most once in its age, the same for every process; several
    councils' tables are added up after rounding. Raises `Invalid`, `UnknownCouncil`.
    """
    choice = choice_of(facet, value, PERSONAL_ASSISTANT_FACETS)
    snapshots = [_snapshot(council_id, desk) for council_id in council_ids]
    return add_up(answer(snapshot.tables, choice, PERSONAL_ASSISTANT_FACETS) for snapshot in snapshots)


def _snapshot(council_id: str, desk: SummaryDesk) -> Snapshot:
    now = desk.clock.now()
    desk.rules.version(council_id, now)
    newest = desk.snapshots.newest(council_id)
    if newest is not None and newest.taken_at <= now < newest.taken_at + desk.age:
        return newest
    taken = Snapshot(
        council_id=council_id,
        version=newest.version + 1 if newest else 1,
        taken_at=now,
        tables=make_tables(_shown_by_each(council_id, london_day(now), desk), step=desk.step),
    )
    return desk.snapshots.keep(taken)


def _shown_by_each(council_id: str, today: date, desk: SummaryDesk) -> Iterator[FacetValues]:
    entries = desk.register.published_entries(council_id, at_once=desk.at_once)
    return (shown_facets(stored.state, today=today) for stored in entries)
