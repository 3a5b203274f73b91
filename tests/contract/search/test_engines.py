"""The search contract, on the engine inside the process and on a real Elasticsearch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from services.pa_registry.search.elasticsearch import ElasticsearchEngine, connect
from services.pa_registry.search.embedded import EmbeddedSearchEngine
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS as CATALOGUE
from shared.errors import Unavailable
from tests.contract.search.contract import TIE_SEED, EngineFactory, SearchEngineContract


class TestEmbeddedSearchEngine(SearchEngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def new_engine(cls) -> Iterator[EngineFactory]:
        engines: list[EmbeddedSearchEngine] = []

        def make() -> EmbeddedSearchEngine:
            engines.append(EmbeddedSearchEngine(catalogue=CATALOGUE, tie_seed=TIE_SEED))
            return engines[-1]

        yield make
        for engine in engines:
            engine.close()


class TestEmbeddedSearchEngineWithWordsOnDisk(TestEmbeddedSearchEngine):
    examples = 40

    @pytest.fixture(scope="class")
    @classmethod
    def new_engine(cls) -> Iterator[EngineFactory]:
        engines: list[EmbeddedSearchEngine] = []

        def make() -> EmbeddedSearchEngine:
            engines.append(EmbeddedSearchEngine(catalogue=CATALOGUE, tie_seed=TIE_SEED, words_on_disk=True))
            return engines[-1]

        yield make
        for engine in engines:
            engine.close()


@pytest.mark.needs_elasticsearch
@pytest.mark.enable_socket
class TestElasticsearchEngine(SearchEngineContract):
    taken_over = Unavailable

    @pytest.fixture(scope="class")
    @classmethod
    def new_engine(cls) -> Iterator[EngineFactory]:
        url = os.environ["STEWARD_TEST_ELASTICSEARCH_URL"]
        prefix = f"test-{uuid4().hex[:8]}"
        engines: list[ElasticsearchEngine] = []

        def make() -> ElasticsearchEngine:
            engine = ElasticsearchEngine(
                client=connect(url, timeout_seconds=30),
                catalogue=CATALOGUE,
                tie_seed=TIE_SEED,
                name=f"{prefix}-{len(engines)}",
                refresh=True,
            )
            engines.append(engine)
            return engine

        yield make
        with connect(url, timeout_seconds=30) as client:
            for index in client.indices.get(index=f"{prefix}-*"):
                client.indices.delete(index=index)
        for engine in engines:
            engine.close()
