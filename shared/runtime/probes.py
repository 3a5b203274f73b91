"""What machines ask a process of services: is it alive, is it ready, how is it doing. A WSGI application without a framework."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from shared.runtime.platform import Platform
from shared.runtime.standing import WatchedService
from shared.store.documents import StoreAway
from shared.telemetry.exposition import CONTENT_TYPE

JSON = "application/json"
RUNNING = "running"


class Probes:
    """Answers /healthz, /readyz and /metrics. `states` says how each service of the process fares."""

    def __init__(self, *, platform: Platform, states: Callable[[], Mapping[str, str]]) -> None:
        self._platform = platform
        self._states = states
        self._answers = {"/healthz": self._alive, "/readyz": self._ready, "/metrics": self._metrics}

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        answer = self._answers.get(environ["PATH_INFO"], _not_found)
        status, kind, body = answer() if environ["REQUEST_METHOD"] in ("GET", "HEAD") else _not_allowed()
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
        start_response(status, headers)
        return [body if environ["REQUEST_METHOD"] != "HEAD" else b""]

    def _alive(self) -> tuple[str, str, bytes]:
        """This process answers."""
        return _json("200 OK", {"status": "alive"})

    def _ready(self) -> tuple[str, str, bytes]:
        """Every service runs, reads its queues, and has its store."""
        watched = self._platform.watched()
        services = {name: _state(state, watched.get(name)) for name, state in self._states().items()}
        is_ready = all(state == "ok" for state in services.values())
        told = {"status": "ready" if is_ready else "away", "services": services}
        return _json("200 OK" if is_ready else "503 Service Unavailable", told)

    def _metrics(self) -> tuple[str, str, bytes]:
        """Prometheus metrics."""
        return "200 OK", CONTENT_TYPE, self._platform.exposition.text()


def _state(state: str, watched: WatchedService | None) -> str:
    if state != RUNNING or watched is None:
        return state
    if not watched.reads:
        return "broker away"
    try:
        watched.check()
    except StoreAway:
        return "store away"
    return "ok"


def _not_found() -> tuple[str, str, bytes]:
    return _json("404 Not Found", {"title": "There are /healthz, /readyz and /metrics."})


def _not_allowed() -> tuple[str, str, bytes]:
    return _json("405 Method Not Allowed", {"title": "Only GET."})


def _json(status: str, told: Mapping[str, Any]) -> tuple[str, str, bytes]:
    return status, JSON, json.dumps(told).encode()
