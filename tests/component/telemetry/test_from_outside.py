"""What a council sends by AMQP, and work that falls due by itself, each begin a trace that their events carry on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from shared.messaging.broker.topology import intake_exchange
from tests.support.running import RunningPlatform
from tests.support.traces import Traces
from tests.support.waiting import eventually
from tests.unit.referrals.builders import CE, an_event

OUTSIDE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
STRUCTURED = "application/cloudevents+json"
INTAKE = "process referrals.intake"
PUBLISHED = "publish referrals.events:referral.submitted"
APPLIED = "process referral.referral.submitted"


@pytest.fixture
def traces() -> Traces:
    return Traces()


@pytest.fixture
def running(tmp_path: Path, traces: Traces) -> Iterator[RunningPlatform]:
    platform = RunningPlatform(tmp_path, services=["referrals", "notifications"], tracing=traces.tracing)
    platform.start()
    yield platform
    platform.stop()


def publish(running: RunningPlatform, event: dict[str, Any], headers: dict[str, str]) -> None:
    with Connection(running.settings.broker_url) as connection:
        channel = connection.channel()
        message = channel.prepare_message(json.dumps(event).encode(), headers=headers, content_type=STRUCTURED)
        channel.basic_publish(message, exchange=intake_exchange(CE), routing_key=event["type"])


def test_a_councils_message_its_events_and_their_effects_are_one_trace(
    running: RunningPlatform, traces: Traces
) -> None:
    publish(running, an_event(), {})
    eventually(lambda: traces.named(APPLIED) and traces.named(PUBLISHED) and traces.named(INTAKE))

    assert traces.parent(traces.one(INTAKE)) == ""
    assert traces.parent(traces.one(PUBLISHED)) == INTAKE
    assert {traces.parent(span) for span in traces.named(APPLIED)} == {
        INTAKE
    }  # once for each service that reads the stream
    assert (traces.one(INTAKE).attributes or {})["messaging.operation.type"] == "process"
    assert not any("Sample" in told or "example.org" in told for told in traces.attribute_values())


def test_a_council_that_names_its_trace_is_part_of_it(running: RunningPlatform, traces: Traces) -> None:
    publish(running, an_event(), {"ce-traceparent": OUTSIDE})
    eventually(lambda: traces.named(APPLIED) and traces.named(INTAKE))

    for span in (*traces.named(INTAKE), *traces.named(APPLIED)):
        assert span.context is not None
        assert f"{span.context.trace_id:032x}" == OUTSIDE.split("-")[1]
