"""What operators do with held messages: find them, have them tried again in order, edit one as a copy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.errors import Conflict, Invalid, NotFound
from shared.messaging.consuming.held import HELD, HeldMessages, envelope_of
from shared.messaging.consuming.tending import EVERY_HELD, Tending, Wanted, content_of, held_line
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.streams import a_delivery, an_envelope
from tests.unit.messaging.test_consumer import Reader

FIRST = "referral:ref-1:0000000001"
RIGHT = {"referral_id": "ref-1", "person_id": "per-1", "worker_id": "w-7"}


class Desk:
    """Held messages and what operators do with them, over memory."""

    def __init__(self, reader: Reader | None = None) -> None:
        self.reader = reader or Reader()
        self.clock: FixedClock = self.reader.clock
        self.documents: InMemoryDocuments = self.reader.held_documents
        self.held: HeldMessages = self.reader.held
        self.tending = Tending(held=self.held, documents=self.documents, clock=self.clock)

    def hold(self, sequence: int, subject: str = "ref-1", *, reason: str = "parked", **given: str) -> None:
        self.held.hold(an_envelope(sequence, subject, **given), reason, detail="why", due_at=None)

    def found(self, **wanted: object) -> list[str]:
        page = self.tending.page(Wanted(**wanted), limit=100)
        return [held["_id"].removeprefix("referral:") for held in page.items]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_messages_are_found_by_reason_type_record_and_age_the_oldest_first(desk):
    desk.hold(2, reason="retry")
    desk.clock.advance(timedelta(minutes=10))
    desk.hold(1, type="referral.accepted")
    desk.hold(1, "ref-2")

    assert desk.found() == ["ref-1:0000000002", "ref-1:0000000001", "ref-2:0000000001"]
    assert desk.found(reason="retry") == ["ref-1:0000000002"]
    assert desk.found(type="referral.accepted") == ["ref-1:0000000001"]
    assert desk.found(stream_key="referral:ref-2") == ["ref-2:0000000001"]
    assert desk.found(held_until=desk.clock.now() - timedelta(minutes=5)) == ["ref-1:0000000002"]
    assert desk.found(reason="gap") == []


def test_those_given_up_are_found_with_who_and_when(desk):
    desk.hold(1)
    desk.held.discard(FIRST, reason="sent in error", actor_id="ops-1")

    assert desk.found() == []
    [line] = [held_line(held) for held in desk.tending.page(Wanted(state="discarded"), limit=10).items]
    assert (line["ended_by"], line["ended_at"]) == ("ops-1", A_MONDAY_MORNING.isoformat())
    assert line["detail"] == "discarded by ops-1: sent in error"


def test_the_age_of_the_oldest_is_told_and_nothing_when_none_is_held(desk):
    assert desk.tending.oldest_seconds() is None

    desk.hold(1)
    desk.clock.advance(timedelta(seconds=90))
    desk.hold(2)

    assert desk.tending.oldest_seconds() == 90


def test_all_of_a_record_are_tried_again_in_order(desk):
    desk.reader.failures["ref-1", 1] = [Invalid("not yet")]
    desk.reader.receive(1, 2, 3)
    desk.reader.receive()
    assert desk.reader.applied == []

    assert desk.tending.make_all_due(Wanted(stream_key="referral:ref-1")) == 3
    desk.reader.later(0)

    assert desk.reader.applied == [1, 2, 3]
    assert desk.reader.reasons() == {}


def test_all_of_a_type_are_tried_again_and_no_others(desk):
    for subject in ("ref-1", "ref-2"):
        desk.reader.failures[subject, 1] = [Invalid("not yet")]
        desk.reader.consumer.receive(a_delivery(an_envelope(1, subject)))
    desk.hold(1, "ref-3", type="referral.accepted")

    assert desk.tending.make_all_due(Wanted(type="referral.allocated")) == 2
    desk.reader.later(0)

    assert desk.reader.applied == [1, 1]
    assert desk.found() == ["ref-3:0000000001"]


def test_what_was_given_up_or_cannot_be_read_is_not_tried_again(desk):
    desk.hold(1)
    desk.held.discard(FIRST, reason="sent in error", actor_id="ops-1")
    desk.held.park_unreadable(a_delivery(an_envelope(1), body=b"{"), detail="bad")

    assert desk.tending.make_all_due(Wanted(state="discarded")) == 0
    assert desk.tending.make_all_due(EVERY_HELD) == 0


def test_an_edited_copy_takes_the_place_of_the_original_which_is_kept_with_who_and_why(desk):
    desk.hold(1, data={"referral_id": "ref-1"})

    desk.tending.edit(FIRST, RIGHT, reason="the worker was missing", actor_id="ops-1")

    held = desk.held.open(FIRST)
    assert envelope_of(held) == an_envelope(1, data=RIGHT)
    [original] = content_of(held)["originals"]
    assert original["envelope"] == an_envelope(1, data={"referral_id": "ref-1"}).as_json()
    assert (original["state"], original["replaced_by"], original["why"], original["replaced_at"]) == (
        "replaced",
        "ops-1",
        "the worker was missing",
        A_MONDAY_MORNING.isoformat(),
    )


def test_an_edited_message_is_applied_as_edited_and_the_record_says_so(desk):
    desk.reader.failures["ref-1", 1] = [Invalid("the worker is missing")]
    desk.reader.receive(1, 2)
    before = desk.held.open(FIRST)
    desk.tending.edit(FIRST, RIGHT, reason="it was missing", actor_id="ops-1")

    desk.reader.consumer.replay(before)

    assert desk.reader.applied_data["ref-1", 1] == RIGHT
    assert desk.reader.applied == [1, 2]
    ended = desk.held.look(FIRST)
    assert (ended["state"], ended["applied_edition"]) == ("settled", 1)


@pytest.mark.parametrize(
    "data",
    [{}, RIGHT | {"worker_id": 7}, {"referral_id": "ref-1"}],
    ids=["nothing", "a number for a text", "fields missing"],
)
def test_an_edit_that_the_types_schema_refuses_changes_nothing(desk, data):
    desk.hold(1)
    before = desk.documents.get(FIRST)

    with pytest.raises(Invalid):
        desk.tending.edit(FIRST, data, reason="try", actor_id="ops-1")

    assert desk.documents.get(FIRST) == before


def test_an_edit_never_leads_the_event_to_another_record(desk):
    desk.hold(1, data=RIGHT | {"worker_id": "ref-1"})

    for other in (RIGHT | {"referral_id": "ref-2", "worker_id": "ref-1"}, RIGHT | {"worker_id": "ref-2"}):
        with pytest.raises(Invalid, match="names the record, ref-1"):
            desk.tending.edit(FIRST, other, reason="try", actor_id="ops-1")


def test_an_edit_of_a_type_that_nobody_knows_is_refused(desk):
    desk.hold(1, type="referral.vanished")

    with pytest.raises(Invalid):
        desk.tending.edit(FIRST, RIGHT, reason="try", actor_id="ops-1")


def test_only_what_is_held_and_could_be_read_is_edited(desk):
    unreadable = desk.held.park_unreadable(a_delivery(an_envelope(1), body=b"{"), detail="bad")
    desk.hold(1)
    desk.held.discard(FIRST, reason="wrong", actor_id="ops-1")

    with pytest.raises(Conflict):
        desk.tending.edit(unreadable, RIGHT, reason="try", actor_id="ops-1")
    with pytest.raises(Conflict):
        desk.tending.edit(FIRST, RIGHT, reason="try", actor_id="ops-1")
    with pytest.raises(NotFound):
        desk.tending.edit("referral:ref-9:0000000001", RIGHT, reason="try", actor_id="ops-1")


def test_an_edit_that_meets_another_change_is_refused_rather_than_mixed_with_it(desk):
    desk.hold(1)
    desk.documents.before_next_write(lambda: desk.held.discard(FIRST, reason="wrong", actor_id="ops-2"))

    with pytest.raises(Conflict, match="look again"):
        desk.tending.edit(FIRST, RIGHT, reason="try", actor_id="ops-1")

    assert desk.held.look(FIRST)["state"] == "discarded"


def test_editing_twice_keeps_both_originals_in_order(desk):
    desk.hold(1, data={"referral_id": "first"})
    desk.tending.edit(FIRST, RIGHT | {"worker_id": "w-8"}, reason="one", actor_id="ops-1")
    desk.tending.edit(FIRST, RIGHT, reason="two", actor_id="ops-2")

    originals = content_of(desk.held.open(FIRST))["originals"]
    assert [original["why"] for original in originals] == ["one", "two"]
    assert [original["envelope"]["data"].get("worker_id") for original in originals] == [None, "w-8"]
    assert desk.documents.collection == HELD
