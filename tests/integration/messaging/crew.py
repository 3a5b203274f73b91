"""Replicas of a reader at work on shard queues of a RabbitMQ, each on a wire of its own, and what came to each of them.

While `going` is not set, nobody who has begun with a message gets done with it.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from typing import Any

import amqp

from shared.ids import SHARDS
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.reader import QueueReader
from shared.messaging.consuming.sharing import REPLICAS, SHARDS_NOTE, Register, Sharing
from tests.support.documents import InMemoryDocuments
from tests.support.waiting import eventually, patience
from tests.support.wires import wire_to

BEAT_SECONDS = 0.2
LEASE_SECONDS = 60.0
PREFETCH = 5
WITHIN = 60.0


class Member:
    """One replica: its reader, its part in the sharing, and the thread of its beats."""

    def __init__(self, name: str, crew: Crew) -> None:
        self.name = name
        self.wire, url = wire_to(crew.url)
        self.reader = QueueReader(url, dict.fromkeys(crew.queues, self._take), prefetch=PREFETCH, apart=crew.queues)
        register = Register(crew.documents, note=SHARDS_NOTE, queues=crew.queues, lease_seconds=crew.lease_seconds)
        self.sharing = Sharing(register=register, reader=self.reader)
        self._crew = crew
        self._stopping = threading.Event()
        self._beating = threading.Thread(target=self._beat, daemon=True)

    def start(self) -> None:
        self.reader.start()
        assert self.reader.wait_ready(patience(WITHIN))
        self._beating.start()

    def stop(self) -> None:
        self._end_beats()
        self.sharing.leave()
        self.reader.stop(deadline_seconds=patience(WITHIN))
        self.wire.close()

    def die(self) -> None:
        """Neither beats nor reads from now on, and says nothing of it."""
        self._end_beats()
        self.wire.keep_everyone_off()

    def _end_beats(self) -> None:
        self._stopping.set()
        if self._beating.is_alive():
            self._beating.join()

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            self.sharing.beat()

    def _take(self, delivery: Delivery) -> None:
        self._crew.note(self.name, delivery)


class Crew:
    """Messages are numbers, counted for each queue from 1; `came` names who took which, in the order of taking."""

    def __init__(self, name: str, *, url: str, channel: Any, queue_type: str = "quorum") -> None:
        self.url = url
        self.queues = [f"{name}.events.{shard:02d}" for shard in range(SHARDS)]
        self.documents = InMemoryDocuments(REPLICAS)
        self.members: list[Member] = []
        self.came: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self.lease_seconds = LEASE_SECONDS
        self.begun: Counter[str] = Counter()
        self.going = threading.Event()
        self.going.set()
        self.sent = 0
        self._channel = channel
        for queue in self.queues:
            arguments = {"x-queue-type": queue_type, "x-single-active-consumer": True}
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)

    def join(self) -> Member:
        member = Member(f"member-{len(self.members)}", self)
        self.members.append(member)
        member.start()
        return member

    def send(self) -> None:
        """One more message on every queue."""
        self.sent += 1
        for queue in self.queues:
            self._channel.basic_publish(amqp.Message(str(self.sent)), routing_key=queue)

    def note(self, member: str, delivery: Delivery) -> None:
        self.begun[delivery.routing_key] += 1
        self.going.wait()
        self.came[delivery.routing_key].append((member, int(delivery.body)))

    def takers(self) -> Counter[str]:
        """On how many queues each member took the last message."""
        return Counter(taken[-1][0] for taken in list(self.came.values()) if taken)

    def send_until_shared(self, *parts: int) -> None:
        """Sends on until the queues are shared in these parts."""
        eventually(lambda: self.send() or sorted(self.takers().values()) == sorted(parts), within=WITHIN)

    def await_all(self) -> None:
        """Waits until every message has been taken."""
        wanted = set(range(1, self.sent + 1))
        eventually(lambda: all({n for _, n in self.came[queue]} == wanted for queue in self.queues), within=WITHIN)

    def numbers(self, queue: str) -> list[int]:
        return [number for _, number in self.came[queue]]

    def end(self) -> None:
        self.going.set()
        for member in self.members:
            member.stop()
        for queue in self.queues:
            self._channel.queue_delete(queue)


def first_of_each(numbers: list[int]) -> list[int]:
    """Without what came again."""
    return list(dict.fromkeys(numbers))
