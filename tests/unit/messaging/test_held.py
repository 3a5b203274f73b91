"""What a consumer sets aside must be kept whatever it holds, and what is done with it must stay done."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.messaging.consuming.held import HELD, HeldMessages, Marks, envelope_of
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.streams import a_delivery, an_envelope
from tests.unit.messaging.test_consumer import Reader

ODD_DATA = [
    {"distance": 1.5},
    {"number": 10**30},
    {"a.b": 1},
    {"$where": 1},
    {"text": "\ud800"},
    {"": None},
    {"deep": json.loads("[" * 200 + "]" * 200)},
]


@pytest.fixture
def held() -> HeldMessages:
    return HeldMessages(documents=InMemoryDocuments(HELD), clock=FixedClock())


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.mark.parametrize("data", ODD_DATA, ids=lambda data: str(data)[:20])
def test_an_event_is_kept_as_it_came_whatever_json_it_holds(held, data):
    envelope = an_envelope(1, data=data)

    held.hold(envelope, "parked", detail="why", due_at=None)

    assert envelope_of(held.open("referral:ref-1:0000000001")) == envelope


@pytest.mark.parametrize("data", ODD_DATA, ids=lambda data: str(data)[:20])
def test_an_event_with_odd_data_is_parked_and_harms_nobody(reader, data):
    reader.failures["ref-1", 1] = [Invalid("not as it is")]

    reader.consumer.receive(a_delivery(an_envelope(1, data=data)))
    reader.consumer.receive(a_delivery(an_envelope(1, subject="ref-2")))

    assert reader.applied == [1]
    assert reader.reasons() == {"parked": 1}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"headers": {"x": "\ud800", "\ud800": 1}},
        {"routing_key": "\ud800", "exchange": "\ud800", "headers": {}},
        {"headers": {"ce-subject": "\ud800"}},
        {"headers": {b"\xff": b"\xff"}},
    ],
    ids=["surrogate header", "surrogate key", "surrogate subject", "bytes"],
)
def test_an_unreadable_message_is_kept_whatever_its_headers_hold(reader, spoilt):
    reader.consumer.receive(a_delivery(an_envelope(1), **spoilt))

    assert reader.reasons() == {"parked": 1}


def test_of_a_huge_message_the_beginning_is_kept_and_how_long_it_was(held):
    body = b"x" * 20_000_000

    held_id = held.park_unreadable(a_delivery(an_envelope(1), body=body), detail="too large")

    kept = held.open(held_id)["raw"]
    assert kept["bytes"] == 20_000_000
    assert len(kept["body"]) < 2_000_000


def test_the_same_unreadable_message_again_is_kept_once(held):
    delivery = a_delivery(an_envelope(1), body=b"{")

    assert held.park_unreadable(delivery, detail="bad") == held.park_unreadable(delivery, detail="bad")

    assert held.counts() == {"parked": 1}


def test_a_message_can_be_discarded_once_with_who_and_why(held):
    held.hold(an_envelope(1), "parked", detail="why", due_at=None)

    discarded = held.discard("referral:ref-1:0000000001", reason="sent in error", actor_id="ops-1")

    assert discarded["detail"] == "discarded by ops-1: sent in error"
    with pytest.raises(Conflict):
        held.discard("referral:ref-1:0000000001", reason="again", actor_id="ops-1")
    with pytest.raises(NotFound):
        held.open("referral:ref-1:0000000002")


def test_a_message_that_waited_in_a_gap_and_was_discarded_is_never_applied(reader):
    reader.failures["ref-1", 1] = [Invalid("never")]
    reader.receive(1, 2, 3)
    reader.consumer.skip(reader.held.discard("referral:ref-1:0000000002", reason="wrong", actor_id="ops-1"))

    reader.consumer.replay(reader.held.open("referral:ref-1:0000000001"))
    reader.receive(2)
    reader.later(6)

    assert reader.applied == [1, 3]
    assert reader.reasons() == {}


def test_a_discard_holds_against_a_sweep_that_had_it_in_hand_already(reader):
    reader.failures["ref-1", 1] = [RuntimeError("once")]
    reader.receive(1)
    reader.clock.advance(timedelta(seconds=20))
    in_hand = reader.held.open("referral:ref-1:0000000001")
    reader.consumer.skip(reader.held.discard(in_hand["_id"], reason="wrong", actor_id="ops-1"))

    reader.consumer.replay(in_hand)

    assert reader.applied == []
    assert reader.held_documents.get(in_hand["_id"])["state"] == "discarded"


def test_a_missing_stretch_is_asked_for_once_and_again_only_after_a_while(reader):
    reader.receive(1, 5, 6, 7, 8)
    assert [(request.first, request.last) for request in reader.asked] == [(2, 4)]

    reader.later(6)

    assert [(request.first, request.last) for request in reader.asked] == [(2, 4), (2, 4)]


def test_a_clock_set_back_does_not_keep_a_stretch_from_being_asked_for(reader):
    reader.receive(1, 5)
    reader.clock.advance(timedelta(days=-30))

    reader.receive(6)

    assert [(request.first, request.last) for request in reader.asked] == [(2, 4), (2, 5)]


def test_the_next_stretch_is_asked_for_as_soon_as_the_first_is_there(reader):
    reader.receive(1, 5)
    reader.receive(2, 3, 4)

    reader.receive(9)

    assert [(request.first, request.last) for request in reader.asked] == [(2, 4), (6, 8)]


def test_a_mark_that_another_process_moved_on_is_looked_at_again_before_a_gap_is_claimed(reader):
    reader.receive(1)
    move(Marks(reader.mark_documents), 4)

    reader.receive(5)

    assert reader.applied == [1, 5]
    assert (reader.asked, reader.reasons()) == ([], {})


def move(marks: Marks, sequence: int) -> None:
    marks.advance("referral:ref-1", sequence)
    marks.flush()


def test_a_mark_never_moves_back(reader):
    first, second = Marks(reader.mark_documents), Marks(reader.mark_documents)
    for sequence in (1, 2):
        move(first, sequence)
    move(second, 7)

    move(first, 3)

    assert (first.get("referral:ref-1"), second.get("referral:ref-1")) == (7, 7)


def test_what_another_process_set_aside_is_heeded_after_the_next_sweep(reader):
    reader.later(1)
    reader.held.hold(an_envelope(2), "gap", detail="held elsewhere", due_at=None)
    reader.held.discard("referral:ref-1:0000000002", reason="wrong", actor_id="ops-1")
    reader.later(1)

    reader.receive(1, 2, 3)

    assert reader.applied == [1, 3]
