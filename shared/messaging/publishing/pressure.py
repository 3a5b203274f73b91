"""Back-pressure: while events wait too long to be published, no further commands are taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from shared.clock import Clock
from shared.errors import Unavailable


class Pressure:
    """How long the oldest unpublished event of a service has waited, as last looked at.

    `limit_seconds` is how long it may; past it `admit` refuses. A clock that is set on makes nothing wait: what counts is
    the event's age, but no more than the time for which something has been seen waiting.
    """

    def __init__(self, *, clock: Clock, limit_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = limit_seconds
        self._monotonic = monotonic
        self._since: float | None = None
        self.waited_seconds = 0.0

    def note(self, oldest_at: datetime | None) -> None:
        """What was found: when the oldest waiting event was written; `None` if none waits."""
        if oldest_at is None:
            self._since, self.waited_seconds = None, 0.0
            return
        if self._since is None:
            self._since = self._monotonic()
        age = (self._clock.now() - oldest_at).total_seconds()
        self.waited_seconds = max(min(age, self._monotonic() - self._since), 0.0)

    def admit(self) -> None:
        """Raises `Unavailable` while the oldest has waited for longer than it may."""
        if self.waited_seconds > self._limit:
            raise Unavailable("events wait to be published; nothing further is taken until they are")


def take_all() -> None:
    """For what stands under no pressure."""
