"""What reaches outside is told of: searches, messages to people, posts to webhooks; never whom or what they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from shared.context import Caller
from tests.component.pa_registry.journeys import Registry
from tests.component.telemetry.test_from_outside import publish
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.traces import Traces
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver
from tests.unit.referrals.builders import CE, an_event

ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,))
TEAM = Caller(actor_id="sam-sample", roles=("safeguarding_team",), councils=(CE,))
SEND = "send email-file"
Start = Callable[..., RunningPlatform]


@pytest.fixture
def traces() -> Traces:
    return Traces()


@pytest.fixture
def start(tmp_path: Path, traces: Traces) -> Iterator[Start]:
    started = []

    def run(*services: str, **settings: Any) -> RunningPlatform:
        running = RunningPlatform(tmp_path, services=services, tracing=traces.tracing, **settings)
        started.append(running)
        running.start()
        return running

    yield run
    for running in started:
        running.stop()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def trace_id(span: ReadableSpan) -> int:
    assert span.context is not None
    return span.context.trace_id


def test_a_search_is_part_of_the_call_that_asks_for_it(start: Start, traces: Traces) -> None:
    registry = Registry(running=start("safeguarding", "pa_registry"), clock=FixedClock())

    registry.call("search_personal_assistants", {"council_id": CE, "q": "Unmistakable words"})
    eventually(lambda: traces.named("pa_registry.search_personal_assistants"))

    span = traces.one("search personal_assistants")
    assert traces.parent(span) == "pa_registry.search_personal_assistants"
    assert attributes(span) == {
        "db.system.name": "steward_embedded_search",
        "db.collection.name": "personal_assistants",
        "db.operation.name": "search",
    }
    assert not any("Unmistakable" in told for told in traces.attribute_values())


def test_a_message_to_a_person_is_part_of_what_it_tells_of(start: Start, traces: Traces) -> None:
    running = start("referrals", "notifications")
    publish(running, an_event(), {})
    eventually(lambda: traces.named("process contact.contact.recorded"))
    [referral] = running.call("referrals", "list_referrals", {}, ADVISER)["items"]

    running.call("referrals", "accept_referral", {"id": referral["id"], "worker_id": "worker-7"}, ADVISER)
    eventually(lambda: traces.named(SEND))

    [sent, *_] = traces.named(SEND)
    eventually(lambda: traces.parent(sent) == "notifications.send_notification")
    assert trace_id(sent) == trace_id(traces.one("referrals.accept_referral"))
    assert attributes(sent) == {"steward.channel": "email-file"}
    assert not any("Sample" in told or "example.org" in told for told in traces.attribute_values())


def test_a_post_to_a_webhook_is_told_of_in_a_trace_that_does_not_lead_to_the_concern(
    start: Start, traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEWARD_WEBHOOK_RETRY_WAITS", "0.1,0.1")
    running = start("notifications", "safeguarding", environment="development")
    with WebhookReceiver(answer=lambda number: 503 if number == 1 else 204) as receiver:
        running.call("notifications", "subscribe_webhook", {"council_id": CE, "url": receiver.url}, TEAM)
        concern = {"person_id": "per-0007", "categories": ["neglect"], "description": "Words", "consent_sought": True}
        running.call("safeguarding", "raise_concern", {"council_id": CE, **concern}, ADVISER)
        eventually(lambda: len(traces.named("POST")) == 2 and len(traces.named("notifications.deliver")) >= 2)

    refused, taken = map(attributes, traces.named("POST"))
    assert (refused["http.response.status_code"], refused["error.type"]) == (503, "503")
    assert taken == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "server.address": "127.0.0.1",
        "server.port": receiver.port,
        "http.response.status_code": 204,
    }
    raised = trace_id(traces.one("safeguarding.raise_concern"))
    for span in traces.named("POST"):
        assert traces.parent(span) == "notifications.deliver"
        assert trace_id(span) != raised
