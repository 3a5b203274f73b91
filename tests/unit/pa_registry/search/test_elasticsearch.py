"""The Elasticsearch engine without a server: what it asks, and that a part of an answer is never given as the whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from elastic_transport import ApiResponseMeta, BaseNode, ConnectionError, ConnectionTimeout, HttpHeaders, NodeConfig
from elastic_transport._node import NodeApiResponse
from elasticsearch import Elasticsearch
from structlog.testing import capture_logs

from services.pa_registry.search.elasticsearch import ElasticsearchEngine
from services.pa_registry.search.elasticsearch_query import searches_for
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS
from services.pa_registry.search.mapping import index_definition, layout_of, source_of
from services.pa_registry.search.query import DbsWithin, Near, SearchQuery, plan_search
from shared.errors import Unavailable
from tests.support.search_oracle import SECTORS, TODAY_ON, a_register

Answer = Callable[[str, str, bytes], tuple[int, Any]]
QUERY = SearchQuery(council_ids=("cheshire-east",), text="secret words", selections={"gender": ("man",)})


def whole(**changes: Any) -> dict[str, Any]:
    """A complete answer to any of the searches, finding nobody."""
    empty = {"buckets": [], "sum_other_doc_count": 0}
    return {
        "timed_out": False,
        "_shards": {"failed": 0},
        "hits": {"total": {"value": 0}, "hits": []},
        "aggregations": dict.fromkeys(("tags", *(facet.name for facet in PERSONAL_ASSISTANT_FACETS)), empty),
        "status": 200,
        **changes,
    }


def engine_that_hears(answer: Answer) -> ElasticsearchEngine:
    """An engine whose cluster is a function of method, path and body."""

    class Node(BaseNode):
        def __init__(self, config: NodeConfig) -> None:
            super().__init__(config)

        def perform_request(
            self, method: str, target: str, body: bytes | None = None, headers: Any = None, request_timeout: Any = None
        ) -> NodeApiResponse:
            status, content = answer(method, target, body or b"")
            meta = ApiResponseMeta(
                node=self.config,
                duration=0.0,
                http_version="1.1",
                status=status,
                headers=HttpHeaders({"content-type": "application/json", "x-elastic-product": "Elasticsearch"}),
            )
            return NodeApiResponse(meta, json.dumps(content).encode())

        def close(self) -> None:
            pass

    client = Elasticsearch("http://search.example:9200", node_class=Node, max_retries=0)
    return ElasticsearchEngine(client=client, catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed="seed")


def answering(*responses: Mapping[str, Any]) -> Answer:
    def answer(method: str, target: str, body: bytes) -> tuple[int, Any]:
        return 200, {"responses": list(responses)} if "_msearch" in target else {}

    return answer


def words_in(value: object) -> Iterator[str]:
    """Every key of a request, at any depth."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from words_in(inner)


def test_an_answer_in_full_is_given() -> None:
    engine = engine_that_hears(answering(whole(), whole(), whole()))

    result = engine.search(QUERY)

    assert (result.total, result.hits, result.next) == (0, (), None)
    assert result.facets["gender"] == {"woman": 0, "man": 0, "non-binary": 0}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"error": {"type": "search_phase_execution_exception", "reason": "about secret"}, "status": 503},
        whole(timed_out=True),
        whole(_shards={"failed": 1}),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_answer_that_lacks_a_part_is_refused_as_a_whole(spoilt: dict[str, Any], place: int) -> None:
    responses = [whole(), whole(), whole()]
    responses[place] = spoilt
    engine = engine_that_hears(answering(*responses))

    with pytest.raises(Unavailable, match=r"^The search cannot be answered now\.$"):
        engine.search(QUERY)


def test_counts_that_leave_values_out_are_refused() -> None:
    cut = whole(aggregations={**whole()["aggregations"], "languages": {"buckets": [], "sum_other_doc_count": 3}})
    engine = engine_that_hears(answering(whole(), whole(), cut))

    with pytest.raises(Unavailable, match="more different facet values"):
        engine.search(QUERY)


def away(method: str, target: str, body: bytes) -> tuple[int, Any]:
    raise ConnectionError("refused")


def too_late(method: str, target: str, body: bytes) -> tuple[int, Any]:
    raise ConnectionTimeout("late")


def failing(method: str, target: str, body: bytes) -> tuple[int, Any]:
    return 503, {"error": {"type": "cluster_block_exception"}, "status": 503}


