"""What a flood of messages that nobody can use may cost a service: so many a second, and so many lines of its log.

None is lost for it: what has not had its turn stays with the broker, and what the log does not tell singly is counted.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.held import HeldMessages

log = structlog.get_logger(__name__)
UNREADABLE, PARKED = "unreadable", "parked"


class Pace:
    """So many a second and no more. Only who comes too soon after another waits: one by itself delays nobody.

    `wait` waits for so many seconds, or until the service stops; `per_second` 0 is no bound. Queues that share a pace take
    turns.
    """

    def __init__(
        self,
        *,
        per_second: float,
        wait: Callable[[float], object],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._wait = wait
        self._monotonic = monotonic
        self._free_at = 0.0
        self._taking_turns = threading.Lock()

    def keep(self, done: int = 1) -> None:
        """Says that so many were done. Returns when those before have had their time; whoever is next waits for these."""
        if self._per_second <= 0:
            return
        with self._taking_turns:
            now = self._monotonic()
            turn_at = max(self._free_at, now)
            self._free_at = turn_at + done / self._per_second
        if turn_at > now:
            self._wait(turn_at - now)


class SparingLog:
    """Writes `most` lines between two sums, and how many more there were in the sum."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._told = 0
        self._untold: Counter[str] = Counter()
        self._counting = threading.Lock()

    def tell(self, write: Callable[..., object], event: str, **said: Any) -> None:
        """Writes a line, or counts it."""
        with self._counting:
            self._told += 1
            is_told = self._told <= self._most
            self._untold[event] += not is_told
        if is_told:
            write(event, **said)

    def sum_up(self) -> None:
        """Says how many lines were only counted since the last sum, if any were."""
        with self._counting:
            untold = {event: count for event, count in self._untold.items() if count}
            self._untold, self._told = Counter(), 0
        if untold:
            log.warning("messages.not_told_singly", **untold)


class Asides:
    """How one service sets aside what it can't use: counted each time, told sparingly, at a pace.

    `count` counts one more for a reason, `unreadable` or `parked`.
    """

    def __init__(self, *, held: HeldMessages, told: SparingLog, pace: Pace, count: Callable[[str], object]) -> None:
        self._held = held
        self._told = told
        self._pace = pace
        self._count = count

    def take(self, delivery: Delivery, *, detail: str) -> None:
        """Sets aside what can't be read, and keeps the pace."""
        held_id = self._held.park_unreadable(delivery, detail=detail)
        self._count(UNREADABLE)
        self._told.tell(log.warning, "message.unreadable", held_id=held_id)
        self.keep_pace()

    def give_up(self, delivery: Delivery, error: Exception, *, attempts: int) -> None:
        """Sets aside what could be read and fails each time, in a way that nobody foresaw; its party's pace is its own."""
        held_id = self._held.park_unreadable(delivery, detail=f"failed: {type(error).__name__}")
        self.tell_parked(held_id=held_id, attempts=attempts, exc_info=error)

    def tell_parked(self, **said: Any) -> None:
        """Counts and tells a message that was set aside for someone to look at."""
        self._count(PARKED)
        self._told.tell(log.error, "message.parked", **said)

    def tell_retry(self, **said: Any) -> None:
        """Tells of a message that is tried again later."""
        self._told.tell(log.warning, "message.retry", **said)

    def keep_pace(self) -> None:
        """To be called after a message of the service's own queues was set aside for good, holding no lock."""
        self._pace.keep()
