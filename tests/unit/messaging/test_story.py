from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from shared.events.envelope import Envelope
from shared.messaging.aggregates import collection_of
from shared.messaging.consuming.held import HELD, MARKS, HeldMessages, Marks
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.story import Archive, tell
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.streams import an_envelope

CASES = collection_of("cases")
SECONDS = timedelta(seconds=1)


@dataclass(kw_only=True)
class Stores:
    """One service's stores, filled by hand."""

    name: str
    streams: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    clock: FixedClock = field(default_factory=FixedClock)
    held_documents: InMemoryDocuments = field(default_factory=lambda: InMemoryDocuments(HELD))
    mark_documents: InMemoryDocuments = field(default_factory=lambda: InMemoryDocuments(MARKS))
    cases: InMemoryDocuments = field(default_factory=lambda: InMemoryDocuments(CASES))

    def __post_init__(self) -> None:
        self.log = EventLog(documents=InMemoryDocuments(EVENT_LOG), clock=self.clock)
        self.held = HeldMessages(documents=self.held_documents, clock=self.clock)

    def tells(self, *envelopes: Envelope) -> None:
        self.log.append([envelope.as_json() for envelope in envelopes])

    def has_settled(self, envelope: Envelope) -> None:
        marks = Marks(self.mark_documents)
        marks.advance(envelope.partitionkey, envelope.sequence)
        marks.flush()

    def has_written(self, envelope: Envelope) -> None:
        """Written with its record, and not published."""
        self.cases.insert(
            {
                "_id": envelope.subject,
                "version": 1,
                "council_id": "cheshire-east",
                "outbox": [envelope.as_json()],
                "outbox_due": envelope.time,
            }
        )

    def archive(self) -> Archive:
        return Archive(
            service=self.name,
            streams=self.streams,
            handles=frozenset(self.handles),
            event_log=self.log,
            held=self.held_documents,
            marks=self.mark_documents,
            outboxes=(self.cases,),
        )


@pytest.fixture
def referrals() -> Stores:
    return Stores(name="referrals", streams=("referral",))


@pytest.fixture
def ledger() -> Stores:
    return Stores(name="ledger", streams=("fund",), handles=("referral",))


def allocated(sequence: int, **given: Any) -> Envelope:
    values = {"time": A_MONDAY_MORNING + sequence * SECONDS, "actorid": "worker-7", **given}
    return an_envelope(sequence, **values)


def opened(cause: Envelope, *, seconds: int = 5) -> Envelope:
    """What the ledger told because of it."""
    return an_envelope(
        1,
        subject="fund-1",
        type="fund.opened",
        source="/services/ledger",
        partitionkey="fund:fund-1",
        causationid=cause.id,
        time=cause.time + seconds * SECONDS,
        id="event-of-the-fund",
    )


def told(id: str, *stores: Stores) -> list[tuple[str, str, str]]:
    """Each line as service, what, and the event's type."""
    rows = [line.as_row() for line in tell(id, [each.archive() for each in stores])]
    return [(row["service"], row["what"], row["type"]) for row in rows]


def rows(id: str, *stores: Stores) -> list[dict[str, Any]]:
    return [line.as_row() for line in tell(id, [each.archive() for each in stores])]


def test_a_story_is_told_from_what_set_it_off_to_its_last_effect(referrals: Stores, ledger: Stores):
    event = allocated(1)
    referrals.tells(event)
    ledger.has_settled(event)
    ledger.tells(opened(event))

    assert told("cor-1", referrals, ledger) == [
        ("referrals", "command", ""),
        ("referrals", "event", "referral.allocated"),
        ("ledger", "settled", "referral.allocated"),
        ("ledger", "event", "fund.opened"),
    ]


def test_the_time_of_an_effect_is_that_of_the_first_event_it_told(referrals: Stores, ledger: Stores):
    event = allocated(1)
    referrals.tells(event)
    ledger.has_settled(event)
    ledger.tells(opened(event, seconds=5))

    [settled] = [row for row in rows("cor-1", referrals, ledger) if row["what"] == "settled"]

    assert settled["time"] == opened(event).as_json()["time"]


@pytest.mark.parametrize(
    ("actor", "what"),
    [("worker-7", "command"), ("council:cheshire-east", "message"), ("schedule:clocks", "due work"), ("", "command")],
)
def test_what_set_it_off_is_told_by_who_did(referrals: Stores, actor: str, what: str):
    referrals.tells(allocated(1, actorid=actor, causationid="the-cause"))

    first = rows("cor-1", referrals)[0]

    assert (first["what"], first["id"], first["actor"]) == (what, "the-cause", actor)


