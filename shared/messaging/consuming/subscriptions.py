"""What is consumed over one connection: queues that are read by one replica at a time on a channel each, others on one.

The closing of a channel is the one thing that gives a queue up in order: the broker first puts what was given out and not
acknowledged back in its place, then goes on to the next in line. A consumer that is only cancelled keeps what it has, and
the next one would meet what comes after that first.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from shared.messaging.wire.connection import LOST, Link, consume


class Subscription:
    """A consumer's place in a queue's line, and how many of the queue's messages are in hand. Any thread may use it.

    `is_apart` if its channel has no other.
    """

    def __init__(self, *, queue: str, channel: Any, is_apart: bool) -> None:
        self.queue = queue
        self.channel = channel
        self.is_apart = is_apart
        self.has_received = False
        self._is_open = True
        self._in_hand = 0
        self._counting = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether its messages are still ours to begin with."""
        return self._is_open

    @property
    def is_idle(self) -> bool:
        """Whether it has ended and nothing of it is in hand any more."""
        with self._counting:
            return not self._is_open and not self._in_hand

    def begin(self) -> bool:
        """Takes one of its messages in hand, unless it has ended."""
        with self._counting:
            self._in_hand += self._is_open
            return self._is_open

    def let_go(self) -> None:
        """One that was in hand no longer is; unless it was acknowledged, the broker gives it out again."""
        with self._counting:
            self._in_hand -= 1

    def end(self) -> None:
        """No message of it is begun any more."""
        with self._counting:
            self._is_open = False


class Session:
    """One connection's life. `arrived` takes each message; `id` names the session to the other replicas.

    `acknowledge` and `hand_back` may be called by any thread, all else by the one that reads.
    """

    def __init__(self, link: Link, *, prefetch: int, arrived: Callable[[Session, Subscription, Any], None]) -> None:
        self.id = uuid.uuid4().hex
        self.is_alive = True
        self._link = link
        self._prefetch = prefetch
        self._arrived = arrived
        self._beside: list[Subscription] = []
        self._apart: dict[str, Subscription] = {}
        self._handed_back: set[str] = set()
        try:
            link.channel.basic_qos(0, prefetch, False)
        except BaseException:  # the wire may be lost again already
            link.hang_up()
            raise

    def consume(self, queue: str) -> None:
        """Reads a queue beside others. Raises one of `LOST`."""
        with self._link.patient():
            self._beside.append(self._subscribe(queue, self._link.channel, is_apart=False))

    def consume_apart(self, queue: str) -> None:
        """Reads a queue that can be handed back; whoever else reads it comes before us. Raises one of `LOST`."""
        with self._link.patient():
            channel = self._link.open_channel()
            channel.basic_qos(0, self._prefetch, False)
            self._apart[queue] = self._subscribe(queue, channel, is_apart=True)

    def acknowledge(self, subscription: Subscription, delivery_tags: Sequence[int]) -> None:
        """Acknowledges what was done in the order of its delivery, with nothing left out before it; apart, in one step.

        On a lost connection the broker will deliver again, which the consumer recognises.
        """
        try:
            if subscription.is_apart:
                subscription.channel.basic_ack(delivery_tags[-1], multiple=True)
                return
            for tag in delivery_tags:
                subscription.channel.basic_ack(tag)
        except LOST:
            self.lose()

    def received(self) -> set[str]:
        """The queues read apart of which messages have come since we last stood at the end of their lines."""
        return {queue for queue, subscription in self._apart.items() if subscription.has_received}

    def hand_back(self, queues: Iterable[str]) -> None:
        """Begins with nothing more of these queues; they are given up when what is in hand is acknowledged."""
        for queue in queues:
            self._apart[queue].end()
            self._handed_back.add(queue)

    def drain(self) -> None:
        """Takes what has come, and goes to the end of the line of what has been handed back. Raises one of `LOST`."""
        try:
            self._link.drain()
        except LOST:
            self.lose()
            raise
        if self._handed_back:
            self._line_up_again()

    def lose(self) -> None:
        """The connection is no longer good: whatever came over it belongs to the broker again."""
        self.is_alive = False
        for subscription in (*self._beside, *self._apart.values()):
            subscription.end()

    def close(self) -> None:
        """Says goodbye: on a good connection the broker then has every acknowledgement. Nobody else may be draining."""
        is_good = self.is_alive
        self.lose()
        with self._link.patient() if is_good else contextlib.nullcontext():
            self._link.hang_up()

    def _line_up_again(self) -> None:
        for queue in [queue for queue in [*self._handed_back] if self._apart[queue].is_idle]:
            self._handed_back.discard(queue)
            self._link.leave_channel(self._apart[queue].channel)
            self.consume_apart(queue)

    def _subscribe(self, queue: str, channel: Any, *, is_apart: bool) -> Subscription:
        subscription = Subscription(queue=queue, channel=channel, is_apart=is_apart)

        def arrived(message: Any) -> None:
            subscription.has_received = True
            self._arrived(self, subscription, message)

        consume(channel, queue, tag=f"{queue}-{uuid.uuid4().hex}", callback=arrived)
        return subscription
