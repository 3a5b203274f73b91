"""Sends nudged messages and deliveries in the background, so that no handler waits for a channel or a webhook."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import structlog

from shared.errors import StewardError
from shared.store.documents import StoreAway
from shared.telemetry.current import current_traceparent, set_traceparent

log = structlog.get_logger(__name__)


class Sender:
    """A few workers over a queue of ids; what fails here, the sweep finds again when its lease ends.

    With `carries_trace` sending belongs to the trace in which it was nudged; without, each is a trace of its own.
    """

    def __init__(
        self, *, send: Callable[[str], None], workers: int, name: str = "notifications", carries_trace: bool = True
    ) -> None:
        self._name = name
        self._send = send
        self._carries_trace = carries_trace
        self._workers = workers
        self._queue: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def nudge(self, record_id: str) -> None:
        """This message may be due; asked again before its turn, it keeps its one place."""
        with self._lock:
            if record_id in self._waiting:
                return
            self._waiting.add(record_id)
        self._queue.put((record_id, current_traceparent() if self._carries_trace else ""))

    def start(self) -> None:
        """Starts the workers."""
        for number in range(self._workers):
            thread = threading.Thread(target=self._work, name=f"{self._name}-sender-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self, *, deadline_seconds: float) -> None:
        """Lets each worker finish the message in hand; what still waits is in the store."""
        self._stopping.set()
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(deadline_seconds)

    def _work(self) -> None:
        while (nudged := self._queue.get()) is not None and not self._stopping.is_set():
            record_id, traceparent = nudged
            set_traceparent(traceparent)
            with self._lock:
                self._waiting.discard(record_id)
            self._send_one(record_id)

    def _send_one(self, record_id: str) -> None:
        try:
            self._send(record_id)
        except (StewardError, StoreAway) as error:
            log.warning("sending.delayed", record_id=record_id, exc_info=error)
        except Exception as error:  # a defect must cost one message a delay, not this worker its life
            log.error("sending.broken", record_id=record_id, exc_info=error)