@pytest.mark.parametrize("id", ["cor-1", "ref-1", "referral:ref-1:0000000001", allocated(1).id])
def test_a_story_is_found_by_correlation_event_record_and_held_message(referrals: Stores, ledger: Stores, id: str):
    referrals.tells(allocated(1))
    ledger.held.hold(allocated(1), "parked", detail="failed: KeyError", due_at=None, attempts=5)

    assert told(id, referrals, ledger) == [
        ("referrals", "command", ""),
        ("referrals", "event", "referral.allocated"),
        ("ledger", "held", "referral.allocated"),
    ]


def test_of_a_record_every_story_it_is_in_is_told(referrals: Stores):
    referrals.tells(
        allocated(1), allocated(2, correlationid="cor-2"), allocated(1, subject="ref-2", correlationid="c3")
    )

    assert {row["correlation_id"] for row in rows("ref-1", referrals)} == {"cor-1", "cor-2"}


def test_a_held_event_is_told_with_why_and_until_when(referrals: Stores, ledger: Stores):
    referrals.tells(allocated(1))
    due_at = A_MONDAY_MORNING + timedelta(minutes=1)
    ledger.held.hold(allocated(1), "retry", detail="failed: KeyError", due_at=due_at, attempts=1)

    held = rows("cor-1", referrals, ledger)[-1]

    assert held["what"] == "held"
    assert held["detail"] == f"retry: failed: KeyError, tried again at {due_at.isoformat(timespec='seconds')}"


def test_an_event_that_was_held_and_then_applied_says_so(referrals: Stores, ledger: Stores):
    referrals.tells(allocated(1))
    ledger.held.hold(allocated(1), "retry", detail="failed: KeyError", due_at=None, attempts=2)
    held = ledger.held.open("referral:ref-1:0000000001")
    ledger.has_settled(allocated(1))
    ledger.clock.advance(timedelta(hours=1))
    ledger.held.settle(held)

    settled = rows("cor-1", referrals, ledger)[-1]

    assert (settled["what"], settled["detail"]) == ("settled", "after it was held, 2 attempts")
    assert settled["time"].startswith((A_MONDAY_MORNING + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"))


def test_a_discarded_event_says_who_gave_it_up_and_why(referrals: Stores, ledger: Stores):
    referrals.tells(allocated(1))
    ledger.held.hold(allocated(1), "parked", detail="x", due_at=None)
    ledger.held.discard("referral:ref-1:0000000001", reason="sent for a test", actor_id="ops-1")

    last = rows("cor-1", referrals, ledger)[-1]

    assert (last["what"], last["detail"]) == ("discarded", "discarded by ops-1: sent for a test")


def test_what_a_reader_has_not_had_yet_and_what_nobody_has_published_is_told(referrals: Stores, ledger: Stores):
    referrals.tells(allocated(1))
    referrals.has_written(allocated(2))

    assert told("cor-1", referrals, ledger) == [
        ("referrals", "command", ""),
        ("referrals", "event", "referral.allocated"),
        ("ledger", "not yet", "referral.allocated"),
        ("referrals", "event not yet published", "referral.allocated"),
        ("ledger", "not yet", "referral.allocated"),
    ]
    assert told("ref-1", referrals, ledger) == told("cor-1", referrals, ledger)


def test_an_event_both_logged_and_still_in_its_outbox_is_told_once(referrals: Stores):
    referrals.tells(allocated(1))
    referrals.has_written(allocated(1))

    assert [what for _, what, _ in told("cor-1", referrals)] == ["command", "event"]


def test_what_a_reader_holds_of_a_story_is_told_even_if_no_publisher_knows_it(referrals: Stores, ledger: Stores):
    ledger.held.hold(allocated(1, type="referral.teleported"), "parked", detail="unknown-event-type: x", due_at=None)

    assert told("cor-1", referrals, ledger) == [("ledger", "held", "referral.teleported")]


def test_services_that_do_not_read_a_stream_are_left_out(referrals: Stores):
    referrals.tells(allocated(1))
    safeguarding = Stores(name="safeguarding", handles=("concern",))

    assert {service for service, _, _ in told("cor-1", referrals, safeguarding)} == {"referrals"}


def test_nothing_that_an_event_says_is_told(referrals: Stores, ledger: Stores):
    event = allocated(1, data={"referral_id": "ref-1", "person_id": "per-1", "worker_id": "Alex Example"})
    referrals.tells(event)
    ledger.held.hold(event, "parked", detail="failed: KeyError", due_at=None)

    assert "Alex" not in json.dumps(rows("cor-1", referrals, ledger))


def test_of_an_id_that_nobody_knows_nothing_is_told(referrals: Stores, ledger: Stores):
    referrals.tells(allocated(1))

    assert rows("never-happened", referrals, ledger) == []
