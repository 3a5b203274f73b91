"""Where a process's CPU time goes, part by part: its stack is looked at after every so many milliseconds of CPU time."""

from __future__ import annotations

import signal
from collections import Counter
from types import FrameType

EVERY_SECONDS = 0.002
PARTS = (
    ("/shared/store/", "store"),
    ("/shared/messaging/publishing/event_log", "event log"),
    ("/shared/messaging/publishing/relay", "relay"),
    ("/shared/messaging/publishing/pending", "relay"),
    ("/shared/messaging/publishing/publisher", "publisher and its confirms"),
    ("/shared/messaging/wire/", "AMQP"),
    ("/shared/messaging/consuming/deliveries", "AMQP"),
    ("/shared/messaging/consuming/reader", "consumer"),
    ("/shared/messaging/consuming/subscriptions", "consumer"),
    ("/shared/messaging/consuming/consumer", "consumer"),
    ("/shared/messaging/consuming/held", "marks"),
    ("/shared/messaging/aggregates", "write protocol"),
    ("/shared/messaging/publishing/outbox", "write protocol"),
    ("/shared/messaging/cause", "write protocol"),
    ("/shared/messaging/consuming/durable", "handler's worker"),
    ("/shared/events/", "envelope and schema"),
    ("/shared/telemetry/", "telemetry"),
    ("/tests/performance/peers/", "the benchmark's own work"),
    ("/tests/", "the benchmark's own work"),
    ("/nameko/", "nameko"),
    ("/kombu/", "kombu"),
    ("/amqp/", "AMQP"),
)
"""What a file of the stack says, from the innermost outwards; the first that says something counts."""
LOOP = "/eventlet/hubs/"
THREADS = "loop, and threads beside it (SQLite's commits)"
OTHER = "other"


class Sampler:
    """Counts, from `start` to `stop`, which part the loop's thread is at."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def start(self) -> None:
        """Begins anew."""
        self._seen.clear()
        signal.signal(signal.SIGPROF, self._look)
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    def stop(self) -> dict[str, float]:
        """The share of each part, the largest first."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        seen = sum(self._seen.values()) or 1
        return {part: count / seen for part, count in self._seen.most_common()}

    def _look(self, number: int, frame: FrameType | None) -> None:
        self._seen[part_of(frame)] += 1


def part_of(frame: FrameType | None) -> str:
    """The part that a stack is at; green sockets and locks count for whoever uses them."""
    if frame is not None and LOOP in frame.f_code.co_filename:
        return THREADS
    while frame is not None:
        for path, part in PARTS:
            if path in frame.f_code.co_filename:
                return part
        frame = frame.f_back
    return OTHER
