"""A circuit per service: once a service has failed several calls in a row, calls are refused at once until one answers.

pybreaker would hold one lock for the whole of a call, so that calls of one service would take turns; this one holds a lock
only while it counts.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from shared.errors import Unavailable
from shared.settings import setting

State = Literal["closed", "open", "half-open"]
OnChange = Callable[[str, State], None]


@dataclass(frozen=True, kw_only=True)
class CircuitSettings:
    """When calls of a service stop being made, and how often one is let through to see whether it answers again."""

    failures: int = setting(
        "STEWARD_CIRCUIT_FAILURES",
        5,
        "Calls of a service that fail in a row (no answer, no such service, broker away; never refusals) until calls "
        "are answered with 503 at once",
    )
    open_seconds: float = setting(
        "STEWARD_CIRCUIT_OPEN", 2.0, "How long they are, and how often one call is then let through as a trial, seconds"
    )


class CircuitOpen(Unavailable):
    """The service has not answered for a while, so it was not asked. `retry_after_seconds` says when it may be."""

    def __init__(self, detail: str, *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Circuit:
    """Closed: calls pass. Open: none. Half-open: one trial per `open_seconds` passes, and its answer closes the circuit.

    A trial may be a long one (a feed's question waits for news), so another may start before it has ended.
    """

    def __init__(
        self,
        service: str,
        settings: CircuitSettings,
        *,
        on_change: OnChange,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state: State = "closed"
        self._service = service
        self._settings = settings
        self._on_change = on_change
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._failures = 0
        self._era = 0
        self._next_trial_at = 0.0

    def enter(self) -> int:
        """The era that a call begins in; its end is told with it. Raises `CircuitOpen`."""
        if self.state != "closed":
            self._begin_trial()
        return self._era

    def succeeded(self, era: int) -> None:
        """The service has answered, be it with a refusal. A call of an earlier era says nothing of this one."""
        if self._failures == 0 and self.state == "closed":
            return
        with self._lock:
            if era != self._era:
                return
            self._failures = 0
            if self.state != "closed":
                self._change("closed")

    def failed(self, era: int) -> None:
        """The service could not be reached or did not answer in time."""
        with self._lock:
            if era != self._era:
                return
            self._failures += 1
            if self.state != "closed" or self._failures >= self._settings.failures:
                self._open()

    def _begin_trial(self) -> None:
        with self._lock:
            if self.state == "closed":  # since it was looked at
                return
            wait = self._next_trial_at - self._monotonic()
            if wait > 0:
                raise self._refusal(wait)
            self._next_trial_at = self._monotonic() + self._settings.open_seconds
            self._change("half-open")

    def _open(self) -> None:
        self._era += 1
        self._next_trial_at = self._monotonic() + self._settings.open_seconds
        self._change("open")

    def _change(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self._on_change(self._service, state)

    def _refusal(self, wait: float) -> CircuitOpen:
        detail = f"{self._service} is not answering now; try again shortly."
        return CircuitOpen(detail, retry_after_seconds=max(math.ceil(wait), 1))


@dataclass(kw_only=True)
class Circuits:
    """The circuit of each service that has been called."""

    settings: CircuitSettings
    on_change: OnChange
    _known: dict[str, Circuit] = field(default_factory=dict)

    def of(self, service: str) -> Circuit:
        """The service's circuit, made at its first call."""
        circuit = self._known.get(service)
        if circuit is None:
            circuit = self._known.setdefault(service, Circuit(service, self.settings, on_change=self.on_change))
        return circuit
