"""The same register with its index on a real Elasticsearch, and that index lost and rebuilt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from services.pa_registry.commands import reindexed
from services.pa_registry.search.elasticsearch import connect
from shared.events.safeguarding import RestrictionImposed
from tests.component.pa_registry.journeys import CREWE, EMPLOYER, Registry
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

pytestmark = [pytest.mark.needs_elasticsearch, pytest.mark.enable_socket]


@pytest.fixture
def index_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index of this test's own."""
    name = f"component-{uuid4().hex[:8]}"
    monkeypatch.setenv("STEWARD_SEARCH_INDEX", name)
    yield name
    drop_index(name)


def drop_index(name: str) -> None:
    with connect(os.environ["STEWARD_TEST_ELASTICSEARCH_URL"], timeout_seconds=30) as client:
        for index in client.indices.get(index=f"{name}-*"):
            client.indices.delete(index=index)


def a_registry(folder: Path, clock: FixedClock) -> Registry:
    url = os.environ["STEWARD_TEST_ELASTICSEARCH_URL"]
    running = RunningPlatform(folder, services=["safeguarding", "pa_registry"], search_url=url)
    running.start()
    return Registry(running=running, clock=clock)


@pytest.fixture
def registry(tmp_path: Path, clock: FixedClock, index_name: str) -> Iterator[Registry]:
    on_elasticsearch = a_registry(tmp_path, clock)
    yield on_elasticsearch
    on_elasticsearch.running.stop()


def test_an_entry_is_found_with_exact_counts_and_gone_when_restricted(registry: Registry) -> None:
    stays, goes = registry.listed(), registry.listed()

    eventually(lambda: registry.found(q="patient", postcode=CREWE, radius_miles=2) == {stays, goes})
    assert registry.search()["facets"]["skills"]["personal-care"] == 2
    event = RestrictionImposed(party_id=goes, kind="personal_assistant", from_at=registry.clock.now())
    registry.running.settled("pa_registry", registry.tell(event, sequence=1))

    assert registry.found() == {stays}
    eventually(lambda: registry.search()["total"] == 1)


def test_a_lost_index_is_rebuilt_at_the_next_start(tmp_path: Path, clock: FixedClock, index_name: str) -> None:
    first = a_registry(tmp_path, clock)
    entry_id = first.listed()
    first.running.stop()
    drop_index(index_name)

    second = a_registry(tmp_path, clock)
    found = second.found(EMPLOYER)
    second.running.stop()

    assert found == {entry_id}


def test_reindexing_swaps_a_whole_index_in_while_the_register_goes_on(registry: Registry) -> None:
    ids = {registry.listed() for _ in range(3)}

    said = reindexed(registry.running.platform, take_over=False)

    assert said.startswith("The index now holds 3 entries")
    assert registry.found() == ids
    later = registry.listed()
    eventually(lambda: registry.found() == {*ids, later})
