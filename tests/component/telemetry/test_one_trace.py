"""A command, its event and the event's effect are one trace, whichever broker carries the event."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import eventlet
import pytest

from shared.messaging.calls.client import ServiceRefusal
from tests.support.eventful import WORKER, Eventful
from tests.support.traces import Traces
from tests.support.waiting import eventually

OUTSIDE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ROUTE = "/api/v1/referrals/<id>/allocate"
TELLER_EVENT = "referrals.events:referral.allocated"
Request = Callable[..., Any]


@pytest.fixture
def traces(broker_url: str) -> Traces:
    return Traces(embedded=broker_url.startswith("embedded:"))


@pytest.fixture
def platform(tmp_path: Path, broker_url: str, traces: Traces) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=broker_url, tracing=traces.tracing)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def request_to(platform: Eventful, traces: Traces) -> Request:
    """A request to a small gateway that carries out `allocate` (or another call of the teller)."""
    tracing = traces.tracing.of("gateway")
    services = tracing.services(platform.client)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        environ["steward.route"] = ROUTE
        caller = replace(WORKER, traceparent=environ.get("HTTP_TRACEPARENT"))
        services.call("referrals", environ["method"], {"id": environ["id"]}, caller)
        start_response("200 OK", [])
        return [b""]

    def send(id: str, *, method: str = "allocate", traceparent: str = "") -> Any:
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/referrals", "id": id, "method": method}
        if traceparent:
            environ["HTTP_TRACEPARENT"] = traceparent
        return tracing.wsgi(app)(environ, lambda *_: None)

    return send


def await_both_ends(traces: Traces, *, times: int = 1) -> None:
    """Returns once the effects and the sendings have been told: which of the two ends first is chance."""
    last = ("insert tallies", "process referral.referral.allocated", f"publish {TELLER_EVENT}")
    eventually(lambda: all(len(traces.named(name)) >= times for name in last))


def test_a_command_its_event_and_the_effect_are_one_trace(
    platform: Eventful, traces: Traces, request_to: Request
) -> None:
    request_to("ref-1")
    platform.await_applied("ref-1", [1])
    await_both_ends(traces)

    assert traces.parent(traces.one(f"POST {ROUTE}")) == ""
    client, server = traces.named("referrals.allocate")
    assert [client.kind.name, server.kind.name] == ["CLIENT", "SERVER"]
    assert traces.parent(client) == f"POST {ROUTE}"
    assert server.parent is not None
    assert server.parent.span_id == client.context.span_id
    assert traces.parent(traces.one("insert cases")) == "referrals.allocate"
    for follower in (f"publish {TELLER_EVENT}", "process referral.referral.allocated"):
        span = traces.one(follower)
        assert span.parent is not None
        assert span.parent.span_id == server.context.span_id
    assert traces.parent(traces.one("insert tallies")) == "process referral.referral.allocated"
    assert len(traces.trace_ids()) == 1


def test_spans_tell_what_they_are_of_by_the_conventions(
    platform: Eventful, traces: Traces, request_to: Request, broker_url: str
) -> None:
    request_to("ref-1")
    platform.await_applied("ref-1", [1])
    await_both_ends(traces)

    published = dict(traces.one(f"publish {TELLER_EVENT}").attributes or {})
    processed = dict(traces.one("process referral.referral.allocated").attributes or {})
    [event] = platform.published("ref-1")
    system = "steward_embedded" if broker_url.startswith("embedded:") else "rabbitmq"
    assert published["messaging.system"] == processed["messaging.system"] == system
    assert published["messaging.operation.type"] == "send"
    assert processed["messaging.operation.type"] == "process"
    assert published["messaging.message.id"] == processed["messaging.message.id"] == event.id
    assert processed["messaging.consumer.group.name"] == platform.readers[0]
    stored = dict(traces.one("insert tallies").attributes or {})
    assert stored["db.system.name"] == "sqlite"
    assert stored["db.collection.name"] == "tallies"
    assert {span.resource.attributes["service.name"] for span in traces.spans()} == {
        "gateway",
        "referrals",
        platform.readers[0],
    }


def test_the_trace_of_who_asks_is_carried_on(platform: Eventful, traces: Traces, request_to: Request) -> None:
    request_to("ref-1", traceparent=OUTSIDE)
    platform.await_applied("ref-1", [1])
    await_both_ends(traces)

    assert traces.trace_ids() == {OUTSIDE.split("-")[1]}


def test_a_trace_that_was_not_chosen_is_not_told_of(platform: Eventful, traces: Traces, request_to: Request) -> None:
    request_to("ref-1", traceparent=OUTSIDE.removesuffix("01") + "00")
    platform.await_applied("ref-1", [1])

    assert traces.spans() == []


def test_an_event_without_a_trace_begins_one_that_its_reader_joins(platform: Eventful, traces: Traces) -> None:
    platform.command("ref-1")
    platform.await_applied("ref-1", [1])
    await_both_ends(traces)

    assert traces.parent(traces.one(f"publish {TELLER_EVENT}")) == ""
    assert traces.parent(traces.one("process referral.referral.allocated")) == f"publish {TELLER_EVENT}"


def test_a_handler_that_fails_is_told_by_its_kind_and_not_by_its_words(
    platform: Eventful, traces: Traces, request_to: Request
) -> None:
    platform.faults.once["ref-1", 1].append(RuntimeError("Alex Example lives at 7 Sample Street"))
    request_to("ref-1")
    platform.await_applied("ref-1", [1])
    await_both_ends(traces)

    failed, worked = traces.named("process referral.referral.allocated")
    assert (failed.attributes or {})["error.type"] == "RuntimeError"
    assert failed.status.status_code.name == "ERROR"
    assert worked.status.status_code.name == "UNSET"
    assert not any("Alex" in told or "Sample Street" in told for told in traces.attribute_values())


def test_a_refused_call_is_told_by_its_code(platform: Eventful, traces: Traces, request_to: Request) -> None:
    with pytest.raises(ServiceRefusal):
        request_to("ref-1", method="no_such_call")

    [client] = traces.named("referrals.no_such_call")
    assert (client.attributes or {})["error.type"]
    assert client.status.status_code.name == "ERROR"


def test_workers_side_by_side_each_have_their_own_trace(
    platform: Eventful, traces: Traces, request_to: Request
) -> None:
    ids = [f"ref-{number}" for number in range(8)]
    for waiting in [eventlet.spawn(request_to, id) for id in ids]:
        waiting.wait()
    for id in ids:
        platform.await_applied(id, [1])
    await_both_ends(traces, times=len(ids))

    assert len(traces.trace_ids()) == len(ids)
    for process in traces.named("process referral.referral.allocated"):
        assert traces.parent(process) == "referrals.allocate"
