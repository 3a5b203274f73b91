"""Queues of this run's own on the RabbitMQ under test, reached over a wire that can be cut."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from kombu import Connection

from tests.integration.messaging.desk import Desk
from tests.support.wires import wire_to

RABBITMQ_URL = os.environ.get("STEWARD_TEST_RABBITMQ_URL", "")


@pytest.fixture
def waits() -> dict[str, float]:
    """How long publisher and reader wait, where a test wants them to wait less than usually: seconds by name."""
    return {}


@pytest.fixture
def desk(waits: dict[str, float]) -> Iterator[Desk]:
    """An exchange with two quorum queues, a publisher and a reader over one wire."""
    wire, url = wire_to(RABBITMQ_URL)
    with Connection(RABBITMQ_URL) as connection:
        desk = Desk(name=f"t-{uuid4().hex[:10]}", url=url, wire=wire, channel=connection.default_channel, **waits)
        desk.declare()
        yield desk
        desk.end()
