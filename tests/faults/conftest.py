"""Platforms under attack: each kind in turn, where its engines are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.effects import come_to_rest
from tests.faults.fleet import Fleet, embedded, on_engines
from tests.faults.results import Lengths
from tests.faults.wired import Wired, wired_platform

SERVICES = ("referrals", "ledger", "notifications", "witness")
"""Those whose work clients see."""
EVERY_SERVICE = ("pa_registry", "safeguarding", *SERVICES)
EMBEDDED = "embedded"
ON_SQLITE = pytest.param("RabbitMQ and SQLite", marks=pytest.mark.needs_rabbitmq)
ON_MONGODB = pytest.param("RabbitMQ and MongoDB", marks=[pytest.mark.needs_rabbitmq, pytest.mark.needs_mongodb])
WITH_REPLICAS = [EMBEDDED, ON_SQLITE, *([ON_MONGODB] if Lengths.from_environment().are_long else [])]
"""Where attacks on many processes take place: on MongoDB's wire they take minutes, so only in the long form."""


@pytest.fixture
def lengths() -> Lengths:
    """How long attacks are to be."""
    return Lengths.from_environment()


@pytest.fixture(scope="session", params=[EMBEDDED, ON_SQLITE, ON_MONGODB])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of platform in turn, by its name."""
    return str(request.param)


@pytest.fixture(scope="session")
def platform(kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A platform of this kind, for all attacks on it."""
    folder = tmp_path_factory.mktemp("platform")
    if kind == EMBEDDED:
        with embedded(folder, services=EVERY_SERVICE) as fleet:
            yield fleet
        return
    broker_url = os.environ["STEWARD_TEST_RABBITMQ_URL"]
    with on_engines(folder, broker_url=broker_url, store_url=store_url(kind, folder), services=EVERY_SERVICE) as fleet:
        yield fleet


@pytest.fixture
def attacked(platform: Fleet) -> Fleet:
    """The platform at rest, each service one process (or all in one), with a new history."""
    platform.scale(EVERY_SERVICE, 1)
    come_to_rest(platform)
    platform.begin()
    return platform


@pytest.fixture(scope="session")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wired]:
    """A platform whose ledger reaches the broker over a wire."""
    with wired_platform(tmp_path_factory.mktemp("wired"), broker_url=os.environ["STEWARD_TEST_RABBITMQ_URL"]) as wired:
        yield wired


def store_url(kind: str, folder: Path) -> str:
    """The stores of a kind of platform on the real broker."""
    return os.environ["STEWARD_TEST_MONGODB_URL"] if "MongoDB" in kind else f"sqlite:///{folder / 'stores'}"
