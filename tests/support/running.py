"""Real services on an embedded broker and SQLite, for tests in a patched process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import eventlet
from nameko.containers import ServiceContainer

from shared.context import Caller
from shared.events.envelope import Envelope
from shared.messaging.calls.client import RpcClient
from shared.messaging.embedded import wake_transports
from shared.runtime.platform import Platform, beside_eventlet
from shared.runtime.resources import Resources
from shared.runtime.service import CONFIG_KEY
from shared.runtime.settings import PlatformSettings
from shared.telemetry.tracing import Tracing
from tests.support.waiting import eventually, patience


class RunningPlatform:
    """Some of the platform's services, started, with a client to call them and a view of what they published."""

    def __init__(self, data: Path, *, services: Sequence[str], tracing: Tracing | None = None, **settings: Any) -> None:
        chosen = replace(
            PlatformSettings(), broker_url=f"embedded://{uuid4().hex}/", data_dir=str(data), services=tuple(services)
        )
        self.settings = replace(chosen, **{"sweep_seconds": 0.1, "gap_check_seconds": 0.1, **settings})
        self.platform = Platform(self.settings, blocking=beside_eventlet(), tracing=tracing)
        self.platform.migrate()
        self.platform.apply_topology()
        self.client = RpcClient(self.settings.broker_url, timeout=patience(20))
        self._containers: dict[str, ServiceContainer] = {}

    def start(self) -> None:
        """Starts every service."""
        for name in self.settings.services:
            self._containers[name] = self.platform.container(name)
            self._containers[name].start()

    def stop(self) -> None:
        """Stops the services and lets go of the stores."""
        self.client.close()
        for container in self._containers.values():
            stopping = eventlet.spawn(container.stop)
            while not stopping.dead:
                wake_transports()
                eventlet.sleep(0.01)
        self.platform.close()

    def call(self, service: str, method: str, payload: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """The service's answer; raises `ServiceRefusal`."""
        return self.client.call(service, method, payload, caller)

    def resources(self, service: str) -> Resources:
        """A running service's working parts."""
        resources: Resources = self._containers[service].config[CONFIG_KEY]
        return resources

    def published(self, service: str, *, stream: str, subject: str) -> list[Envelope]:
        """One aggregate's published events."""
        return self.resources(service).event_log.of_stream(stream, subject, first=1, last=500)

    def publish(self, envelope: Envelope, *, owner: str) -> None:
        """Sends an event (again) as its owner does."""
        self.resources(owner).relay.publish(envelope)

    def settled(self, consumer: str, envelope: Envelope) -> None:
        """Returns once the consumer has settled this event or one after it in its stream."""
        marks = self.resources(consumer)._marks
        eventually(lambda: marks.get(envelope.partitionkey) >= envelope.sequence)
