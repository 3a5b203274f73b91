"""What Prometheus is told of messages set aside, as the services say at the moment of asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.readiness import PlatformState

HELD_TOO_LONG = "held-too-long"


class HeldFigures(Collector):
    """How many are held by service and reason, for how long, and whether that is too long."""

    def __init__(self, state: PlatformState) -> None:
        self._state = state

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A service that does not answer has no figures."""
        answering = [service for service in self._state.services if service.answers]
        held = GaugeMetricFamily(
            "steward_held_messages", "Messages that a service has set aside.", labels=["service", "reason"]
        )
        oldest = GaugeMetricFamily(
            "steward_held_oldest_seconds", "How long the oldest message has been set aside.", labels=["service"]
        )
        alarm = GaugeMetricFamily(
            "steward_held_alarm", "1 while one has been set aside for longer than it should be.", labels=["service"]
        )
        alarms = GaugeMetricFamily("steward_alarms", "What operators must look at.", labels=["service", "alarm"])
        for service in answering:
            for reason, count in service.report.get("held", {}).items():
                held.add_metric([service.name, reason], count)
            oldest.add_metric([service.name], service.report.get("held_oldest_seconds") or 0)
            raised = [each["alarm"] for each in service.report.get("alarms", [])]
            alarm.add_metric([service.name], float(HELD_TOO_LONG in raised))
            for code, count in Counter(raised).items():
                alarms.add_metric([service.name, code], count)
        yield from (held, oldest, alarm, alarms)


def held_figures(state: PlatformState) -> bytes:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(HeldFigures(state))
    return generate_latest(registry)
