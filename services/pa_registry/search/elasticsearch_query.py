"""A planned search as Elasticsearch requests, and their answers as a result. Pure: no connection here.

One `msearch` holds the page with the counts of all facets whose own choice narrows them, one search without hits for
each OR facet chosen from that leaves that facet's choice out, and one that lists what the open facets hold within the
caller's scope. Each is a plain conjunction that visits only its own matches, which measured faster than one request
with a post-filter and filter aggregations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from services.pa_registry.search.engine import Hit, SearchResult, reasons_of
from services.pa_registry.search.facets import Catalogue, Facet
from services.pa_registry.search.mapping import tag_of
from services.pa_registry.search.query import Near, Plan, Position, cursor_of
from shared.errors import Unavailable
from shared.geography import Point

Body = dict[str, Any]
_MOST_OPEN_VALUES = 5_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, kw_only=True)
class Searches:
    """The bodies of one `msearch`: the page, one per OR facet chosen from, and the scope of the open facets."""

    page: Body
    without: Mapping[str, Body]
    scope: Body | None

    def bodies(self) -> list[Body]:
        return [self.page, *self.without.values(), *([self.scope] if self.scope is not None else [])]


def searches_for(plan: Plan, catalogue: Catalogue) -> Searches:
    """The requests that answer a plan."""
    base, common = _scope_filters(plan), _common_filters(plan)
    choices = {name: {"terms": {f"facets.{name}": list(values)}} for name, values in plan.any_of.items()}
    without = {
        name: _count(base + common + [filter for other, filter in choices.items() if other != name], [catalogue[name]])
        for name in choices
    }
    opened = [facet for facet in catalogue if facet.is_open]
    return Searches(
        page=_page(plan, base + common + list(choices.values()), catalogue),
        without=without,
        scope=_count(base, opened) if opened else None,
    )


def result_of(
    plan: Plan, catalogue: Catalogue, searches: Searches, responses: Sequence[Mapping[str, Any]]
) -> SearchResult:
    """The answer put together from the responses, which come in the order of the bodies."""
    page, *rest = responses
    tags = _buckets(page, "tags")
    own = {name: _buckets(response, name) for name, response in zip(searches.without, rest, strict=False)}
    shown = {facet.name: sorted(_buckets(rest[-1], facet.name)) for facet in catalogue if facet.is_open}
    found = page["hits"]["hits"]
    hits = found[: plan.query.limit]
    return SearchResult(
        hits=tuple(_hit(plan, hit) for hit in hits),
        total=page["hits"]["total"]["value"],
        facets={
            facet.name: _counts(
                facet.name, shown[facet.name] if facet.values is None else facet.values, own.get(facet.name), tags
            )
            for facet in catalogue
        },
        next=cursor_of(plan.query, _position_of(plan, hits[-1])) if len(found) > len(hits) else None,
    )


def _page(plan: Plan, filters: list[Body], catalogue: Catalogue) -> Body:
    values = sum(_MOST_OPEN_VALUES if facet.values is None else len(facet.values) for facet in catalogue)
    body: Body = {
        "size": plan.query.limit + 1,
        "track_total_hits": True,
        "query": {"bool": {"filter": filters, **_ranking(plan)}},
        "sort": [*_order(plan), {"tie": "asc"}],
        "_source": False,
        "docvalue_fields": _needed(plan),
        "aggs": {"tags": {"terms": {"field": "tags", "size": values}}},
    }
    if plan.after is not None:
        body["search_after"] = _search_after(plan, plan.after)
    return body


def _count(filters: list[Body], facets: Sequence[Facet]) -> Body:
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": filters}},
        "aggs": {
            facet.name: {
                "terms": {"field": f"facets.{facet.name}", "size": len(facet.values or ()) or _MOST_OPEN_VALUES}
            }
            for facet in facets
        },
    }


def _scope_filters(plan: Plan) -> list[Body]:
    filters: list[Body] = [{"term": {"published": plan.query.published}}]
    if plan.query.council_ids is not None:
        filters.append({"terms": {"council_id": list(plan.query.council_ids)}})
    return filters


def _common_filters(plan: Plan) -> list[Body]:
    """What every count keeps: words, AND choices, place and date. Words go in as data, never as query syntax."""
    filters: list[Body] = []
    if plan.words:
        filters.append({"match": {"words": {"query": " ".join(plan.words), "operator": "and"}}})
    filters += [{"term": {f"facets.{name}": value}} for name, values in plan.all_of.items() for value in values]
    if plan.query.dbs_within is not None:
        filters.append({"range": {"dbs_checked_on": {"gte": plan.query.dbs_within.since_on.isoformat()}}})
    if plan.query.near is not None:
        filters.append(_within(plan.query.near, plan.query.near.radius_miles))
    return filters


def _ranking(plan: Plan) -> Body:
    """Clauses whose score counts: words found in the headline, or distance bands that reach the person."""
    if plan.ranks_words:
        return {"should": [_one_point({"match": {"headline": word}}) for word in plan.words]}
    if plan.query.sort == "distance" and plan.query.near is not None:
        return {"should": [_one_point(_within(plan.query.near, radius)) for radius in plan.rings]}
    return {}


def _one_point(filter: Body) -> Body:
    return {"constant_score": {"filter": filter}}


def _within(near: Near, miles: int) -> Body:
    point = {"lat": near.point.latitude, "lon": near.point.longitude}
    return {"geo_distance": {"distance": f"{miles}mi", "point": point}}


def _order(plan: Plan) -> list[Body]:
    if plan.query.sort == "recent":
        return [{"updated_on": "desc"}]
    return [{"_score": "desc"}] if _ranking(plan) else []


def _search_after(plan: Plan, after: Position) -> list[int]:
    if not _order(plan):
        return [after.tie]
    return [_sort_value(plan, after.rank), after.tie]


def _position_of(plan: Plan, hit: Mapping[str, Any]) -> Position:
    *first, tie = hit["sort"]
    return Position(rank=_rank_of(plan, first[0]) if first else 0, tie=tie)


def _rank_of(plan: Plan, value: float) -> int:
    """An Elasticsearch sort value as a rank; `_sort_value` is its inverse."""
    if plan.query.sort == "recent":
        return -datetime.fromtimestamp(value / 1000, UTC).date().toordinal()
    return len(plan.rings) - int(value) if plan.query.sort == "distance" else -int(value)


def _sort_value(plan: Plan, rank: int) -> int:
    if plan.query.sort == "recent":
        return (-rank - date(1970, 1, 1).toordinal()) * _DAY_MS
    return len(plan.rings) - rank if plan.query.sort == "distance" else -rank


def _needed(plan: Plan) -> list[str]:
    """The fields that reasons and bands are read from."""
    fields = [f"facets.{name}" for name in plan.chosen]
    return [*fields, "point"] if plan.query.near is not None else fields


def _hit(plan: Plan, hit: Mapping[str, Any]) -> Hit:
    fields: Mapping[str, Any] = hit.get("fields", {})
    held = {name.removeprefix("facets."): tuple(values) for name, values in fields.items() if name != "point"}
    band = plan.band_at(_point_of(fields["point"][0])) if plan.query.near is not None else None
    return Hit(id=hit["_id"], within_miles=band, reasons=reasons_of(plan, held=held, within_miles=band))


def _point_of(value: str) -> Point:
    latitude, longitude = value.split(",")
    return Point(latitude=float(latitude), longitude=float(longitude))


def _buckets(response: Mapping[str, Any], name: str) -> dict[str, int]:
    """Each value's count. Raises `Unavailable` rather than give counts that leave values out."""
    terms = response["aggregations"][name]
    if terms["sum_other_doc_count"]:
        raise Unavailable("There are more different facet values than can be counted.")
    return {bucket["key"]: bucket["doc_count"] for bucket in terms["buckets"]}


def _counts(name: str, values: Iterable[str], own: Mapping[str, int] | None, tags: Mapping[str, int]) -> dict[str, int]:
    """The count of each value, zeros too: the facet's own where its choice is left out, else among the page's tags."""
    if own is not None:
        return {value: own.get(value, 0) for value in values}
    return {value: tags.get(tag_of(name, value), 0) for value in values}
