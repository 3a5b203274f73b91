"""Queries, cursors and the order of equals."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.search.elasticsearch_query import _rank_of, _sort_value
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS
from services.pa_registry.search.query import (
    RADII_MILES,
    DbsWithin,
    Near,
    Position,
    SearchQuery,
    Sort,
    cursor_of,
    plan_search,
    tie_of,
)
from shared.errors import Invalid
from shared.geography import Point

CREWE = Point(latitude=53.098, longitude=-2.441)


@pytest.mark.parametrize(
    ("today_on", "years", "since_on"),
    [
        (date(2026, 3, 2), 3, date(2023, 3, 2)),
        (date(2028, 2, 29), 1, date(2027, 2, 28)),
        (date(2028, 2, 28), 1, date(2027, 2, 28)),
    ],
)
def test_years_are_counted_back_to_the_same_day(today_on: date, years: int, since_on: date) -> None:
    assert DbsWithin(years=years, today_on=today_on).since_on == since_on


@given(rank=st.integers(-(2**31), 2**31), tie=st.integers(0, 2**63 - 1))
def test_a_cursor_gives_back_its_position(rank: int, tie: int) -> None:
    query = SearchQuery(council_ids=("cheshire-east",), selections={"gender": ("man",)})
    position = Position(rank=rank, tie=tie)

    following = SearchQuery(
        council_ids=("cheshire-east",), selections={"gender": ("man",)}, limit=5, after=cursor_of(query, position)
    )

    assert plan_search(following, PERSONAL_ASSISTANT_FACETS).after == position


@given(st.text(max_size=40))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        plan_search(SearchQuery(council_ids=None, after=text), PERSONAL_ASSISTANT_FACETS)

    assert [error.rule for error in refused.value.errors] == ["cursor"]


@pytest.mark.parametrize(
    ("rank", "tie"), [(10**30, 0), (0, 2**63), (True, 0), (0.5, 0), ("0", 0), (None, 0), ([[0]], 0)]
)
def test_a_made_up_position_is_no_cursor(rank: object, tie: object) -> None:
    query = SearchQuery(council_ids=None)
    fingerprint, _, _ = json.loads(urlsafe_b64decode(cursor_of(query, Position(rank=0, tie=0))))
    made_up = urlsafe_b64encode(json.dumps([fingerprint, rank, tie]).encode()).decode()

    with pytest.raises(Invalid):
        plan_search(replace(query, after=made_up), PERSONAL_ASSISTANT_FACETS)


def test_a_cursor_nested_without_end_is_refused() -> None:
    nested = urlsafe_b64encode(b"[" * 100_000).decode()

    with pytest.raises(Invalid):
        plan_search(SearchQuery(council_ids=None, after=nested), PERSONAL_ASSISTANT_FACETS)


def test_every_fault_of_a_query_is_named_at_once() -> None:
    query = SearchQuery(council_ids=None, text="?", sort="distance", limit=0, selections={"creed": ("any",)})

    with pytest.raises(Invalid) as refused:
        plan_search(query, PERSONAL_ASSISTANT_FACETS)

    assert [error.field for error in refused.value.errors] == ["limit", "sort", "text", "selections"]


@given(st.text(min_size=1, max_size=20))
def test_equals_are_ordered_by_id_and_seed_alone(id: str) -> None:
    assert tie_of(id, "one") == tie_of(id, "one")
    assert tie_of(id, "one") != tie_of(id, "other")
    assert 0 <= tie_of(id, "one") < 2**63


def test_the_order_of_equals_does_not_follow_the_ids() -> None:
    ids = [f"pa-{number:03d}" for number in range(200)]

    ordered = sorted(ids, key=lambda id: tie_of(id, "seed"))

    first_half = sum(id < "pa-100" for id in ordered[:100])
    assert 30 < first_half < 70


@pytest.mark.parametrize(("miles", "band"), [(0, 2), (2.0, 2), (2.0001, 5), (9.99, 10), (10.000001, 10)])
def test_a_distance_is_given_as_the_radius_that_reaches_it(miles: float, band: int) -> None:
    query = SearchQuery(council_ids=None, near=Near(point=CREWE, radius_miles=10))

    plan = plan_search(query, PERSONAL_ASSISTANT_FACETS)

    assert plan.rings == (2, 5, 10)
    assert plan.band_of(miles) == band


@given(
    sort=st.sampled_from(["relevance", "distance", "recent"]),
    radius=st.sampled_from(RADII_MILES),
    rank=st.integers(0, 3),
    day=st.dates(min_value=date(1970, 1, 1)),
)
def test_a_rank_survives_the_way_through_elasticsearchs_sort_values(
    sort: Sort, radius: int, rank: int, day: date
) -> None:
    query = SearchQuery(council_ids=None, text="cook", near=Near(point=CREWE, radius_miles=radius), sort=sort)
    plan = plan_search(query, PERSONAL_ASSISTANT_FACETS)
    position = {"relevance": -rank, "distance": min(rank, len(plan.rings) - 1), "recent": -day.toordinal()}[sort]

    assert _rank_of(plan, _sort_value(plan, position)) == position
