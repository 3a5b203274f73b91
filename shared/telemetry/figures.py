"""What a service counts while it works: plain numbers, so that counting costs next to nothing. Read by `exposition`.

Services run in green threads, which change only where they wait: none of these additions is ever half done.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar, cast

from shared.clock import Clock
from shared.events.envelope import Envelope
from shared.messaging.publisher import NACKED, RETURNED, NotPublished
from shared.store.documents import StoreAway

F = TypeVar("F", bound=Callable[..., Any])
P = TypeVar("P")
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Upper bounds of the buckets of every duration, seconds."""
WORKED = ""
"""The kind of error of what was done without one."""
_ERRORS = {RETURNED: "returned", NACKED: "nacked"}


class Durations:
    """How often something took how long."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    @property
    def count(self) -> int:
        return sum(self.buckets)


class ServiceFigures:
    """One service's figures since its process began. Keys are (exchange or stream, kind of error)."""

    def __init__(self) -> None:
        self.published: dict[tuple[str, str], Durations] = defaultdict(Durations)
        self.processed: dict[tuple[str, str], Durations] = defaultdict(Durations)
        self.lag: dict[str, Durations] = defaultdict(Durations)
        self.replays_asked = 0

    def publisher(self, publisher: P) -> P:
        """A publisher whose events are counted and timed until their confirm."""
        return cast(P, CountedPublisher(publisher, self.published))

    def apply(self, apply: F, *, clock: Clock) -> F:
        """The applying of events, counted and timed; and how old they were then."""

        def counted(event: Any, envelope: Envelope) -> None:
            began = time.perf_counter()
            error = WORKED
            try:
                apply(event, envelope)
            except Exception as raised:
                error = "store_away" if isinstance(raised, StoreAway) else type(raised).__qualname__
                raise
            finally:
                self.processed[envelope.stream, error].add(time.perf_counter() - began)
            self.lag[envelope.stream].add(max((clock.now() - envelope.time).total_seconds(), 0.0))

        return cast(F, counted)


class CountedPublisher:
    """See `ServiceFigures.publisher`."""

    def __init__(self, publisher: Any, published: dict[tuple[str, str], Durations]) -> None:
        self._publisher = publisher
        self._published = published

    def __getattr__(self, name: str) -> Any:
        return getattr(self._publisher, name)

    def publish(self, *, exchange: str, **message: Any) -> Any:
        """See `Publisher.publish`."""
        began = time.perf_counter()
        try:
            confirmation = self._publisher.publish(exchange=exchange, **message)
        except NotPublished:
            self._published[exchange, "not_sent"].add(time.perf_counter() - began)
            raise
        return CountedConfirmation(confirmation, self._published, exchange, began)


class CountedConfirmation:
    """A publish under way; it counts when its end is known."""

    __slots__ = ("_began", "_confirmation", "_exchange", "_published")

    def __init__(
        self, confirmation: Any, published: dict[tuple[str, str], Durations], exchange: str, began: float
    ) -> None:
        self._confirmation = confirmation
        self._published = published
        self._exchange = exchange
        self._began = began

    def __getattr__(self, name: str) -> Any:
        return getattr(self._confirmation, name)

    def wait(self) -> None:
        """See `Confirmation.wait`."""
        error = WORKED
        try:
            self._confirmation.wait()
        except NotPublished as problem:
            error = _ERRORS.get(str(problem), "not_confirmed")
            raise
        finally:
            self._published[self._exchange, error].add(time.perf_counter() - self._began)
