"""The register beside safeguarding, on the embedded broker and SQLite, under a clock that stands still."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.component.pa_registry.journeys import Registry
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without an Elasticsearch its tests are deselected, and counted as such."""
    if os.environ.get("STEWARD_TEST_ELASTICSEARCH_URL"):
        return
    unwanted = [item for item in items if item.get_closest_marker("needs_elasticsearch")]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    still = FixedClock()
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: still)
    return still


@pytest.fixture
def registry(tmp_path: Path, clock: FixedClock) -> Iterator[Registry]:
    running = RunningPlatform(tmp_path, services=["safeguarding", "pa_registry"])
    running.start()
    yield Registry(running=running, clock=clock)
    running.stop()
