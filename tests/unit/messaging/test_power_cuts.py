"""When the power goes, a store loses what nothing flushed; what was acknowledged is neither lost nor done twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import Envelope
from shared.events.intake import RESULT
from shared.events.language import Event
from shared.events.referrals import REFERRAL, ReferralAllocated
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.broker.topology import ServiceDeclaration, build
from shared.messaging.cause import Cause, of_event
from shared.messaging.consuming.consumer import Consumer, ConsumerLimits
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.held import HELD, MARKS, HeldMessages, Marks
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.publishing.pending import Waiting
from shared.messaging.publishing.publisher import Confirmation
from shared.messaging.publishing.relay import Relay
from shared.store.documents import Document
from shared.store.records import dump_record, load_record
from tests.support.clocks import FixedClock
from tests.support.documents import Disk, InMemoryDocuments
from tests.support.setting_aside import SetAside

SUBJECTS = ("ref-1", "ref-2")
CASES, EFFECTS = collection_of("cases"), collection_of("effects")
LIMITS = ConsumerLimits(body_bytes=10_000, retry_after_seconds=(10.0,), gap_check_seconds=5.0)
TOPOLOGY = build(
    (
        ServiceDeclaration(name="referrals", publishes=(REFERRAL, RESULT), handles=()),
        ServiceDeclaration(name="ledger", publishes=(), handles=(REFERRAL,)),
    ),
    ("cheshire-east",),
)


@dataclass(frozen=True, kw_only=True)
class Count:
    times: int = 0


COUNT = Kind(name="count", dump=dump_record, load=lambda state: load_record(Count, state))


def once_more(count: Count) -> Decision[Count]:
    return Decision(state=Count(times=count.times + 1))


class Teller:
    """A service that commands change, its relay, and its disk."""

    def __init__(self, queue: list[Delivery]) -> None:
        self._queue = queue
        self.disk = Disk()
        self.documents = InMemoryDocuments(CASES, disk=self.disk)
        self.log = InMemoryDocuments(EVENT_LOG, disk=self.disk)
        self.acknowledged: Counter[str] = Counter()
        self._start()
        for subject in SUBJECTS:
            self._cases.create(subject, Decision(state=Count()), council_id="cheshire-east", cause=self._cause())

    def command(self, subject: str) -> None:
        def decide(count: Count) -> Decision[Count]:
            event = ReferralAllocated(referral_id=subject, person_id="per-1", worker_id=f"w-{count.times}")
            return Decision(state=Count(times=count.times + 1), events=[event])

        self._cases.change(subject, decide, cause=self._cause())
        self.acknowledged[subject] += 1

    def relay(self) -> None:
        self._relay.relay([Waiting(collection="cases", id=subject) for subject in SUBJECTS])

    def lose_power(self) -> None:
        self.disk.cut_power()
        self._start()

    def publish(
        self, *, exchange: str, routing_key: str, body: bytes, headers: Mapping[str, Any], message_id: str
    ) -> Confirmation:
        self._queue.append(
            Delivery(
                body=body,
                headers=headers,
                content_type="application/json",
                message_id=message_id,
                user_id=None,
                routing_key=routing_key,
                exchange=exchange,
                redelivered=False,
                delivery_tag=1,
            )
        )
        confirmation = Confirmation(timeout=1)
        confirmation.settle()
        return confirmation

    def _start(self) -> None:
        clock = FixedClock()
        self._cases = Aggregates(documents=self.documents, kind=COUNT, clock=clock, nudge=lambda _: None)
        self._relay = Relay(
            collections={"cases": self.documents},
            event_log=EventLog(documents=self.log, clock=clock),
            publisher=self,
            topology=TOPOLOGY,
            clock=clock,
            claim_seconds=5,
        )

    @staticmethod
    def _cause() -> Cause:
        return Cause(actor_id="adviser-1", correlation_id="cor-1", causation_id="cause-1")


class Applier:
    """A service whose handler counts events, and its disk. The broker keeps what it has not acknowledged."""

    def __init__(self, queue: list[Delivery]) -> None:
        self._queue = queue
        self.disk = Disk()
        self.effects = InMemoryDocuments(EFFECTS, disk=self.disk)
        self._marks = InMemoryDocuments(MARKS, disk=self.disk)
        self._held = InMemoryDocuments(HELD, disk=self.disk)
        self.asked: list[object] = []
        self._start()

    def receive(self) -> None:
        if self._in_hand < len(self._queue):
            self._consumer.receive(self._queue[self._in_hand])
            self._in_hand += 1

    def settle(self) -> None:
        self._consumer.settle()
        del self._queue[: self._in_hand]
        self._in_hand = 0

    def lose_power(self) -> None:
        self.disk.cut_power()
        self._start()

    def times(self, subject: str) -> int:
        stored = self.effects.get(subject)
        return stored["state"]["times"] if stored else 0

    def _start(self) -> None:
        clock = FixedClock()
        counts = Aggregates(documents=self.effects, kind=COUNT, clock=clock, nudge=lambda _: None)

        def apply(_event: Event, envelope: Envelope) -> None:
            cause, subject = of_event(envelope), envelope.subject
            if self.effects.get(subject) is None:
                counts.create(subject, once_more(Count()), council_id="cheshire-east", cause=cause)
            else:
                counts.change(subject, once_more, cause=cause)

        held = HeldMessages(documents=self._held, clock=clock)
        self._in_hand = 0
        self._consumer = Consumer(
            marks=Marks(self._marks),
            held=held,
            asides=SetAside(held=held).asides,
            apply=apply,
            request_replay=self.asked.append,
            clock=clock,
            limits=LIMITS,
        )


STEPS = ("command ref-1", "command ref-2", "relay", "receive", "settle", "teller's power", "applier's power")


@given(steps=st.lists(st.sampled_from(STEPS), max_size=60))
def test_what_was_acknowledged_has_its_effect_once_whenever_the_power_goes(steps: list[str]) -> None:
    queue: list[Delivery] = []
    teller, applier = Teller(queue), Applier(queue)
    does = {
        "command ref-1": lambda: teller.command("ref-1"),
        "command ref-2": lambda: teller.command("ref-2"),
        "relay": teller.relay,
        "receive": applier.receive,
        "settle": applier.settle,
        "teller's power": teller.lose_power,
        "applier's power": applier.lose_power,
    }
    for step in steps:
        does[step]()
    teller.lose_power()
    applier.lose_power()
    teller.relay()
    while queue:
        applier.receive()
        applier.settle()

    assert {subject: applier.times(subject) for subject in SUBJECTS} == {s: teller.acknowledged[s] for s in SUBJECTS}
    assert len(teller.log.by_id) == sum(teller.acknowledged.values())
    assert applier.asked == []


def test_an_effect_is_lost_with_its_mark_before_it_is_acknowledged_and_kept_after() -> None:
    queue: list[Delivery] = []
    teller, applier = Teller(queue), Applier(queue)
    teller.command("ref-1")
    teller.relay()

    applier.receive()
    applier.lose_power()
    assert (applier.times("ref-1"), len(queue)) == (0, 1)
    applier.receive()
    applier.settle()
    applier.lose_power()
    assert (applier.times("ref-1"), len(queue)) == (1, 0)


def test_what_is_told_on_is_safe_before_it_is_told() -> None:
    writes: list[tuple[str, bool]] = []

    class Noting(InMemoryDocuments):
        def insert(self, document: Document, *, lazily: bool = False) -> None:
            writes.append(("insert", lazily))
            super().insert(document, lazily=lazily)

        def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
            writes.append(("replace", lazily))
            super().replace(document, version=version, lazily=lazily)

    counts = Aggregates(documents=Noting(CASES), kind=COUNT, clock=FixedClock(), nudge=lambda _: None)
    event = ReferralAllocated(referral_id="ref-1", person_id="per-1", worker_id="w-1")
    by_event = Cause(
        actor_id="a", correlation_id="c", causation_id="e", incoming=("referral:ref-1", 1), comes_again=True
    )
    later = Cause(actor_id="a", correlation_id="c", causation_id="e", incoming=("referral:ref-1", 2), comes_again=True)
    by_command = Cause(actor_id="a", correlation_id="c", causation_id="k")
    counts.create("told", Decision(state=Count(), events=[event]), council_id="cheshire-east", cause=by_event)
    counts.create("silent", Decision(state=Count()), council_id="cheshire-east", cause=by_event)
    counts.change("silent", once_more, cause=by_command)
    counts.change("silent", once_more, cause=later)

    assert writes == [("insert", False), ("insert", True), ("replace", False), ("replace", True)]


@pytest.mark.parametrize("never_flushed", ["insert_many", "replace"])
def test_without_the_flush_of_marks_or_of_commands_something_is_lost(
    monkeypatch: pytest.MonkeyPatch, never_flushed: str
) -> None:
    plain = getattr(InMemoryDocuments, never_flushed)

    def lazily(self: InMemoryDocuments, *given: object, **options: object) -> object:
        return plain(self, *given, **{**options, "lazily": True})

    monkeypatch.setattr(InMemoryDocuments, never_flushed, lazily)
    queue: list[Delivery] = []
    teller, applier = Teller(queue), Applier(queue)
    teller.command("ref-1")
    teller.lose_power()
    teller.relay()
    applier.receive()
    applier.settle()
    applier.lose_power()

    assert (teller.acknowledged["ref-1"], applier.times("ref-1"), queue) == (1, 0, [])
