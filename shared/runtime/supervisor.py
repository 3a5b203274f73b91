"""Keeps service containers running: each by itself, started again when it dies, all stopped together.

nameko's own ServiceRunner stops every service of a process when one dies. Runs in a process patched by eventlet.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Literal, Protocol

import structlog
from eventlet import sleep, spawn
from eventlet.event import Event
from eventlet.greenthread import GreenThread
from eventlet.hubs import trampoline
from eventlet.patcher import original
from eventlet.support.greenlets import GreenletExit
from nameko.containers import ServiceContainer

from shared.messaging.embedded import wake_transports
from shared.settings import setting

log = structlog.get_logger(__name__)

State = Literal["waiting", "starting", "running", "restarting", "stopping", "stopped", "given up"]
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
WAKE_SECONDS = 0.05
FLAG_SECONDS = 0.1
CLEAN, FAILED = 0, 1


@dataclass(frozen=True, kw_only=True)
class SupervisorSettings:
    """When to try again, when to give up, and how long a stop may take."""

    first_wait: float = setting(
        "STEWARD_RESTART_AFTER", 0.2, "Wait before a dead service starts again, doubling, seconds"
    )
    longest_wait: float = setting("STEWARD_RESTART_AFTER_MOST", 10.0, "Longest wait before a dead service starts again")
    deaths: int = setting("STEWARD_DEATHS", 5, "Deaths of one service after which the process gives up")
    within: float = setting("STEWARD_DEATHS_WITHIN", 60.0, "Time in which those deaths count, seconds")
    stop_within: float = setting(
        "STEWARD_STOP_WITHIN", 15.0, "How long a stop may take before services are killed, seconds"
    )


class Flag(Protocol):
    """Something that says whether to stop, such as a threading.Event."""

    def is_set(self) -> bool: ...


class Kept:
    """One service under supervision: its state, and when it died."""

    def __init__(self, name: str, make: Callable[[], ServiceContainer]) -> None:
        self.name = name
        self.make = make
        self.state: State = "waiting"
        self.container: ServiceContainer | None = None
        self.keeper: GreenThread | None = None
        self._deaths: deque[float] = deque()

    def run(self) -> None:
        """Start a container and return when it has stopped; raises what killed it."""
        self.state = "starting"
        container = self.container = self.make()
        try:
            container.start()
            self.state = "running"
            container.wait()
        except BaseException:
            container.kill()
            raise

    def count_death(self, *, within: float) -> int:
        """Note a death; says how many there were in that many seconds."""
        now = time.monotonic()
        self._deaths.append(now)
        while self._deaths[0] < now - within:
            self._deaths.popleft()
        return len(self._deaths)


class Supervisor:
    """Runs service containers until it is told to stop or one of them cannot be kept alive."""

    def __init__(
        self,
        containers: Mapping[str, Callable[[], ServiceContainer]],
        *,
        settings: SupervisorSettings | None = None,
        wake: Callable[[], None] = wake_transports,
    ) -> None:
        self._settings = settings or SupervisorSettings()
        self._wake = wake
        self._kept = [Kept(name, make) for name, make in containers.items()]
        self._stopping = Event()
        self._ended = Event()
        self._code = CLEAN

    def start(self) -> None:
        """Start every service, each beside the others; does not wait until they run."""
        for kept in self._kept:
            kept.keeper = spawn(self._keep, kept)

    def wait_until_running(self, seconds: float) -> bool:
        """Whether every service runs within that time."""
        deadline = time.monotonic() + seconds
        while not self._all_run():
            if time.monotonic() >= deadline or self._stopping.ready():
                return False
            sleep(WAKE_SECONDS)
        return True

    def states(self) -> dict[str, State]:
        """The state of each service by name."""
        return {kept.name: kept.state for kept in self._kept}

    def stop(self) -> None:
        """Stop every service; kill those that take longer than allowed. Returns when all have ended."""
        if self._stopping.ready():
            self._ended.wait()
            return
        self._stopping.send(None)
        stops = [spawn(self._stop_one, kept) for kept in self._kept]
        if not self._wait_for(stops, self._settings.stop_within):
            self._kill_those_left(stops)
        for kept in self._kept:
            kept.state = kept.state if kept.state == "given up" else "stopped"
        self._ended.send(self._code)

    def wait(self, stop: Flag | None = None) -> int:
        """Block until all services have ended, or the flag is set. Exit code: 1 when it gave up, else 0."""
        while not self._ended.ready() and not (stop is not None and stop.is_set()):
            self._ended.wait(timeout=None if stop is None else FLAG_SECONDS)
        return self._code

    def stop_on_signals(self, *, first: Callable[[], None] | None = None) -> None:
        """Stop on SIGTERM and SIGINT, after `first`. The handler only writes to a pipe: it may run inside eventlet's loop."""
        reading, writing = os.pipe()

        write = original("os").write  # the patched one may not be called from within the loop

        def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
            write(writing, b"\0")

        for number in STOP_SIGNALS:
            signal.signal(number, ask_to_stop)
        spawn(self._stop_when_readable, reading, first)

    def _stop_when_readable(self, reading: int, first: Callable[[], None] | None) -> None:
        trampoline(reading, read=True)
        log.info("stopping on a signal")
        if first is not None:
            first()
        self.stop()

    def _keep(self, kept: Kept) -> None:
        wait_seconds = self._settings.first_wait
        while not self._stopping.ready():
            started_at = time.monotonic()
            try:
                kept.run()
            except Exception:
                log.exception("service died", service=kept.name)
            if self._stopping.ready():
                return
            if kept.count_death(within=self._settings.within) >= self._settings.deaths:
                self._give_up(kept)
                return
            if time.monotonic() - started_at > self._settings.within:
                wait_seconds = self._settings.first_wait
            kept.state = "restarting"
            self._stopping.wait(timeout=wait_seconds)
            wait_seconds = min(wait_seconds * 2, self._settings.longest_wait)

    def _give_up(self, kept: Kept) -> None:
        log.error("service given up", service=kept.name, deaths=self._settings.deaths)
        kept.state = "given up"
        self._code = FAILED
        spawn(self.stop)

    def _stop_one(self, kept: Kept) -> None:
        self._let_it_start(kept)
        if kept.state == "starting" and kept.keeper is not None:
            log.warning("service stopped before it had started", service=kept.name)
            kept.keeper.kill()  # it has taken nothing in hand, and may be waiting for its store
        elif kept.state == "running" and kept.container is not None:
            kept.state = "stopping"
            kept.container.stop()
        if kept.keeper is not None:
            with contextlib.suppress(GreenletExit):
                kept.keeper.wait()

    def _let_it_start(self, kept: Kept) -> None:
        """Stopped half-way through its start it would leave parts behind; but that may take for ever."""
        deadline = time.monotonic() + self._settings.stop_within / 4
        while kept.state == "starting" and time.monotonic() < deadline:
            sleep(WAKE_SECONDS)

    def _wait_for(self, stops: list[GreenThread], seconds: float) -> bool:
        """Wake the transports until all have stopped: nameko looks whether to stop only between two reads."""
        deadline = time.monotonic() + seconds
        while not all(stop.dead for stop in stops):
            if time.monotonic() >= deadline:
                return False
            self._wake()
            sleep(WAKE_SECONDS)
        return True

    def _kill_those_left(self, stops: list[GreenThread]) -> None:
        self._code = FAILED
        for kept, stop in zip(self._kept, stops, strict=True):
            if not stop.dead:
                log.error("service killed", service=kept.name, seconds=self._settings.stop_within)
                stop.kill()
                if kept.keeper is not None:
                    kept.keeper.kill()

    def _all_run(self) -> bool:
        return all(kept.state == "running" for kept in self._kept)
