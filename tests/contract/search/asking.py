"""Questions to ask a search engine, and somebody to be found."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from services.pa_registry.search.engine import IndexDocument, SearchEngine
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS as CATALOGUE
from services.pa_registry.search.query import DBS_YEARS, RADII_MILES, SORTS, DbsWithin, Near, SearchQuery
from shared.geography import Point, miles_between
from tests.support.search_oracle import COUNCILS, SECTORS, TODAY_ON, WORDS, a_register

REGISTER = tuple(a_register(240, seed=11))
EVERYONE = SearchQuery(council_ids=None)


def someone(id: str = "pa-x", **changes: object) -> IndexDocument:
    """A published personal assistant with nothing special."""
    plain = IndexDocument(id=id, version=1, council_id=COUNCILS[0], published=True, updated_on=TODAY_ON)
    return replace(plain, **changes)  # type: ignore[arg-type]


def ids_of(engine: SearchEngine, query: SearchQuery = EVERYONE) -> list[str]:
    return [hit.id for hit in engine.search(query).hits]


@st.composite
def selections(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Up to four facets with up to three values each, often ones that are held together by somebody."""
    somebody = draw(st.sampled_from(REGISTER))
    names = draw(st.lists(st.sampled_from([facet.name for facet in CATALOGUE]), unique=True, max_size=4))
    chosen = {}
    for name in names:
        held = somebody.facets.get(name, ())
        pool = [*held, *(CATALOGUE[name].values or [f"{name}-{number}" for number in range(7)])]
        chosen[name] = tuple(draw(st.lists(st.sampled_from(pool), max_size=3)))
    return chosen


@st.composite
def places(draw: st.DrawFn) -> Near:
    """Somewhere among the sectors, and no sector within a yard of a ring, where engines may round differently."""
    point = Point(latitude=draw(st.floats(52.9, 53.3)), longitude=draw(st.floats(-2.7, -2.1)))
    miles = [miles_between(point, sector) for sector in SECTORS]
    if any(abs(distance - radius) < 0.0006 for distance in miles for radius in RADII_MILES):
        point = SECTORS[0]
    return Near(point=point, radius_miles=draw(st.sampled_from(RADII_MILES)))


@st.composite
def queries(draw: st.DrawFn) -> SearchQuery:
    near = draw(st.none() | places())
    councils = st.none() | st.lists(st.sampled_from([*COUNCILS, "elsewhere"]), max_size=2).map(tuple)
    return SearchQuery(
        council_ids=draw(councils),
        published=draw(st.sampled_from([True, True, True, False])),
        text=" ".join(draw(st.lists(st.sampled_from([*WORDS, "the", "nobody"]), max_size=2))),
        selections=draw(selections()),
        near=near,
        dbs_within=draw(st.none() | st.builds(DbsWithin, years=st.sampled_from(DBS_YEARS), today_on=st.just(TODAY_ON))),
        sort=draw(st.sampled_from(SORTS if near is not None else [sort for sort in SORTS if sort != "distance"])),
        limit=draw(st.integers(1, 40)),
    )
