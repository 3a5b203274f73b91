"""A publisher and a reader at work on a RabbitMQ, and what came of their messages."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.reader import QueueReader
from shared.messaging.publishing.publisher import Confirmation, NotPublished, Publisher
from tests.support.waiting import eventually, patience
from tests.support.wires import Wire

HEARTBEAT = 30.0


@dataclass(kw_only=True)
class Desk:
    """What is published goes to queue `a` or `b` by its key.

    `taken` counts what was confirmed; `begun` and `order` name what the reader handed on, and `came` counts it.
    """

    name: str
    url: str
    wire: Wire
    channel: Any
    confirm_timeout: float = field(default_factory=lambda: patience(20))
    heartbeat: float = HEARTBEAT
    taken: int = 0
    came: Counter[str] = field(default_factory=Counter)
    begun: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)
    pause: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.publisher = Publisher(self.url, confirm_timeout=self.confirm_timeout, heartbeat=self.heartbeat)
        callbacks = {f"{self.name}.{key}": self._take for key in "ab"}
        self.reader = QueueReader(self.url, callbacks, prefetch=5, heartbeat=self.heartbeat)

    def declare(self) -> None:
        self.channel.exchange_declare(self.name, type="topic", durable=True, auto_delete=False)
        for key in "ab":
            arguments = {"x-queue-type": "quorum", "x-single-active-consumer": True}
            self.channel.queue_declare(f"{self.name}.{key}", durable=True, auto_delete=False, arguments=arguments)
            self.channel.queue_bind(f"{self.name}.{key}", exchange=self.name, routing_key=key)

    def end(self) -> None:
        self.pause.clear()
        self.wire.move()
        self.publisher.close()
        self.reader.stop(deadline_seconds=2)
        self.wire.close()
        for key in "ab":
            self.channel.queue_delete(f"{self.name}.{key}")
        self.channel.exchange_delete(self.name)

    def start_reading(self) -> None:
        self.reader.start()
        assert self.reader.wait_ready(patience(20))

    def publish(self, message_id: str, key: str = "a") -> Confirmation:
        return self.publisher.publish(
            exchange=self.name, routing_key=key, body=b"{}", headers={}, message_id=message_id
        )

    def publish_until_taken(self, message_id: str, key: str = "a") -> None:
        """As the relay does: again until it is confirmed."""

        def is_taken() -> bool:
            try:
                self.publish(message_id, key).wait()
            except NotPublished:
                return False
            return True

        eventually(is_taken, within=40, pause=0.05)
        self.taken += 1

    def consumers(self) -> int:
        """How many consumers the queues have."""
        return sum(self.channel.queue_declare(f"{self.name}.{key}", passive=True).consumer_count for key in "ab")

    def waiting(self) -> int:
        """How many messages lie in the queues."""
        return sum(self.channel.queue_declare(f"{self.name}.{key}", passive=True).message_count for key in "ab")

    def _take(self, delivery: Delivery) -> None:
        self.begun.append(str(delivery.message_id))
        while self.pause.is_set():
            time.sleep(0.01)
        self.came[str(delivery.message_id)] += 1
        self.order.append(str(delivery.message_id))
