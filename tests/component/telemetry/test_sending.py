"""In a patched process spans are sent beside the work, and neither a slow nor a missing collector holds it up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import eventlet
import pytest
from eventlet import wsgi
from eventlet.event import Event

from shared.telemetry.otel import Traced, exporter_named
from tests.support.waiting import eventually, patience


@dataclass(kw_only=True)
class Collector:
    """An OTLP collector that keeps what it gets, and answers once it is let."""

    let: Event = field(default_factory=Event)
    asked: int = 0
    bodies: list[bytes] = field(default_factory=list)
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read()
        self.asked += 1
        self.let.wait()
        self.bodies.append(body)
        start_response("200 OK", [("Content-Type", "application/x-protobuf")])
        return [b""]


@pytest.fixture
def collector() -> Iterator[Collector]:
    found = Collector()
    listener = eventlet.listen(("127.0.0.1", 0))
    found.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/traces"
    serving = eventlet.spawn(wsgi.server, listener, found, log_output=False, keepalive=False)
    yield found
    serving.kill()
    listener.close()


def work(tracing: Traced, times: int) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return []

    for _ in range(times):
        tracing.of("gateway").wsgi(app)({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None)


def test_spans_reach_a_collector_by_themselves(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    collector.let.send(None)
    tracing = Traced(exporter=exporter_named("otlp", collector.url), share=1.0, embedded=True)

    work(tracing, 3)

    eventually(lambda: b"gateway" in b"".join(collector.bodies))
    tracing.close()


def test_a_slow_collector_does_not_hold_up_the_work(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", str(patience(60)))
    tracing = Traced(exporter=exporter_named("otlp", collector.url), share=1.0, embedded=True)
    work(tracing, 1)
    eventually(lambda: collector.asked)

    work(tracing, 100)

    assert collector.bodies == [], "the collector still has the first in hand"
    collector.let.send(None)
    tracing.close()
    assert collector.bodies


def test_a_collector_that_is_away_is_no_fault_of_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    tracing = Traced(exporter=exporter_named("otlp", "http://127.0.0.1:9/v1/traces"), share=1.0, embedded=True)

    work(tracing, 3)
    eventlet.sleep(0.1)
    work(tracing, 3)

    tracing.close()
