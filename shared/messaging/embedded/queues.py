"""One queue of the embedded broker: who gets which letter next, and what is owed to whom."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import count
from operator import attrgetter
from typing import Any, Protocol

from shared.messaging.embedded.letters import Confirmation, Copy, Letter

OUTSIDE = "x-steward-outside"
REJECT_PUBLISH = "reject-publish"

by_sequence = attrgetter("sequence")


@dataclass(frozen=True, kw_only=True)
class QueueShape:
    """What a queue was declared with; a second declaration must be the same. Times in the arguments are in ms."""

    durable: bool = False
    exclusive: bool = False
    auto_delete: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds_back_confirms(self) -> bool:
        """Whether a publisher waits until this queue's copy is settled.

        Not for queues that end with their connection or last consumer, nor for a party outside.
        """
        lasting = self.durable and not self.exclusive and not self.auto_delete
        return lasting and not self.arguments.get(OUTSIDE)

    @property
    def expires(self) -> float | None:
        """Seconds without use after which the queue goes."""
        return _seconds(self.arguments.get("x-expires"))

    @property
    def lifetime(self) -> float | None:
        """Seconds a copy may wait."""
        return _seconds(self.arguments.get("x-message-ttl"))


def _seconds(milliseconds: int | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


class Reader(Protocol):
    """A consumer, as its queue sees it."""

    no_ack: bool
    exclusive: bool

    def has_room(self) -> bool:
        """Whether its prefetch allows one more unsettled copy."""

    def take(self, queue: Queue, copy: Copy) -> None:
        """Deliver the copy to the consumer's connection."""

    def end(self) -> None:
        """The queue is gone."""


class Queue:
    """A queue: waiting copies in order, and the consumers that take turns at them."""

    def __init__(self, name: str, shape: QueueShape, *, owner: object | None) -> None:
        self.name = name
        self.shape = shape
        self.owner = owner
        self.used_at = time.monotonic()
        self.readers: deque[Reader] = deque()
        self._ready: deque[Copy] = deque()
        self._sequence = count(1)
        self._ended = False

    def __len__(self) -> int:
        """How many copies wait; those that have expired are not counted."""
        self._drop_expired()
        return len(self._ready)

    def put(self, letter: Letter, confirmation: Confirmation | None) -> None:
        """Take a copy of the letter, or refuse or make room when the queue is at its `x-max-length`."""
        self._drop_expired()
        if not self._has_space():
            if self.shape.arguments.get("x-overflow") == REJECT_PUBLISH:
                _refuse(confirmation)
                return
            self._drop_oldest()
        self._ready.append(self._copy_of(letter, self._counted(confirmation)))
        self.deliver()

    def put_back(self, copies: Iterable[Copy]) -> None:
        """Return unsettled copies to where they were, marked as delivered before."""
        returned = sorted(copies, key=by_sequence)
        for copy in returned:
            copy.redelivered = True
        self._ready = deque(merge(returned, self._ready, key=by_sequence))
        if self._ended:
            self.purge()
        self.deliver()

    def get(self) -> Copy | None:
        """The next copy for a caller that asks instead of subscribing."""
        self._drop_expired()
        return self._ready.popleft() if self._ready else None

    def add_reader(self, reader: Reader) -> None:
        """A new consumer; with `x-single-active-consumer` it waits until those before it are gone."""
        self.readers.append(reader)
        self.deliver()

    def release(self, readers: Iterable[Reader], copies: Iterable[Copy]) -> None:
        """Consumers leave and their unsettled copies come back, in one step, so that who is next starts with them."""
        for reader in readers:
            self.readers.remove(reader)
        self.used_at = time.monotonic()
        self.put_back(copies)

    def deliver(self) -> None:
        """Hand out waiting copies as long as a consumer has room."""
        while self._ready and (reader := self._next_reader()) is not None:
            copy = self._ready.popleft()
            if copy.has_expired():
                copy.settle()
            else:
                reader.take(self, copy)

    def purge(self) -> int:
        """Drop all that waits; says how many."""
        dropped, self._ready = self._ready, deque()
        for copy in dropped:
            copy.settle()
        return len(dropped)

    def end(self) -> int:
        """The queue is deleted: consumers are told, what waits is dropped; says how much."""
        self._ended = True
        readers, self.readers = self.readers, deque()
        for reader in readers:
            reader.end()
        return self.purge()

    def _next_reader(self) -> Reader | None:
        if self.shape.arguments.get("x-single-active-consumer"):
            return next((reader for reader in list(self.readers)[:1] if reader.has_room()), None)
        for _ in range(len(self.readers)):
            reader = self.readers[0]
            self.readers.rotate(-1)
            if reader.has_room():
                return reader
        return None

    def _copy_of(self, letter: Letter, confirmation: Confirmation | None) -> Copy:
        lifetimes = [lifetime for lifetime in (letter.lifetime, self.shape.lifetime) if lifetime is not None]
        expires_at = time.monotonic() + min(lifetimes) if lifetimes else None
        return Copy(letter, sequence=next(self._sequence), expires_at=expires_at, confirmation=confirmation)

    def _counted(self, confirmation: Confirmation | None) -> Confirmation | None:
        if confirmation is None or not self.shape.holds_back_confirms:
            return None
        return confirmation if confirmation.expect() else None

    def _has_space(self) -> bool:
        limit = self.shape.arguments.get("x-max-length")
        return limit is None or len(self._ready) < limit

    def _drop_oldest(self) -> None:
        if self._ready:
            self._ready.popleft().settle()

    def _drop_expired(self) -> None:
        while self._ready and self._ready[0].has_expired():
            self._ready.popleft().settle()


def _refuse(confirmation: Confirmation | None) -> None:
    if confirmation is not None:
        confirmation.refuse()
