"""Platforms under attack: each kind in turn, where its engines are there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.fleet import Fleet, embedded, on_engines
from tests.faults.results import Lengths

SERVICES = ("referrals", "ledger", "notifications", "witness")
BROKER = pytest.mark.needs_rabbitmq
STORE = pytest.mark.needs_mongodb


@pytest.fixture
def lengths() -> Lengths:
    """How long attacks are to be."""
    return Lengths.from_environment()


@pytest.fixture(
    params=[
        "embedded",
        pytest.param("RabbitMQ and SQLite", marks=BROKER),
        pytest.param("RabbitMQ and MongoDB", marks=[BROKER, STORE]),
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of platform in turn, by its name."""
    return str(request.param)


@pytest.fixture
def attacked(kind: str, tmp_path: Path) -> Iterator[Fleet]:
    """A platform of this kind, each service one process (or all in one)."""
    if kind == "embedded":
        with embedded(tmp_path, services=SERVICES) as fleet:
            yield fleet
        return
    with on_engines(
        tmp_path,
        broker_url=os.environ["STEWARD_TEST_RABBITMQ_URL"],
        store_url=store_url(kind, tmp_path),
        services=SERVICES,
    ) as fleet:
        yield fleet


def store_url(kind: str, folder: Path) -> str:
    """The stores of a kind of platform on the real broker."""
    return os.environ["STEWARD_TEST_MONGODB_URL"] if "MongoDB" in kind else f"sqlite:///{folder / 'stores'}"
