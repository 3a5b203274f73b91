"""Sends nudged messages in the background, so that no handler waits for a channel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import structlog

from shared.errors import StewardError
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)


class Sender:
    """A few workers over a queue of notification ids; what fails here, the sweep finds again when its lease ends."""

    def __init__(self, *, send: Callable[[str], None], workers: int) -> None:
        self._send = send
        self._workers = workers
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._waiting: set[str] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()

    def nudge(self, notification_id: str) -> None:
        """This message may be due; asked again before its turn, it keeps its one place."""
        with self._lock:
            if notification_id in self._waiting:
                return
            self._waiting.add(notification_id)
        self._queue.put(notification_id)

    def start(self) -> None:
        """Starts the workers."""
        for number in range(self._workers):
            thread = threading.Thread(target=self._work, name=f"notifications-sender-{number}", daemon=True)
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
        while (notification_id := self._queue.get()) is not None and not self._stopping.is_set():
            with self._lock:
                self._waiting.discard(notification_id)
            self._send_one(notification_id)

    def _send_one(self, notification_id: str) -> None:
        try:
            self._send(notification_id)
        except (StewardError, StoreAway) as error:
            log.warning("notification.delayed", notification_id=notification_id, exc_info=error)
        except Exception as error:  # a defect must cost one message a delay, not this worker its life
            log.error("notification.broken", notification_id=notification_id, exc_info=error)
