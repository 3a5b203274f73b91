"""What holds for every test: how many examples properties are tried on, who may open sockets, which engines must be there.

Loaded before tests/component is patched by eventlet, so it imports nothing of the platform.
"""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

ENGINES = {
    "needs_rabbitmq": "STEWARD_TEST_RABBITMQ_URL",
    "needs_mongodb": "STEWARD_TEST_MONGODB_URL",
    "needs_elasticsearch": "STEWARD_TEST_ELASTICSEARCH_URL",
}
PROFILE = "STEWARD_TEST_PROFILE"
LEFT_OUT = pytest.StashKey[dict[str, int]]()
UNIT_TESTS = Path(__file__).parent / "unit"

# A busy machine is slow, not wrong, so no profile has a deadline; and contract suites are inherited on purpose, so the same
# property runs from several classes.
USUAL = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.differing_executors])
hypothesis.settings.register_profile("usual", USUAL)
hypothesis.settings.register_profile("ci", USUAL, max_examples=50, print_blob=True)
hypothesis.settings.register_profile("thorough", USUAL, max_examples=2000, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Chooses the profile of property tests: STEWARD_TEST_PROFILE, else `ci` where CI is set, else `usual`."""
    hypothesis.settings.load_profile(os.environ.get(PROFILE) or ("ci" if os.environ.get("CI") else "usual"))
    config.stash[LEFT_OUT] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Closes the network to unit tests, and leaves out what needs an engine that the environment doesn't name."""
    for item in items:
        if UNIT_TESTS in item.path.parents:
            item.add_marker(pytest.mark.disable_socket)
    unnamed = {marker: variable for marker, variable in ENGINES.items() if not os.environ.get(variable)}
    _deselect(config, items, unnamed)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Says what was left out: a test that does not run must not look like one that passed."""
    return [f"left out: {count} tests that need {variable}" for variable, count in config.stash[LEFT_OUT].items()]


def _deselect(config: pytest.Config, items: list[pytest.Item], unnamed: dict[str, str]) -> None:
    left_out = config.stash[LEFT_OUT]
    kept, unwanted = [], []
    for item in items:
        missing = next((variable for marker, variable in unnamed.items() if item.get_closest_marker(marker)), None)
        (kept if missing is None else unwanted).append(item)
        if missing is not None:
            left_out[missing] = left_out.get(missing, 0) + 1
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = kept
