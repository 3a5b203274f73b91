"""A connection to the embedded broker: its channels, and the events it has not yet handed out."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

from amqp.exceptions import RecoverableConnectionError

from shared.messaging.embedded.broker import Broker
from shared.messaging.embedded.channel import Channel
from shared.messaging.embedded.events import Event


class Connection:
    """What kombu takes for a connection; as in py-amqp `drain_events` hands out one event and raises the errors."""

    def __init__(self, broker: Broker, *, client: Any, user: str = "guest", confirm_publish: bool = False) -> None:
        self.client = client
        self.user = user
        self.broker = broker
        self.confirm_publish = confirm_publish
        self.connected = True
        self.channels: dict[int, Channel] = {}
        self._channel_ids = count(1)
        self._events: deque[Event] = deque()
        self._ready = threading.Event()
        self._woken = False
        with broker.lock:
            broker.connections.add(self)

    def channel(self, channel_id: int | None = None) -> Channel:
        """Open a channel."""
        if not self.connected:
            raise RecoverableConnectionError("connection already closed")
        channel = Channel(self, channel_id or next(self._channel_ids))
        self.channels[channel.channel_id] = channel
        return channel

    def post(self, event: Event) -> None:
        """Add an event for `drain_events` and wake whoever waits there."""
        self._events.append(event)
        self._ready.set()

    def withdraw(self, unwanted: Callable[[Event], bool]) -> list[Event]:
        """Take back events that have not been handed out; returns them."""
        with self.broker.lock:
            events, self._events = self._events, deque()
            withdrawn: list[Event] = []
            for event in events:
                (withdrawn if unwanted(event) else self._events).append(event)
        return withdrawn

    def wake(self) -> None:
        """Let the present or next `drain_events` time out at once."""
        self._woken = True
        self._ready.set()

    def drain_events(self, timeout: float | None = None) -> None:
        """Hand out the next event, waiting at most `timeout` seconds (None: for ever).

        Raises TimeoutError, RecoverableConnectionError when closed, and what the event's callbacks raise.
        """
        self._next_event(timeout).dispatch()

    def close(self) -> None:
        """Close: unsettled letters go back to their queues, exclusive queues go."""
        if not self.connected:
            return
        with self.broker.lock:
            self.connected = False
            for channel in list(self.channels.values()):
                channel.close()
            self.broker.connections.discard(self)
            self.broker.disown(self)
        self._events.clear()
        self._ready.set()

    collect = close

    def _next_event(self, timeout: float | None) -> Event:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._ready.clear()
            if self._woken:
                self._woken = False
                raise TimeoutError("woken")
            if not self.connected:
                raise RecoverableConnectionError("connection already closed")
            with self.broker.lock:
                if self._events:
                    return self._events.popleft()
            remaining = None if deadline is None else deadline - time.monotonic()
            if remaining is not None and remaining <= 0:
                raise TimeoutError("timed out")
            self._ready.wait(remaining)
