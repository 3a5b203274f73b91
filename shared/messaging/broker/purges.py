"""Messages that left a queue and were taken by nobody: purged, which whoever may read a queue may do, or refused.

A broker announces no purge. But RabbitMQ's management interface keeps, for an hour, how long each queue was and how many of its
messages were taken. Length and taken together never fall by themselves: where they fall and stay down, messages are gone.
What is published meanwhile hides as many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from shared.messaging.broker.inspection import read_management
from shared.messaging.broker.topology import Topology, rpc_queue

TAKEN = ("ack", "get_no_ack", "deliver_no_ack")
COLUMNS = ("name", "messages_details.samples", *(f"message_stats.{way}_details.samples" for way in TAKEN))


@dataclass(frozen=True, kw_only=True)
class Loss:
    """So many messages left the queue between two looks of the broker, and nobody took them."""

    queue: str
    messages: int
    after: datetime
    before: datetime

    def __str__(self) -> str:
        between = f"between {self.after:%H:%M:%S} and {self.before:%H:%M:%S} UTC"
        return f"{self.messages} messages left it {between} and nobody took them: purged, or refused by their reader"


@dataclass(frozen=True, kw_only=True)
class Window:
    """How far back to look, and in which steps, seconds; for how many steps a fall must last, and what fell have stood.

    The broker learns of lengths and of what was taken at different times, so that either may be late for some seconds.
    """

    seconds: int
    step: int
    lasting: int
    stood: int


WINDOWS = (
    Window(seconds=600, step=5, lasting=6, stood=2),
    Window(seconds=3600, step=60, lasting=2, stood=1),
)


def losses(management_url: str, topology: Topology, *, vhost: str, timeout: float = 10) -> list[Loss]:
    """What left the declared queues in the last hour, as far as it is half a minute ago. Raises `OSError`, `ValueError`.

    Queues of calls are left out: what is in them ends with its deadline.
    """
    watched = {queue.name for queue in topology.queues} - {rpc_queue(each.name) for each in topology.services}
    found: list[Loss] = []
    for window in WINDOWS:
        pages = read_management(management_url, _path(vhost, window), timeout=timeout)
        for queue in pages:
            if queue.get("name") in watched:
                found += [loss for loss in losses_of(queue, window) if not _is_known(loss, found)]
    return found


def losses_of(queue: Mapping[str, Any], window: Window) -> Iterator[Loss]:
    """What left this queue, as the management interface tells of it."""
    points = _points(queue)
    at = 0
    while at + window.lasting < len(points):
        before, later = points[at], points[at + 1 : at + 1 + window.lasting]
        stood = min(point.total for point in points[max(at - window.stood, 0) : at + 1])
        gone = stood - max(point.total for point in later)
        if gone > 0 and later[0].total < before.total and before.taken <= min(point.taken for point in later):
            yield Loss(queue=queue["name"], messages=gone, after=before.at, before=later[0].at)
            at += window.lasting
        else:
            at += 1


@dataclass(frozen=True, kw_only=True)
class _Point:
    at: datetime
    length: int
    taken: int

    @property
    def total(self) -> int:
        return self.length + self.taken


def _points(queue: Mapping[str, Any]) -> list[_Point]:
    """Oldest first."""
    lengths = _samples(queue, "messages")
    stats = queue.get("message_stats") or {}
    ways = [_samples(stats, way) for way in TAKEN]
    return [
        _Point(at=datetime.fromtimestamp(at / 1000, UTC), length=lengths[at], taken=sum(way.get(at, 0) for way in ways))
        for at in sorted(lengths)
    ]


def _samples(told: Mapping[str, Any], name: str) -> dict[int, int]:
    samples: Sequence[Mapping[str, int]] = (told.get(f"{name}_details") or {}).get("samples") or ()
    return {sample["timestamp"]: sample["sample"] for sample in samples}


def _is_known(loss: Loss, found: Sequence[Loss]) -> bool:
    """Whether a finer look has found it, or one so near that a coarse look can't tell them apart."""
    near = timedelta(seconds=WINDOWS[-1].step)
    return any(
        loss.queue == known.queue and loss.after - known.before < near and known.after - loss.before < near
        for known in found
    )


def _path(vhost: str, window: Window) -> str:
    age, step = str(window.seconds), str(window.step)
    asked = {"lengths_age": age, "lengths_incr": step, "msg_rates_age": age, "msg_rates_incr": step}
    return f"/api/queues/{quote(vhost, safe='')}?{urlencode(asked | {'columns': ','.join(COLUMNS)})}"
