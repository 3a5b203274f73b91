"""What Prometheus is told: requests by operation and status, calls to services, live streams."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.services import Services, Timings, Watched
from shared.context import Caller
from shared.errors import StewardError
from shared.messaging.calls.circuit import State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def no_figures() -> bytes:
    """Where no service runs beside the gateway."""
    return b""


class Metrics:
    """The gateway's own registry, one per application."""

    def __init__(self, *, beside: Callable[[], bytes] = no_figures) -> None:
        self._beside = beside
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "steward_http_request_seconds",
            "Time to answer a request, without the life of a live stream.",
            ["operation", "status"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._calls = Histogram(
            "steward_rpc_seconds",
            "Time that a service took to answer the gateway.",
            ["service", "method", "outcome"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._streams = Gauge(
            "steward_sse_clients",
            "Live streams that are open.",
            ["stream"],
            registry=self._registry,
            multiprocess_mode="livesum",
        )
        self._dropped = Counter(
            "steward_sse_dropped", "Live streams dropped because their client was too slow.", registry=self._registry
        )

        self._add_calls_gone_wrong()

    def _add_calls_gone_wrong(self) -> None:
        self._late_replies = Counter(
            "steward_rpc_late_replies",
            "Answers of services that came after the deadline of their call, and were dropped.",
            registry=self._registry,
        )
        self._circuits_opened = Counter(
            "steward_rpc_circuit_opened",
            "Times that calls of a service were suspended because it did not answer.",
            ["service"],
            registry=self._registry,
        )
        self._circuits_open = Gauge(
            "steward_rpc_circuits_open",
            "Gateway processes in which calls of a service are suspended now.",
            ["service"],
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    @property
    def tells_services(self) -> bool:
        """Whether the figures of the services are among these, since they run in this process."""
        return self._beside is not no_figures

    def request_answered(self, *, operation: str, status: int, seconds: float) -> None:
        self._requests.labels(operation, str(status)).observe(seconds)

    def rpc_answered(self, *, service: str, method: str, outcome: str, seconds: float) -> None:
        self._calls.labels(service, method, outcome).observe(seconds)

    def late_reply(self) -> None:
        self._late_replies.inc()

    def circuit_changed(self, *, service: str, state: State) -> None:
        """Half-open counts as open: but for a trial now and then, calls are still refused."""
        if state == "open":
            self._circuits_opened.labels(service).inc()
        self._circuits_open.labels(service).set(state != "closed")

    def stream_opened(self, stream: str) -> None:
        self._streams.labels(stream).inc()

    def stream_closed(self, stream: str) -> None:
        self._streams.labels(stream).dec()

    def stream_dropped(self) -> None:
        self._dropped.inc()

    def exposition(self) -> bytes:
        """The text that Prometheus reads; of all worker processes when they share a folder for it."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self._registry) + self._beside()
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together) + self._beside()


class MeasuredServices:
    """Calls to the services with their times noted."""

    def __init__(self, *, services: Services, timings: Timings) -> None:
        self._services = services
        self._timings = timings
        if isinstance(services, Watched):
            services.watcher = timings

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> dict[str, Any]:
        """See `Services.call`."""
        began = time.perf_counter()
        outcome = "failed"
        try:
            answer = self._services.call(service, method, payload, caller, timeout=timeout)
            outcome = "answered"
        except StewardError as refusal:
            outcome = str(refusal.problem()["kind"])
            raise
        finally:
            self._timings.rpc_answered(
                service=service, method=method, outcome=outcome, seconds=time.perf_counter() - began
            )
        return answer
