"""Tests of whole platforms: what needs an engine or a browser that is not here is deselected, and counted as such."""

from __future__ import annotations

import os

import pytest

from tests.support.browsing import chromium

NEEDS = {
    "needs_rabbitmq": "STEWARD_TEST_RABBITMQ_URL",
    "needs_mongodb": "STEWARD_TEST_MONGODB_URL",
    "needs_elasticsearch": "STEWARD_TEST_ELASTICSEARCH_URL",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    unwanted = [item for item in items if any(item.get_closest_marker(name) for name in _absent())]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]


def _absent() -> list[str]:
    engines = [marker for marker, variable in NEEDS.items() if not os.environ.get(variable)]
    return engines if chromium() else [*engines, "needs_browser"]
