"""Shards are shared evenly among the replicas that live, and come to rest where they belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.ids import SHARDS
from shared.messaging.consuming.sharing import INTAKE_NOTE, REPLICAS, SHARDS_NOTE, Register, Sharing, share_out
from shared.store.documents import StoreAway
from tests.support.documents import InMemoryDocuments

LEASE_SECONDS = 10.0
QUEUES = [f"tally.events.{shard:02d}" for shard in range(SHARDS)]
NAMES = st.sets(st.sampled_from("abcdefghijklmnopqrst"), max_size=18)
OWNERS = st.lists(st.sampled_from(["", *"abcdefghijklmnopqrst"]), min_size=SHARDS, max_size=SHARDS)


@given(owners=OWNERS, replicas=NAMES)
def test_every_shard_has_a_living_owner_and_none_has_two_more_than_another(owners, replicas):
    shared = share_out(owners, replicas)

    held = Counter(shared)
    assert set(shared) <= (replicas or {""})
    assert len(shared) == SHARDS
    counts = [held[replica] for replica in replicas]
    assert not counts or max(counts) - min(counts) <= 1


@given(owners=OWNERS, replicas=NAMES)
def test_no_more_shards_move_than_evenness_asks_for(owners, replicas):
    shared = share_out(owners, replicas)

    least, over = divmod(SHARDS, len(replicas) or 1)
    held = sorted((Counter(owner for owner in owners if owner in replicas)).values(), reverse=True)
    may_stay = sum(min(count, least + (place < over)) for place, count in enumerate(held))
    assert sum(old == new != "" for old, new in zip(owners, shared, strict=True)) == may_stay


@given(owners=OWNERS, replicas=NAMES)
def test_what_is_shared_out_stays_as_it_is(owners, replicas):
    shared = share_out(owners, replicas)

    assert share_out(shared, replicas) == shared


class Instant:
    """A monotonic clock of one replica's own."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def a_register(documents: InMemoryDocuments, clock: Instant | None = None) -> Register:
    return Register(
        documents, note=SHARDS_NOTE, queues=QUEUES, lease_seconds=LEASE_SECONDS, monotonic=clock or Instant()
    )


def test_a_replica_that_joins_gets_its_part_and_one_that_says_it_is_gone_leaves_its_own():
    register = a_register(InMemoryDocuments(REPLICAS))

    alone = register.beat("a")
    both = register.beat("b")
    left = register.beat(None, gone="a")

    assert alone == ("a",) * SHARDS
    assert Counter(both) == {"a": 8, "b": 8}
    assert left == ("b",) * SHARDS


def test_a_replica_without_a_sign_of_life_loses_its_shards_when_its_lease_is_over_by_the_lookers_clock():
    documents = InMemoryDocuments(REPLICAS)
    clock = Instant(1_000_000.0)
    a_register(documents).beat("dead")
    register = a_register(documents, clock)

    at_first = register.beat("a")
    clock.now += LEASE_SECONDS - 1
    before = register.beat("a")
    clock.now += 1
    after = register.beat("a")

    assert Counter(at_first) == Counter(before) == {"a": 8, "dead": 8}
    assert after == ("a",) * SHARDS


def test_a_looker_that_stood_still_takes_nobody_for_dead_who_lives():
    documents, clock = InMemoryDocuments(REPLICAS), Instant()
    stalled, lively = a_register(documents, clock), a_register(documents)
    stalled.beat("a")
    lively.beat("b")
    stalled.beat("a")

    lively.beat("b")
    clock.now += 100 * LEASE_SECONDS

    assert Counter(stalled.beat("a")) == {"a": 8, "b": 8}


def test_two_that_write_at_once_both_join():
    documents = InMemoryDocuments(REPLICAS)
    register, rival = a_register(documents), a_register(documents)
    documents.before_next_write(lambda: rival.beat("b"))

    owners = register.beat("a")

    assert Counter(owners) == {"a": 8, "b": 8}
    assert documents.get(SHARDS_NOTE)["beats"].keys() == {"a", "b"}


class Broker:
    """The lines of the shard queues: the first in a line is given the messages."""

    def __init__(self) -> None:
        self.lines: dict[str, list[str]] = {queue: [] for queue in QUEUES}

    def holder(self, queue: str) -> str:
        return self.lines[queue][0]


class Replica:
    """A replica's reader as the sharing sees it, in the broker's lines, and the sharing itself."""

    def __init__(self, name: str, broker: Broker, documents: InMemoryDocuments, clock: Instant) -> None:
        self.session_id: str | None = name
        self.handed_back: list[str] = []
        self._broker = broker
        self._connect()
        self.sharing = Sharing(register=a_register(documents, clock), reader=self)

    def received(self) -> set[str]:
        """Messages flow on every queue."""
        return {queue for queue in QUEUES if self._broker.holder(queue) == self.session_id}

    def hand_back(self, queues: Iterable[str]) -> None:
        for queue in queues:
            self.handed_back.append(queue)
            line = self._broker.lines[queue]
            line.remove(str(self.session_id))
            line.append(str(self.session_id))

    def lose_connection(self) -> None:
        for line in self._broker.lines.values():
            line.remove(str(self.session_id))
        self.session_id = None

    def reconnect(self, name: str) -> None:
        self.session_id = name
        self._connect()

    def _connect(self) -> None:
        for line in self._broker.lines.values():
            line.append(str(self.session_id))


