"""What a service counts while it works: plain numbers, so that counting costs next to nothing. Read by `exposition`.

Services run in green threads, which change only where they wait: none of these additions is ever half done.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar, cast

from shared.clock import Clock
from shared.events.envelope import Envelope
from shared.messaging.publishing.publisher import NACKED, RETURNED, NotPublished
from shared.store.documents import StoreAway
from shared.telemetry.own import Durations, Figure, OwnFigures

F = TypeVar("F", bound=Callable[..., Any])
P = TypeVar("P")
WORKED = ""
"""The kind of error of what was done without one."""
SENT_AGAIN = Figure(
    name="steward_events_sent_again",
    about="Events published again: for a consumer that missed them, or because an operator asked.",
    labels=("reason",),
)
SET_ASIDE = Figure(
    name="steward_messages_set_aside",
    about="Messages that came and were set aside for someone to look at, each time that one came.",
    labels=("reason",),
)
MISSED, ASKED_FOR = "missed", "asked_for"
_ERRORS = {RETURNED: "returned", NACKED: "nacked"}


class ServiceFigures:
    """One service's figures since its process began. Keys are (exchange or stream, kind of error)."""

    def __init__(self) -> None:
        self.published: dict[tuple[str, str], Durations] = defaultdict(Durations)
        self.processed: dict[tuple[str, str], Durations] = defaultdict(Durations)
        self.lag: dict[str, Durations] = defaultdict(Durations)
        self.replays_asked = 0
        self.own = OwnFigures()

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
