"""Traces, off by default. Parts are wrapped when a process is put together, so that what is off is not there at all.

`Tracing` is a process's; `ServiceTracing` is one service's in it, under its own name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from shared.settings import BadSetting
from shared.store.documents import Store
from shared.telemetry.outward import Outward

W = TypeVar("W")
F = TypeVar("F", bound=Callable[..., Any])
EXPORTERS = ("off", "otlp", "console", "file")


class ServiceTracing(Protocol):
    """Wraps a service's parts. Each wrapped part does what it did, and tells of it."""

    on: bool

    def store(self, store: Store, *, system: str) -> Store:
        """A store whose questions and writes are told of while something is traced. `system`: sqlite or mongodb."""
        ...

    def publisher(self, publisher: W) -> W:
        """A publisher that tells of every event from its sending to its confirm."""
        ...

    def apply(self, apply: F) -> F:
        """The applying of an event (`apply(event, envelope)`), told of as part of the trace that the envelope names."""
        ...

    def begin_worker(self, worker: Any) -> None:
        """A nameko worker begins: a call, an event's handler, a message from outside, or due work."""
        ...

    def end_worker(self, worker: Any, result: Any = None, exc_info: Any = None) -> None:
        """The worker has ended."""
        ...

    def part(self, part: W, outward: Outward) -> W:
        """A part that reaches outside, told of as part of what is traced."""
        ...

    def work(self, name: str, do: F) -> F:
        """Work done beside the entrypoints (`do(id)`), told of as part of the trace that it was begun in, if any."""
        ...

    def services(self, services: W) -> W:
        """Calls to services, told of as part of the request in hand."""
        ...

    def wsgi(self, app: Any) -> Any:
        """A WSGI application that tells of every request."""
        ...


class Tracing(Protocol):
    """One process's traces."""

    def of(self, service: str) -> ServiceTracing:
        """Those of one service, or of the gateway."""
        ...

    def close(self) -> None:
        """Sends what has not been sent yet."""
        ...


class Untraced:
    """Tracing that is off: every part as it is."""

    on = False

    def of(self, service: str) -> Untraced:
        return self

    def store(self, store: Store, *, system: str) -> Store:
        return store

    def publisher(self, publisher: W) -> W:
        return publisher

    def apply(self, apply: F) -> F:
        return apply

    def begin_worker(self, worker: Any) -> None:
        """Nothing is told."""

    def end_worker(self, worker: Any, result: Any = None, exc_info: Any = None) -> None:
        """Nothing is told."""

    def part(self, part: W, outward: Outward) -> W:
        return part

    def work(self, name: str, do: F) -> F:
        return do

    def services(self, services: W) -> W:
        return services

    def wsgi(self, app: Any) -> Any:
        return app

    def close(self) -> None:
        """Nothing is kept."""


def open_tracing(*, exporter: str, to: str, share: float, embedded: bool) -> Tracing:
    """The traces that settings ask for. OpenTelemetry is loaded only if they are on. Raises `BadSetting`."""
    if exporter not in EXPORTERS:
        raise BadSetting(f"STEWARD_TRACES={exporter!r}: one of {', '.join(EXPORTERS)}")
    if not 0 <= share <= 1:
        raise BadSetting(f"STEWARD_TRACES_SHARE={share}: a share from 0 to 1")
    if exporter == "off":
        return Untraced()
    from shared.telemetry.otel import Traced, exporter_named

    return Traced(exporter=exporter_named(exporter, to), share=share, embedded=embedded)
