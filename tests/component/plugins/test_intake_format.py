"""A council's own format, read by a plugin: through the council's exchange to a record and its answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from shared.ids import derived_id
from shared.messaging.broker.topology import intake_exchange, results_queue
from shared.messaging.consuming import incoming
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.reader import QueueReader
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cambridgeshire-peterborough"


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPlatform]:
    """Referrals, on a platform whose settings name a format of another package beside the built-in one."""
    usual = incoming.load_plugins
    entries = [
        EntryPoint(name="cloudevents", value="shared.messaging.consuming.incoming:CLOUDEVENTS", group="steward.intake"),
        EntryPoint(name="lines", value="tests.unit.plugins.samples:LINES", group="steward.intake"),
    ]
    monkeypatch.setattr(incoming, "load_plugins", lambda *args, **shape: usual(*args, installed=entries, **shape))
    platform = RunningPlatform(tmp_path, services=("referrals",), intake_formats=("cloudevents", "lines"))
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def answers(running: RunningPlatform) -> Iterator[list[Delivery]]:
    """What the council reads on its results queue."""
    seen: list[Delivery] = []
    reader = QueueReader(running.settings.broker_url, {results_queue(COUNCIL): seen.append})
    reader.start()
    yield seen
    reader.stop(deadline_seconds=5)


def send(running: RunningPlatform, body: bytes, content_type: str) -> None:
    """One message through the council's own exchange."""
    with Connection(running.settings.broker_url) as connection:
        channel = connection.channel()
        message = channel.prepare_message(body, properties={"delivery_mode": 2}, content_type=content_type)
        channel.basic_publish(message, exchange=intake_exchange(COUNCIL), routing_key="anything")


def outcomes(answers: list[Delivery], count: int) -> list[dict[str, Any]]:
    """The answers, once there are so many."""
    eventually(lambda: len(answers) >= count)
    return [json.loads(answer.body) for answer in answers]


def test_each_line_becomes_a_provider_and_is_answered(running: RunningPlatform, answers: list[Delivery]) -> None:
    send(running, b"PROV-1;Sample Support One\nPROV-2;Sample Support Two", "text/x-lines")

    told = outcomes(answers, 2)

    assert {answer["outcome"] for answer in told} == {"accepted"}
    assert {answer["record_id"] for answer in told} == {
        derived_id("prov", COUNCIL, reference) for reference in ("PROV-1", "PROV-2")
    }


def test_the_same_lines_again_are_known(running: RunningPlatform, answers: list[Delivery]) -> None:
    for _ in range(2):
        send(running, b"PROV-1;Sample Support One", "text/x-lines")

    assert [answer["outcome"] for answer in outcomes(answers, 2)] == ["accepted", "duplicate"]


def test_a_content_type_that_no_format_reads_is_answered(running: RunningPlatform, answers: list[Delivery]) -> None:
    send(running, b"<Bundle/>", "application/fhir+xml")

    [answer] = outcomes(answers, 1)
    assert answer["outcome"] == "refused"
    assert "no intake format reads 'application/fhir+xml'" in answer["detail"]
