"""The services' figures as Prometheus reads them, with OpenTelemetry's names where it has one."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from shared.events.catalogue import streams
from shared.store.documents import StoreAway
from shared.telemetry.figures import ServiceFigures
from shared.telemetry.own import BOUNDS, Durations, Figure

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS = 1.0
"""How long an answer serves everybody who asks: what is counted in stores is not counted anew for each."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How things stand in a service's store, and whether it has its broker."""

    broker: bool
    outbox_pending: int
    outbox_oldest_seconds: float
    held: Mapping[str, int]
    held_oldest_seconds: float
    held_too_long: bool
    alarms: Mapping[str, int]
    """How many stand of each kind, also of those that don't stand."""


class Watched(Protocol):
    """A running service, as far as its figures go."""

    @property
    def figures(self) -> ServiceFigures: ...

    @property
    def duplicates(self) -> int: ...

    def standing(self) -> Standing:
        """Looks now. Raises `StoreAway`."""
        ...


class Exposition:
    """The text that Prometheus reads, of every service in this process."""

    def __init__(self, watched: Mapping[str, Watched]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Services(watched))
        self._lock = threading.Lock()
        self._text = b""
        self._made_at = float("-inf")

    def text(self) -> bytes:
        """The figures, at most a second old."""
        with self._lock:
            if time.monotonic() - self._made_at >= FRESH_SECONDS:
                self._text = generate_latest(self._registry)
                self._made_at = time.monotonic()
            return self._text


class _Services(Collector):
    def __init__(self, watched: Mapping[str, Watched]) -> None:
        self._watched = watched

    def collect(self) -> Iterator[Any]:
        """Every figure of every service that runs now."""
        watched = dict(self._watched)
        yield from _messaging(watched)
        yield from _standing(watched)
        yield from _own(watched)

    def describe(self) -> Iterable[Any]:
        return ()


def _messaging(watched: Mapping[str, Watched]) -> Iterator[Any]:
    operation = _durations(
        "messaging_client_operation_duration_seconds", "Time from sending an event to the broker's confirm."
    )
    sent = _counter("messaging_client_sent_messages", "Events sent, whatever became of them.", *DESTINATION)
    process = _durations("messaging_process_duration_seconds", "Time that a handler took to apply an event.")
    consumed = _counter("messaging_client_consumed_messages", "Events given to handlers.", *DESTINATION)
    lag = HistogramMetricFamily(
        "steward_event_lag_seconds", "Age of an event when it had been applied.", labels=["service", "stream"]
    )
    for service, each in watched.items():
        for (exchange, error), durations in list(each.figures.published.items()):
            _add(operation, [service, exchange, error], durations)
            sent.add_metric([service, exchange, error], durations.count)
        for (stream, error), durations in list(each.figures.processed.items()):
            labels = [service, streams()[stream].exchange_name, error]
            _add(process, labels, durations)
            consumed.add_metric(labels, durations.count)
        for stream, durations in list(each.figures.lag.items()):
            _add(lag, [service, stream], durations)
    yield from (operation, sent, process, consumed, lag)


def _standing(watched: Mapping[str, Watched]) -> Iterator[Any]:
    duplicates = _counter("steward_duplicates_dropped", "Events that had been applied before.", "service")
    asked = _counter("steward_replays_asked", "Stretches of missing events asked for again.", "service")
    gauges = {name: GaugeMetricFamily(name, about, labels=["service"]) for name, about in GAUGES.items()}
    held = GaugeMetricFamily("steward_held_messages", "Messages set aside.", labels=["service", "reason"])
    alarms = GaugeMetricFamily("steward_alarms", "What operators must look at.", labels=["service", "alarm"])
    for service, each in watched.items():
        duplicates.add_metric([service], each.duplicates)
        asked.add_metric([service], each.figures.replays_asked)
        try:
            standing = each.standing()
        except StoreAway:
            gauges["steward_store_up"].add_metric([service], 0)
            continue
        for name, value in _gauges(standing).items():
            gauges[name].add_metric([service], value)
        for reason, count in standing.held.items():
            held.add_metric([service, reason], count)
        for alarm, count in standing.alarms.items():
            alarms.add_metric([service, alarm], count)
    yield from (duplicates, asked, held, alarms, *gauges.values())


def _own(watched: Mapping[str, Watched]) -> Iterator[Any]:
    """Figures of services' own; one that several count is one family."""
    counters: dict[Figure, CounterMetricFamily] = {}
    histograms: dict[Figure, HistogramMetricFamily] = {}
    for service, each in watched.items():
        for figure, counts in list(each.figures.own.counts.items()):
            counter = counters.setdefault(figure, _counter(figure.name, figure.about, "service", *figure.labels))
            for values, count in list(counts.items()):
                counter.add_metric([service, *values], count)
        for figure, timed in list(each.figures.own.durations.items()):
            labels = ["service", *figure.labels]
            histogram = histograms.setdefault(figure, HistogramMetricFamily(figure.name, figure.about, labels=labels))
            for values, durations in list(timed.items()):
                _add(histogram, [service, *values], durations)
    yield from (*counters.values(), *histograms.values())


def _gauges(standing: Standing) -> dict[str, float]:
    return {
        "steward_store_up": 1,
        "steward_broker_connected": int(standing.broker),
        "steward_outbox_pending": standing.outbox_pending,
        "steward_outbox_oldest_seconds": standing.outbox_oldest_seconds,
        "steward_held_oldest_seconds": standing.held_oldest_seconds,
        "steward_held_alarm": int(standing.held_too_long),
    }


DESTINATION = ("service", "messaging_destination_name", "error_type")
GAUGES = {
    "steward_store_up": "Whether the service's store answers.",
    "steward_broker_connected": "Whether the service reads its queues.",
    "steward_outbox_pending": "Records with events that are not yet published.",
    "steward_outbox_oldest_seconds": "Age of the oldest event that is not yet published.",
    "steward_held_oldest_seconds": "How long the oldest message has been set aside.",
    "steward_held_alarm": "1 while one has been set aside for longer than it should be.",
}


def _counter(name: str, about: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, about, labels=list(labels))


def _durations(name: str, about: str) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, about, labels=list(DESTINATION))


def _add(family: HistogramMetricFamily, labels: list[str], durations: Durations) -> None:
    names = [*(str(bound) for bound in BOUNDS), "+Inf"]
    family.add_metric(labels, list(zip(names, accumulate(durations.buckets), strict=True)), durations.seconds)
