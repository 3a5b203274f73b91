"""Calls services from any process, with plain threads or greenthreads alike; imports neither nameko nor eventlet.

One connection per process. Callers write their requests to it; one thread reads the replies from an exclusive queue and
hands each to the caller that waits for it, still encoded. A call costs one write, and no confirm: its deadline covers
loss.
"""

from __future__ import annotations

import json
import os
import threading
import time
import weakref
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from shared.context import Caller
from shared.errors import Refusal, Unavailable
from shared.messaging.calls.circuit import Circuits, CircuitSettings, State
from shared.messaging.calls.connection import LinkSettings
from shared.messaging.calls.link import BlockedLink, LostLink, NoRoute, ReplyLink
from shared.messaging.calls.protocol import ASK_AGAIN
from shared.messaging.calls.refusals import problem_of

log = structlog.get_logger(__name__)


class ServiceRefusal(Refusal):
    """The service answered, and refused."""


class ServiceTimedOut(Unavailable):
    """The service did not answer before the deadline. Whether it did what was asked is not known."""


class ServiceNotRunning(Unavailable):
    """No such service is known to the broker."""


class BrokerAway(Unavailable):
    """The broker can't be reached, or was lost during the call: then it is not known whether the service acted."""


class BrokerBlocked(Unavailable):
    """The broker takes no requests now, being short of memory or disk; the service was not asked."""


FAILURES = (ServiceTimedOut, ServiceNotRunning, BrokerAway, BrokerBlocked)
"""What opens a service's circuit: not one refusal among them."""


class RpcWatcher(Protocol):
    """Who wants to know what happens beside the calls. Called from any thread; may not block."""

    def late_reply(self) -> None: ...

    def circuit_changed(self, *, service: str, state: State) -> None: ...


@dataclass(frozen=True, kw_only=True)
class RpcFigures:
    """Counts since the start of this process."""

    pending: int
    late_replies: int
    connections: int


class RpcClient:
    """Remote calls to the platform's services; safe to share between threads, usable after a fork.

    `timeout` is the deadline of a call in seconds, `connect_timeout` how long a call waits for the broker to be back.
    """

    def __init__(
        self,
        broker_url: str,
        *,
        timeout: float = 10.0,
        connect_timeout: float = 2.0,
        heartbeat: float = 10.0,
        circuit: CircuitSettings | None = None,
    ) -> None:
        self.watcher: RpcWatcher | None = None
        self._timeout = timeout
        self._settings = LinkSettings(broker_url=broker_url, connect_timeout=connect_timeout, heartbeat=heartbeat)
        self._circuit_settings = circuit or CircuitSettings()
        self._circuits = self._new_circuits()
        self._lock = threading.Lock()
        self._link: ReplyLink | None = None
        _start_anew_after_fork(self)

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> dict[str, Any]:
        """The answer of `service.method(payload, caller)`. Raises `ServiceRefusal`, or an `Unavailable` naming it.

        `Unavailable` comes at the deadline at the latest: one of FAILURES, or `CircuitOpen` without having asked. What only
        reads is asked once more, of whoever is there, if the service is lost before it answers.
        """
        ends = time.monotonic() + (self._timeout if timeout is None else timeout)
        arguments = [payload, caller.as_dict()]
        try:
            return self._call(service, method, arguments, ends)
        except ServiceRefusal as refusal:
            if refusal.code != ASK_AGAIN:
                raise
            log.info("rpc asked again", operation=f"{service}.{method}")
            return self._call(service, method, arguments, ends)

    def _call(self, service: str, method: str, arguments: list[Any], ends: float) -> dict[str, Any]:
        circuit = self._circuits.of(service)
        era = circuit.enter()
        try:
            reply = self._ask(service, method, arguments, max(ends - time.monotonic(), 0.0))
        except FAILURES:
            circuit.failed(era)
            raise
        circuit.succeeded(era)
        return _read_reply(reply)

    def _ask(self, service: str, method: str, arguments: list[Any], seconds: float) -> bytes:
        try:
            return self._open_link().ask(f"{service}.{method}", arguments, seconds)
        except NoRoute:
            raise ServiceNotRunning(f"{service} is not running.") from None
        except LostLink:
            raise BrokerAway(f"{service} cannot be reached: the message broker is away.") from None
        except BlockedLink:
            raise BrokerBlocked(f"{service} cannot be asked: the message broker takes nothing now.") from None
        except TimeoutError:
            raise ServiceTimedOut(f"{service} did not answer within {round(seconds, 2):g} seconds.") from None

    def figures(self) -> RpcFigures:
        """What monitoring wants to know."""
        link = self._link
        if link is None:
            return RpcFigures(pending=0, late_replies=0, connections=0)
        return RpcFigures(pending=link.pending, late_replies=link.late_replies, connections=link.connections)

    def close(self) -> None:
        """Close the connection; calls in flight end with `BrokerAway`. A later call opens a new one."""
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def start_anew(self) -> None:
        """Forget the connection without touching it: it belongs to the parent process."""
        self._lock = threading.Lock()
        self._circuits = self._new_circuits()
        self._link = None

    def _new_circuits(self) -> Circuits:
        return Circuits(settings=self._circuit_settings, on_change=self._circuit_changed)

    def _circuit_changed(self, service: str, state: State) -> None:
        log.warning("rpc circuit", service=service, state=state)
        if self.watcher is not None:
            self.watcher.circuit_changed(service=service, state=state)

    def _late_reply(self) -> None:
        if self.watcher is not None:
            self.watcher.late_reply()

    def _open_link(self) -> ReplyLink:
        link = self._link
        if link is not None:
            return link
        with self._lock:
            if self._link is None:
                self._link = ReplyLink(self._settings, on_late_reply=self._late_reply)
                self._link.start()
            return self._link


def _read_reply(reply: bytes) -> dict[str, Any]:
    answer = json.loads(reply)
    if answer["error"]:
        raise ServiceRefusal(problem_of(answer["error"]))
    result: dict[str, Any] = answer["result"]
    return result


def _start_anew_after_fork(client: RpcClient) -> None:
    method = weakref.WeakMethod(client.start_anew)

    def in_child() -> None:
        start_anew = method()
        if start_anew is not None:
            start_anew()

    os.register_at_fork(after_in_child=in_child)
