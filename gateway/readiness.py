"""Which parts of the platform answer now, asked all at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.asking import Gateway, gateway
from gateway.feed import FEED_READER
from gateway.services import SERVICES
from shared.errors import StewardError


@dataclass(frozen=True, kw_only=True)
class ServiceState:
    """One service as it answered, or did not."""

    name: str
    answers: bool
    report: Mapping[str, Any]

    @property
    def status(self) -> str:
        if not self.answers:
            return "away"
        return "ok" if self.report.get("broker", "ok") == "ok" else "degraded"

    @property
    def held(self) -> int:
        """How many messages are set aside."""
        return sum(self.report.get("held", {}).values())


@dataclass(frozen=True, kw_only=True)
class PlatformState:
    """All services. The platform is usable while any answers; features of the others are away."""

    services: tuple[ServiceState, ...]

    @property
    def usable(self) -> bool:
        return any(service.answers for service in self.services)

    @property
    def status(self) -> str:
        if all(service.answers for service in self.services):
            return "ready"
        return "degraded" if self.usable else "away"

    def as_probe(self) -> dict[str, Any]:
        """What anyone may know: which service answers, nothing of what it says."""
        return {"status": self.status, "services": {service.name: service.status for service in self.services}}


def platform_state() -> PlatformState:
    """Asks every service for its health at once, so that one that is away costs no more than its own timeout."""
    found: dict[str, ServiceState] = {}
    asking = [
        threading.Thread(target=_ask, args=(gateway(), name, found), name=f"health-{name}", daemon=True)
        for name in SERVICES
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    return PlatformState(services=tuple(found.get(name, _silent(name)) for name in SERVICES))


def _silent(name: str) -> ServiceState:
    return ServiceState(name=name, answers=False, report={})


def _ask(gate: Gateway, name: str, found: dict[str, ServiceState]) -> None:
    try:
        report = gate.services.call(name, "health", {}, FEED_READER, timeout=gate.settings.readiness_timeout_seconds)
        found[name] = ServiceState(name=name, answers=True, report=report)
    except StewardError:
        found[name] = _silent(name)
