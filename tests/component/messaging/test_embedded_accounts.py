"""Whatever consumers do, every copy is in exactly one place, and a confirm means that all copies are settled."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule
from kombu import Connection

from shared.messaging.embedded import register_transport

QUEUES = {"plain": {}, "handover": {"x-single-active-consumer": True}}
MOST_STEPS = 25


class Reader:
    """A consumer that holds what it gets until a step settles it."""

    def __init__(self, url: str, queue: str, prefetch: int) -> None:
        self.queue = queue
        self.prefetch = prefetch
        self.connection = Connection(url)
        self.channel = self.connection.channel()
        self.channel.basic_qos(0, prefetch, False)
        self.held: dict[int, int] = {}
        self.channel.basic_consume(queue, callback=self._take, consumer_tag="reader")

    def _take(self, message: Any) -> None:
        self.held[message.delivery_tag] = int(message.body)

    def settle_oldest(self) -> int:
        tag = next(iter(self.held))
        self.channel.basic_ack(tag)
        return self.held.pop(tag)

    def drop_newest(self, *, requeue: bool) -> int:
        tag, letter = self.held.popitem()
        self.channel.basic_reject(tag, requeue=requeue)
        return letter


def drain(connection: Connection) -> None:
    try:
        while True:
            connection.connection.drain_events(timeout=0)
    except TimeoutError:
        return


class Accounts(RuleBasedStateMachine):
    """Publishes to two durable queues; readers come, settle, give back, and are lost."""

    readers: Bundle[Reader] = Bundle("readers")

    def __init__(self) -> None:
        super().__init__()
        register_transport()
        self.url = f"embedded://{uuid4().hex}/"
        self.publisher = Connection(self.url)
        self.channel = self.publisher.channel()
        self.channel.exchange_declare("ledger.events", "topic", durable=True, auto_delete=False)
        for name, arguments in QUEUES.items():
            self.channel.queue_declare(name, durable=True, auto_delete=False, arguments=arguments)
            self.channel.queue_bind(name, "ledger.events", "#")
        self.channel.confirm_select()
        self.confirmed: set[int] = set()
        self.channel.events["basic_ack"].add(lambda tag, _multiple: self.confirmed.add(tag))
        self.owed: dict[int, set[str]] = {}
        self.alive: list[Reader] = []

    @rule()
    def publish(self) -> None:
        letter = len(self.owed) + 1
        self.owed[letter] = set(QUEUES)
        message = self.channel.prepare_message(b"%d" % letter)
        self.channel.basic_publish(message, exchange="ledger.events", routing_key="fund.opened.07")

    @rule(target=readers, queue=st.sampled_from(sorted(QUEUES)), prefetch=st.integers(0, 3))
    def subscribe(self, queue: str, prefetch: int) -> Reader:
        reader = Reader(self.url, queue, prefetch)
        self.alive.append(reader)
        return reader

    @rule(reader=readers)
    def acknowledge(self, reader: Reader) -> None:
        if reader.held:
            self.owed[reader.settle_oldest()].discard(reader.queue)

    @rule(reader=readers)
    def discard(self, reader: Reader) -> None:
        if reader.held:
            self.owed[reader.drop_newest(requeue=False)].discard(reader.queue)

    @rule(reader=readers)
    def give_back(self, reader: Reader) -> None:
        if reader.held:
            reader.drop_newest(requeue=True)

    @rule(reader=readers)
    def cancel(self, reader: Reader) -> None:
        reader.channel.basic_cancel("reader")

    @rule(reader=consumes(readers))
    def lose(self, reader: Reader) -> None:
        self.alive.remove(reader)
        reader.connection.close()

    @precondition(lambda self: self.owed)
    @rule(name=st.sampled_from(sorted(QUEUES)))
    def purge(self, name: str) -> None:
        self.channel.queue_purge(name)
        held = {letter for reader in self.alive if reader.queue == name for letter in reader.held.values()}
        for letter, queues in self.owed.items():
            if letter not in held:
                queues.discard(name)

    @invariant()
    def every_copy_is_in_one_place(self) -> None:
        for reader in self.alive:
            drain(reader.connection)
        for name in QUEUES:
            held = [letter for reader in self.alive if reader.queue == name for letter in reader.held.values()]
            waiting = self.channel.queue_declare(name, passive=True).message_count
            owed = [letter for letter, queues in self.owed.items() if name in queues]
            assert len(held) == len(set(held))
            assert set(held) <= set(owed)
            assert len(held) + waiting == len(owed)

    @invariant()
    def a_confirm_means_that_every_copy_is_settled(self) -> None:
        drain(self.publisher)
        assert self.confirmed == {letter for letter, queues in self.owed.items() if not queues}

    @invariant()
    def nobody_holds_more_than_its_prefetch(self) -> None:
        assert all(len(reader.held) <= reader.prefetch for reader in self.alive if reader.prefetch)

    def teardown(self) -> None:
        for reader in self.alive:
            reader.connection.close()
        self.publisher.close()


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(max_examples=60, stateful_step_count=MOST_STEPS, deadline=None)