class Service:
    """The replicas of a service, one clock for all, and one store."""

    def __init__(self) -> None:
        self.broker, self.documents, self.clock = Broker(), InMemoryDocuments(REPLICAS), Instant()
        self.replicas: list[Replica] = []
        self._names = iter(range(10_000))

    def join(self) -> Replica:
        replica = Replica(self._name(), self.broker, self.documents, self.clock)
        self.replicas.append(replica)
        return replica

    def die(self, place: int) -> None:
        """Dies without a word; the broker sees its connection end."""
        self.replicas.pop(place).lose_connection()

    def leave(self, place: int) -> None:
        replica = self.replicas.pop(place)
        replica.sharing.leave()
        replica.lose_connection()

    def reconnect(self, place: int) -> None:
        self.replicas[place].lose_connection()
        self.replicas[place].reconnect(self._name())

    def _name(self) -> str:
        return f"replica-{next(self._names)}"

    def beat(self, rounds: int = 1, *, seconds: float = 1.0) -> None:
        for _ in range(rounds):
            for replica in self.replicas:
                replica.handed_back.clear()
                replica.sharing.beat()
            self.clock.now += seconds

    def holdings(self) -> Counter[str]:
        return Counter(self.broker.holder(queue) for queue in QUEUES)


EVENTS = st.lists(
    st.tuples(st.sampled_from(["join", "die", "leave", "reconnect", "beat", "one"]), st.integers(0, 5)), max_size=30
)


@hypothesis_settings(max_examples=100)
@given(events=EVENTS)
def test_whatever_came_before_the_shards_come_to_rest_evenly_with_those_that_live(events):
    service = Service()
    for what, place in events:
        count = len(service.replicas)
        if what == "join" and count < 6:
            service.join()
        elif what == "one" and count:
            service.replicas[place % count].sharing.beat()
        elif what == "beat":
            service.beat()
        elif what in ("die", "leave", "reconnect") and count:
            getattr(service, what)(place % count)
    service.join()

    service.beat(int(LEASE_SECONDS) + 1)
    service.beat(len(service.replicas) + 1)

    owned = {replica.session_id: [QUEUES[shard] for shard in replica.sharing.places] for replica in service.replicas}
    held = {name: [q for q in QUEUES if service.broker.holder(q) == name] for name in owned}
    assert held == owned
    assert max(map(len, held.values())) - min(map(len, held.values())) <= 1
    assert [replica.handed_back for replica in service.replicas] == [[] for _ in service.replicas]


def test_a_new_replica_gets_its_part_within_a_beat_of_each_and_nothing_else_moves():
    service = Service()
    service.join(), service.join()
    service.beat(3)
    before = {queue: service.broker.holder(queue) for queue in QUEUES}

    new = service.join()
    service.beat(2)

    moved = {queue: service.broker.holder(queue) for queue in QUEUES if service.broker.holder(queue) != before[queue]}
    assert set(moved.values()) == {new.session_id}
    assert sorted(service.holdings().values()) == [5, 5, 6]


def test_without_its_store_a_replica_keeps_what_it_has():
    service = Service()
    first, _ = service.join(), service.join()
    service.beat(3)
    before = dict(service.broker.lines)
    service.documents.interrupt_next_write("before")

    with pytest.raises(StoreAway):
        first.sharing.beat()

    assert service.broker.lines == before
    assert len(first.sharing.places) == SHARDS // 2


def test_a_replica_without_a_broker_leaves_its_part_to_the_others():
    service = Service()
    first, second = service.join(), service.join()
    service.beat(3)

    first.lose_connection()
    service.beat(2)

    assert first.sharing.places == []
    assert len(second.sharing.places) == SHARDS


def test_nobody_owns_anything_before_the_first_beat():
    service = Service()
    replica = service.join()

    assert replica.sharing.places == []


def intake_register(documents: InMemoryDocuments, *councils: str) -> Register:
    queues = [f"tally.intake.{council}" for council in councils]
    return Register(documents, note=INTAKE_NOTE, queues=queues, lease_seconds=LEASE_SECONDS, monotonic=Instant())


def test_queues_of_councils_are_shared_among_themselves_however_the_shards_are():
    documents = InMemoryDocuments(REPLICAS)
    for replica in ("a", "b"):
        shards = a_register(documents).beat(replica)
        councils = intake_register(documents, "east", "west").beat(replica)

    assert Counter(shards) == {"a": 8, "b": 8}
    assert Counter(councils) == {"a": 1, "b": 1}


def test_a_council_that_is_added_moves_no_other_and_one_that_is_gone_is_forgotten():
    documents = InMemoryDocuments(REPLICAS)
    intake_register(documents, "east", "west").beat("a")
    before = dict(zip(("east", "west"), intake_register(documents, "east", "west").beat("b"), strict=True))

    more = intake_register(documents, "central", "east", "north", "west").beat("b")
    fewer = intake_register(documents, "north").beat("b")

    assert (more[1], more[3]) == (before["east"], before["west"])
    assert Counter(more) == {"a": 2, "b": 2}
    assert fewer == (more[2],)


def test_a_replica_that_still_has_other_councils_than_the_rest_shares_what_it_knows():
    documents = InMemoryDocuments(REPLICAS)
    old, new = intake_register(documents, "east"), intake_register(documents, "east", "west")

    for _ in range(3):
        of_old, of_new = old.beat("a"), new.beat("b")

    assert of_old == of_new[:1]
    assert Counter(of_new) == {"a": 1, "b": 1}
