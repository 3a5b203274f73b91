"""Which of a service's replicas reads which of its queues, so that those that live share them evenly: its shards, and in a
group of their own the queues that councils write to.

Every replica consumes every such queue, and the broker gives a queue's messages to one of them, the first in line: so when
one dies, another goes on at once. By itself the first would have them all. So the replicas note in their store who lives and
whose each queue is, and whoever has one that is another's hands it back and goes to the end of its line. The note only
spreads the load: a wrong or an old one can neither lose a message nor bring two out of order.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from shared.store.documents import Collection, Document, Documents, IdTaken, VersionChanged

REPLICAS = Collection(name="replicas")
SHARDS_NOTE, INTAKE_NOTE = "shards", "intake"
"""The ids of the notes, one for each group of queues: `beats` counts each replica's signs of life, `owners` names the replica
of each of `queues`."""


def share_out(owners: Sequence[str], replicas: AbstractSet[str]) -> tuple[str, ...]:
    """Whose each queue is to be: as many each, give or take one, and none moves that need not. `""` is nobody."""
    if not replicas:
        return ("",) * len(owners)
    held = Counter(owners)
    each, over = divmod(len(owners), len(replicas))
    by_load = sorted(replicas, key=lambda replica: (-held[replica], replica))
    room = Counter({replica: each + (place < over) for place, replica in enumerate(by_load)})
    kept = ["" for _ in owners]
    for place, owner in enumerate(owners):
        if room[owner]:
            room[owner] -= 1
            kept[place] = owner
    free = room.elements()
    return tuple(owner or next(free) for owner in kept)


class Register:
    """The replicas of a service that live, and whose each queue of a group is, as all of them see it in their store.

    A replica lives for as long as its count of beats goes on; it counts as dead when whoever looks has seen no new one for
    `lease_seconds` of its own monotonic clock. So no two clocks need agree.
    """

    def __init__(
        self,
        documents: Documents,
        *,
        note: str,
        queues: Sequence[str],
        lease_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.queues = tuple(queues)
        self._documents = documents
        self._note = note
        self._lease_seconds = lease_seconds
        self._monotonic = monotonic
        self._seen: dict[str, tuple[int, float]] = {}

    def beat(self, replica: str | None, *, gone: str | None = None) -> tuple[str, ...]:
        """Says that this replica lives, and that one is gone; the owner of each queue. Raises `StoreAway`."""
        while True:
            stored = self._documents.get(self._note)
            note = self._renewed(stored, replica, gone)
            try:
                if stored is None:
                    self._documents.insert(note)
                else:
                    self._documents.replace(note, version=stored["version"])
            except (IdTaken, VersionChanged):
                continue  # another replica was faster
            return tuple(note["owners"])

    def _renewed(self, stored: Document | None, replica: str | None, gone: str | None) -> Document:
        beats = self._of_the_living(stored["beats"] if stored else {})
        if gone is not None:
            beats.pop(gone, None)
        if replica is not None:
            beats[replica] = beats.get(replica, 0) + 1
        owners = share_out(self._owners_in(stored), beats.keys())
        return {
            "_id": self._note,
            "version": stored["version"] + 1 if stored else 1,
            "beats": beats,
            "queues": list(self.queues),
            "owners": list(owners),
        }

    def _owners_in(self, stored: Document | None) -> list[str]:
        """The owner of each of our queues, also where another has noted them before there was one more or less."""
        noted = dict(zip(stored.get("queues", self.queues), stored["owners"], strict=True)) if stored else {}
        return [noted.get(queue, "") for queue in self.queues]

    def _of_the_living(self, beats: Mapping[str, int]) -> dict[str, int]:
        now = self._monotonic()
        news = {replica: (count, now) for replica, count in beats.items()}
        self._seen = {
            replica: known if (known := self._seen.get(replica)) and known[0] == new[0] else new
            for replica, new in news.items()
        }
        return {replica: beats[replica] for replica, (_, at) in self._seen.items() if now - at < self._lease_seconds}


class Reader(Protocol):
    """What of a reader is needed here."""

    @property
    def session_id(self) -> str | None: ...
    def received(self) -> set[str]: ...
    def hand_back(self, queues: Iterable[str]) -> None: ...


class Sharing:
    """One replica's part in the sharing of the register's queues. Each connection counts as a new replica."""

    def __init__(self, *, register: Register, reader: Reader) -> None:
        self._register = register
        self._reader = reader
        self._replica: str | None = None
        self._owners = ("",) * len(register.queues)

    @property
    def places(self) -> list[int]:
        """Which of the queues, by their places, were this replica's at its last beat; of shard queues these are the shards."""
        return [place for place, owner in enumerate(self._owners) if self._replica and owner == self._replica]

    def beat(self) -> None:
        """Says that this replica lives, if its broker is there, and hands back what is not its own. Raises `StoreAway`.

        It hands back what it was given nevertheless, and what has a new owner, so that this one comes before it in line.
        """
        replica, was = self._reader.session_id, self._replica
        if replica is None and was is None:
            return
        before, owners = self._owners, self._register.beat(replica, gone=was if was != replica else None)
        self._replica, self._owners = replica, owners
        if replica is None:
            return
        received = self._reader.received()
        others = {
            queue
            for queue, old, new in zip(self._register.queues, before, owners, strict=True)
            if new != replica and (queue in received or old != new)
        }
        self._reader.hand_back(others)

    def leave(self) -> None:
        """Says that this replica is gone. Raises `StoreAway`."""
        if self._replica is not None:
            self._register.beat(None, gone=self._replica)
            self._replica = None