@pytest.mark.parametrize("answer", [away, too_late, failing])
def test_a_cluster_that_does_not_answer_makes_search_unavailable(answer: Answer) -> None:
    person = a_register(1, seed=1)
    calls: list[Callable[[], object]] = [
        lambda: engine_that_hears(answer).search(QUERY),
        lambda: engine_that_hears(answer).index(person),
        lambda: engine_that_hears(answer).rebuild(person),
        lambda: engine_that_hears(answer).check(),
    ]

    for call in calls:
        with pytest.raises(Unavailable):
            call()


def test_a_refused_write_is_not_taken_for_an_older_one() -> None:
    def answer(method: str, target: str, body: bytes) -> tuple[int, Any]:
        if "_bulk" in target:
            return 200, {"errors": True, "items": [{"index": {"status": 429, "error": {"type": "rejected"}}}]}
        return 200, {}

    with pytest.raises(Unavailable):
        engine_that_hears(answer).index(a_register(1, seed=1))


def test_what_was_sought_is_not_logged() -> None:
    spoilt = {"error": {"type": "parsing_exception", "reason": "about secret words"}, "status": 400}
    engine = engine_that_hears(answering(spoilt, whole(), whole()))

    with capture_logs() as logs, pytest.raises(Unavailable):
        engine.search(QUERY)

    assert [entry["error"] for entry in logs] == ["parsing_exception"]
    assert "secret" not in repr(logs)


def test_text_goes_in_as_data_and_never_as_query_syntax() -> None:
    query = SearchQuery(
        council_ids=("cheshire-east",),
        text='a" OR *:* cook~2',
        selections={"gender": ("man",), "skills": ("hoisting",)},
        near=Near(point=SECTORS[0], radius_miles=5),
        dbs_within=DbsWithin(years=1, today_on=TODAY_ON),
    )

    bodies = searches_for(plan_search(query, PERSONAL_ASSISTANT_FACETS), PERSONAL_ASSISTANT_FACETS).bodies()

    assert not {"query_string", "simple_query_string", "regexp", "wildcard", "script"} & set(words_in(bodies))
    assert {"match": {"words": {"query": "cook 2", "operator": "and"}}} in bodies[0]["query"]["bool"]["filter"]


def test_each_chosen_or_facet_is_counted_without_its_own_choice_and_and_facets_with_theirs() -> None:
    query = SearchQuery(
        council_ids=("cheshire-east",), selections={"gender": ("man",), "smoker": ("smokes",), "ages": ("under-16",)}
    )
    scope = [{"term": {"published": True}}, {"terms": {"council_id": ["cheshire-east"]}}]
    age = {"term": {"facets.ages": "under-16"}}

    searches = searches_for(plan_search(query, PERSONAL_ASSISTANT_FACETS), PERSONAL_ASSISTANT_FACETS)

    assert {name: body["query"]["bool"]["filter"] for name, body in searches.without.items()} == {
        "gender": [*scope, age, {"terms": {"facets.smoker": ["smokes"]}}],
        "smoker": [*scope, age, {"terms": {"facets.gender": ["man"]}}],
    }
    assert searches.scope is not None
    assert searches.scope["query"]["bool"]["filter"] == scope


def test_the_mapping_is_strict_and_has_every_field_of_a_document() -> None:
    mappings = index_definition(PERSONAL_ASSISTANT_FACETS, tie_seed="seed")["mappings"]

    sources = [source_of(person, tie_seed="seed") for person in a_register(40, seed=2)]

    assert mappings["dynamic"] == "strict"
    assert {field for source in sources for field in source} == set(mappings["properties"]) - {"words"}
    assert {name for source in sources for name in source["facets"]} == set(
        mappings["properties"]["facets"]["properties"]
    )


def test_what_a_person_does_not_show_is_not_in_the_source() -> None:
    person = next(p for p in a_register(40, seed=2) if p.point is None and p.dbs_checked_on is None)

    source = source_of(person, tie_seed="seed")

    assert not {"point", "dbs_checked_on"} & set(source)
    assert set(source["facets"]) == set(person.facets)
    assert len(source["tags"]) == sum(len(values) for values in person.facets.values())


def test_another_tie_seed_is_another_layout() -> None:
    one, other = (layout_of(PERSONAL_ASSISTANT_FACETS, tie_seed=seed) for seed in ("one", "other"))

    assert one != other
    assert one == layout_of(PERSONAL_ASSISTANT_FACETS, tie_seed="one")
