from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.errors import Invalid, NotFound
from shared.messaging.consuming.consumer import Consumer, ConsumerLimits, ReplayRequest
from shared.messaging.consuming.held import HELD, HELD_DUE, MARKS, HeldMessages, Marks
from shared.messaging.scheduling import DueWork
from shared.store.documents import StoreAway
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments
from tests.support.scheduling import a_scheduler
from tests.support.setting_aside import SetAside
from tests.unit.messaging.streams import a_delivery, an_envelope

LIMITS = ConsumerLimits(body_bytes=10_000, retry_after_seconds=(10.0, 60.0), gap_check_seconds=5.0)


class Reader:
    """A consumer with a handler that notes what it applied and fails as it is told."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.held_documents = InMemoryDocuments(HELD)
        self.held = HeldMessages(documents=self.held_documents, clock=self.clock)
        self.asides = SetAside(held=self.held)
        self.mark_documents = InMemoryDocuments(MARKS)
        self.marks = Marks(self.mark_documents)
        self.applied: list[int] = []
        self.applied_data: dict[tuple[str, int], dict] = {}
        self.failures: dict[tuple[str, int], list[Exception]] = {}
        self.asked: list[ReplayRequest] = []
        self.consumer = Consumer(
            marks=self.marks,
            held=self.held,
            asides=self.asides.asides,
            apply=self._apply,
            request_replay=self.asked.append,
            clock=self.clock,
            limits=LIMITS,
        )

    def _apply(self, event, envelope) -> None:
        failures = self.failures.get((envelope.subject, envelope.sequence), [])
        if failures:
            raise failures.pop(0)
        self.applied.append(envelope.sequence)
        self.applied_data[envelope.subject, envelope.sequence] = event.as_data()

    def receive(self, *sequences: int) -> None:
        for sequence in sequences:
            self.consumer.receive(a_delivery(an_envelope(sequence)))
        self.consumer.settle()

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        a_scheduler(self.clock).sweep(
            DueWork(
                due=HELD_DUE,
                documents=self.held_documents,
                do=self.consumer.retry,
                may_be_any=self.consumer.may_hold_any,
            )
        )

    def reasons(self) -> dict[str, int]:
        return self.held.counts()


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_events_are_applied_in_order_and_the_mark_moves_with_them(reader):
    reader.receive(1, 2, 3)

    assert reader.applied == [1, 2, 3]
    assert Marks(reader.mark_documents).get("referral:ref-1") == 3


def test_what_was_applied_but_not_yet_settled_is_known_here_and_comes_again_elsewhere(reader):
    for sequence in (1, 2, 2):
        reader.consumer.receive(a_delivery(an_envelope(sequence)))

    assert reader.applied == [1, 2]
    assert Marks(reader.mark_documents).get("referral:ref-1") == 0
    reader.consumer.settle()
    assert Marks(reader.mark_documents).get("referral:ref-1") == 2


def test_many_streams_are_settled_in_one_step_and_what_fails_is_settled_the_next_time(reader):
    for subject in ("ref-1", "ref-2", "ref-3"):
        reader.consumer.receive(a_delivery(an_envelope(1, subject)))
    reader.mark_documents.interrupt_next_write("after")

    with pytest.raises(StoreAway):
        reader.consumer.settle()
    reader.consumer.settle()

    stored = Marks(reader.mark_documents)
    assert [stored.get(f"referral:{subject}") for subject in ("ref-1", "ref-2", "ref-3")] == [1, 1, 1]


def test_a_duplicate_has_no_second_effect(reader):
    reader.receive(1, 1, 2, 1, 2)

    assert reader.applied == [1, 2]


def test_a_later_event_waits_for_the_missing_one_which_is_asked_for(reader):
    reader.receive(1, 3)

    assert reader.applied == [1]
    assert reader.reasons() == {"gap": 1}
    assert reader.asked == [ReplayRequest(owner="referrals", stream="referral", subject="ref-1", first=2, last=2)]

    reader.receive(2)

    assert reader.applied == [1, 2, 3]
    assert reader.reasons() == {}


def test_a_handler_that_fails_twice_and_then_works_leaves_one_effect_in_order(reader):
    reader.failures["ref-1", 2] = [RuntimeError("first"), RuntimeError("second")]

    reader.receive(1, 2, 3)
    assert reader.applied == [1]
    reader.later(13)
    assert reader.applied == [1]
    reader.later(73)

    assert reader.applied == [1, 2, 3]
    assert reader.reasons() == {}


def test_a_handler_that_always_fails_is_parked_and_holds_up_its_own_stream_only(reader):
    reader.failures["ref-1", 1] = [RuntimeError("always")] * 10

    reader.receive(1, 2)
    for _ in range(5):
        reader.later(100)
    reader.consumer.receive(a_delivery(an_envelope(1, subject="ref-2")))

    assert reader.applied == [1]
    parked = reader.held.at("referral:ref-1", 1)
    assert parked is not None
    assert parked["reason"] == "parked"
    assert reader.reasons() == {"parked": 1, "gap": 1}


def test_a_parked_message_replayed_after_the_fix_lets_the_rest_follow(reader):
    reader.failures["ref-1", 1] = [Invalid("never as it is")]
    reader.receive(1, 2, 3)

    reader.consumer.replay(reader.held.open("referral:ref-1:0000000001"))

    assert reader.applied == [1, 2, 3]
    assert reader.reasons() == {}


def test_a_discarded_message_is_skipped_and_the_rest_follow(reader):
    reader.failures["ref-1", 1] = [Invalid("never")]
    reader.receive(1, 2)

    discarded = reader.held.discard("referral:ref-1:0000000001", reason="sent in error", actor_id="ops-1")
    reader.consumer.skip(discarded)

    assert reader.applied == [2]
    assert "sent in error" in discarded["detail"]


def test_permanent_refusals_are_not_retried_and_others_are(reader):
    reader.failures["ref-2", 1] = [Invalid("malformed")]
    reader.consumer.receive(a_delivery(an_envelope(1, subject="ref-2")))
    reader.failures["ref-1", 1] = [NotFound("not here yet")]
    reader.receive(1)

    assert reader.reasons() == {"parked": 1, "retry": 1}


def test_while_the_store_is_away_the_message_stays_with_the_broker(reader):
    reader.failures["ref-1", 1] = [StoreAway("gone")]

    with pytest.raises(StoreAway):
        reader.receive(1)

    assert reader.applied == []
    reader.receive(1)
    assert reader.applied == [1]


def test_an_unknown_type_is_parked_in_its_place(reader):
    reader.consumer.receive(a_delivery(an_envelope(1, type="referral.teleported")))
    reader.receive(2)

    assert reader.applied == []
    assert reader.reasons() == {"parked": 1, "gap": 1}
    assert reader.held.open("referral:ref-1:0000000001")["detail"].startswith("unknown-event-type: ")


def test_what_is_missing_before_an_unknown_type_is_asked_for_too(reader):
    reader.consumer.receive(a_delivery(an_envelope(3, type="referral.teleported")))

    assert [(asked.owner, asked.first, asked.last) for asked in reader.asked] == [("referrals", 1, 2)]


@pytest.mark.parametrize("version", ["v2", "v0", "next"])
def test_an_unknown_version_is_parked_in_its_place_with_the_reason(reader, version):
    dataschema = f"urn:steward:referrals:referral.allocated/{version}"
    reader.consumer.receive(a_delivery(an_envelope(1, dataschema=dataschema)))
    reader.receive(2)

    assert reader.applied == []
    assert reader.reasons() == {"parked": 1, "gap": 1}
    assert reader.held.open("referral:ref-1:0000000001")["detail"].startswith("unknown-event-version: ")


def test_fields_added_by_a_later_release_are_ignored(reader):
    data = an_envelope(1).data | {"added_later": {"of": ["any", "shape"]}}

    reader.consumer.receive(a_delivery(an_envelope(1, data=data)))

    assert reader.applied == [1]


TOO_LARGE = {"body": json.dumps(an_envelope(1).data | {"padding": "x" * LIMITS.body_bytes}).encode()}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"body": b"\xff\xfe not utf-8"},
        {"body": b"{"},
        {"body": b"[" * 5000},
        {"body": b'{"a": NaN}'},
        TOO_LARGE,
        {"content_type": "application/x-python-serialize"},
        {"headers": {}},
        {"headers": {"ce-id": 5, "nameko.call_id_stack": 5}},
    ],
    ids=["bad utf-8", "bad json", "deep", "nan", "large", "pickle", "no headers", "wrong types"],
)
def test_what_cannot_be_read_is_parked_and_harms_nobody(reader, spoilt):
    reader.consumer.receive(a_delivery(an_envelope(1), **spoilt))
    reader.receive(1)

    assert reader.applied == [1]
    assert reader.reasons() == {"parked": 1}


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 8), min_size=8, max_size=40)
    .map(lambda extra: [*extra, *range(1, 9)])
    .flatmap(st.permutations)
)
def test_whatever_the_order_and_however_often_each_event_is_applied_once_in_order(deliveries):
    reader = Reader()

    reader.receive(*deliveries)

    assert reader.applied == [1, 2, 3, 4, 5, 6, 7, 8]
    assert reader.reasons() == {}
