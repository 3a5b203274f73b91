"""Outboxes that wait for a relay: each once, the longest waiting first, and no two relays at the same one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from shared.store.documents import Document

Place = tuple[str, str]
"""A collection and a document's id."""
MOST = 2_000
"""How many are kept in mind, with their documents; further ones are found in the store when it is their turn."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A document whose outbox has something in it; `document` as it was last seen, if it is at hand."""

    collection: str
    id: str
    document: Document | None = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> Place:
        return self.collection, self.id


class Pending:
    """What waits, shared by the threads that write and those that relay."""

    def __init__(self) -> None:
        self._waiting: dict[Place, Waiting] = {}
        self._in_hand: set[Place] = set()
        self._changed = threading.Condition()
        self._is_open = True

    def put(self, waiting: Waiting) -> None:
        """Adds it; one that is there already keeps its place and is relayed as it is seen now."""
        place = waiting.place
        with self._changed:
            if place in self._waiting or len(self._waiting) < MOST:
                self._waiting[place] = waiting
                self._changed.notify()

    def take(self, most: int) -> list[Waiting]:
        """Up to so many that nobody has in hand, as soon as there is one; none once it is closed."""
        with self._changed:
            while self._is_open:
                if taken := self._free(most):
                    return taken
                self._changed.wait()
            return []

    def done(self, batch: Sequence[Waiting], *, again: bool = False) -> None:
        """Gives them back: who has changed meanwhile can be taken again, or all of them if they must be tried `again`."""
        with self._changed:
            self._in_hand.difference_update(waiting.place for waiting in batch)
            if again:
                tried = {waiting.place: replace(waiting, document=None) for waiting in batch}
                self._waiting = tried | self._waiting
            self._changed.notify_all()

    def wait_for_room(self, seconds: float) -> bool:
        """Whether within this time there are few enough that more may be looked for."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._waiting) < MOST // 2 or not self._is_open, seconds)

    def close(self) -> None:
        """Whoever takes goes home; what is left stays in its outbox."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()

    def _free(self, most: int) -> list[Waiting]:
        places = list(islice((place for place in self._waiting if place not in self._in_hand), most))
        self._in_hand.update(places)
        return [self._waiting.pop(place) for place in places]
