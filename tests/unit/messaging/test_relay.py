from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from shared.events.intake import RESULT
from shared.events.referrals import REFERRAL
from shared.messaging.broker.topology import ServiceDeclaration, build
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.publishing.outbox import GRACE
from shared.messaging.publishing.pending import Waiting
from shared.messaging.publishing.publisher import Confirmation, NotPublished
from shared.messaging.publishing.relay import Relay
from shared.store.documents import Document, StoreAway
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.streams import an_envelope
from tests.unit.messaging.test_aggregates import COLLECTION

CLAIM_SECONDS = 10
WAITING = Waiting(collection="cases", id="case-1")


class Broker:
    """Takes what is published, and refuses from a given message on."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.refuse_after: int | None = None
        self.refuse_only: int | None = None
        self.lost_after: int | None = None
        self.confirms_when = 1
        self.unconfirmed: list[Confirmation] = []
        self.before_confirm = lambda: None

    def publish(self, *, exchange, routing_key, body, headers, message_id) -> Confirmation:
        confirmation = Confirmation(timeout=1)
        if self.lost_after is not None and len(self.taken) >= self.lost_after:
            raise NotPublished("connection lost")
        if self.refuse_after is not None and len(self.taken) >= self.refuse_after:
            confirmation.settle("refused by the broker")
            return confirmation
        self.taken.append((routing_key, message_id))
        self.before_confirm()
        if len(self.taken) == self.refuse_only:
            confirmation.settle("refused by the broker")
        self.unconfirmed.append(confirmation)
        if len(self.unconfirmed) >= self.confirms_when:
            for waiting in self.unconfirmed:
                waiting.settle()
        return confirmation


class Publishing:
    def __init__(self, *, readers: tuple = (REFERRAL,)) -> None:
        self.clock = FixedClock()
        self.documents = InMemoryDocuments(COLLECTION)
        self.log = EventLog(documents=InMemoryDocuments(EVENT_LOG), clock=self.clock)
        self.broker = Broker()
        services = (
            ServiceDeclaration(name="referrals", publishes=(REFERRAL, RESULT), handles=()),
            ServiceDeclaration(name="ledger", publishes=(), handles=readers),
        )
        self.relay = Relay(
            collections={"cases": self.documents},
            event_log=self.log,
            publisher=self.broker,
            topology=build(services, ("cheshire-east",)),
            clock=self.clock,
            claim_seconds=CLAIM_SECONDS,
            followers={"cases": self.follow},
        )
        self.followed: list[tuple[str, int]] = []
        self.follower_is_away = False

    def follow(self, documents: Sequence[Document]) -> None:
        if self.follower_is_away:
            raise StoreAway("away")
        self.followed += [(document["_id"], len(self.broker.taken)) for document in documents]

    def put(self, *sequences: int) -> None:
        self.put_another("case-1", "ref-1", *sequences)

    def put_another(self, id: str, subject: str, *sequences: int) -> None:
        self.documents.insert(
            {
                "_id": id,
                "version": 1,
                "outbox": [an_envelope(n, subject).as_json() for n in sequences],
                "outbox_due": self.clock.now() + GRACE,
            }
        )

    def left(self, id: str = "case-1") -> list[int]:
        document = self.documents.get(id)
        assert document is not None
        return [event["sequence"] for event in document["outbox"]]

    def logged(self) -> list[int]:
        return [e.sequence for e in self.log.of_stream("referral", "ref-1", first=1, last=99)]


@pytest.fixture
def publishing() -> Publishing:
    publishing = Publishing()
    publishing.put(1, 2, 3)
    return publishing


def test_events_go_out_in_order_and_leave_the_outbox_for_the_log(publishing):
    assert publishing.relay.relay([WAITING]) == 3

    assert [key.rpartition(".")[0] for key, _ in publishing.broker.taken] == ["referral.referral.allocated"] * 3
    assert [id for _, id in publishing.broker.taken] == [an_envelope(n).id for n in (1, 2, 3)]
    assert publishing.left() == []
    assert publishing.logged() == [1, 2, 3]
    assert publishing.documents.get("case-1")["outbox_due"] is None


def test_what_the_broker_refuses_stays_in_the_outbox_in_order(publishing):
    publishing.broker.refuse_after = 1

    with pytest.raises(NotPublished):
        publishing.relay.relay([WAITING])

    assert publishing.left() == [2, 3]
    publishing.broker.refuse_after = None
    publishing.relay.relay([WAITING])
    assert [id for _, id in publishing.broker.taken] == [an_envelope(n).id for n in (1, 2, 3)]


def test_publishing_again_after_a_crash_logs_each_event_once(publishing):
    publishing.documents.interrupt_next_write("before")
    with pytest.raises(StoreAway):
        publishing.relay.relay([WAITING])

    publishing.relay.relay([WAITING])

    assert publishing.logged() == [1, 2, 3]
    assert publishing.left() == []


def test_an_event_written_meanwhile_is_not_lost(publishing):
    def write_another() -> None:
        publishing.broker.before_confirm = lambda: None
        document = publishing.documents.get("case-1")
        document["outbox"].append(an_envelope(4).as_json())
        publishing.documents.replace(document | {"version": 2}, version=1)

    publishing.broker.before_confirm = write_another

    publishing.relay.relay([WAITING])

    assert publishing.left() == [4]


def test_an_event_that_nobody_reads_is_only_logged():
    publishing = Publishing(readers=())
    publishing.put(1)

    publishing.relay.relay([WAITING])

    assert publishing.broker.taken == []
    assert publishing.logged() == [1]


def test_another_relay_takes_over_only_when_the_writer_has_had_its_time(publishing):
    assert publishing.relay.claim_due() == []

    publishing.clock.advance(GRACE + timedelta(seconds=1))

    assert publishing.relay.claim_due() == [WAITING]
    assert publishing.relay.claim_due() == [], "claimed once, it is left alone meanwhile"


def test_what_a_relay_claimed_and_died_with_is_left_alone_for_one_claim_only(publishing):
    publishing.clock.advance(GRACE)
    assert publishing.relay.claim_due() == [WAITING]

    publishing.clock.advance(timedelta(seconds=CLAIM_SECONDS))

    assert publishing.relay.claim_due() == [WAITING]


def test_a_claim_by_a_clock_gone_wrong_binds_nobody(publishing):
    publishing.clock.advance(timedelta(minutes=5))
    assert publishing.relay.claim_due() == [WAITING]
    publishing.clock.advance(-timedelta(minutes=5))

    assert publishing.relay.claim_due() == [WAITING]
    assert publishing.relay.claim_due() == [], "the new claim holds"


def test_a_claim_by_a_clock_a_little_ahead_holds(publishing):
    publishing.clock.advance(timedelta(seconds=CLAIM_SECONDS))
    assert publishing.relay.claim_due() == [WAITING]
    publishing.clock.advance(-timedelta(seconds=CLAIM_SECONDS - 1))

    assert publishing.relay.claim_due() == []


def test_who_is_alone_takes_up_what_was_left_behind_whether_or_not_it_is_claimed(publishing):
    publishing.clock.advance(GRACE)
    publishing.relay.claim_due()
    publishing.put_another("case-2", "ref-2", 1)

    found = list(publishing.relay.left_behind())

    assert found == [Waiting(collection="cases", id="case-2"), WAITING]
    assert publishing.relay.relay(found) == 4
    assert list(publishing.relay.left_behind()) == []


def test_all_events_of_a_record_are_on_their_way_before_the_first_is_confirmed(publishing):
    publishing.broker.confirms_when = 3

    publishing.relay.relay([WAITING])

    assert publishing.left() == []


def test_what_follows_an_event_that_was_not_taken_is_sent_again_after_it(publishing):
    publishing.broker.refuse_only = 2

    with pytest.raises(NotPublished):
        publishing.relay.relay([WAITING])

    assert publishing.left() == [2, 3]


def test_a_connection_lost_half_way_leaves_what_was_not_sent(publishing):
    publishing.broker.lost_after = 2

    with pytest.raises(NotPublished):
        publishing.relay.relay([WAITING])

    assert publishing.left() == [3]


def test_what_is_not_published_counts_as_waiting_from_the_moment_it_is_written(publishing):
    assert publishing.relay.waiting() == 1

    publishing.relay.relay([WAITING])

    assert publishing.relay.waiting() == 0


def test_a_batch_goes_out_whole_and_one_that_has_nothing_left_is_passed_over(publishing):
    publishing.put_another("case-2", "ref-2", 1, 2)
    gone = Waiting(collection="cases", id="case-3")
    other = Waiting(collection="cases", id="case-2")

    assert publishing.relay.relay([WAITING, gone, other]) == 5

    assert publishing.left() == []
    assert publishing.relay.relay([WAITING, gone, other]) == 0


def test_a_refusal_in_a_batch_keeps_nobody_elses_events_back(publishing):
    publishing.put_another("case-2", "ref-2", 1)
    publishing.broker.refuse_only = 2

    with pytest.raises(NotPublished):
        publishing.relay.relay([WAITING, Waiting(collection="cases", id="case-2")])

    assert publishing.left() == [2, 3]
    assert publishing.left("case-2") == []


def test_a_document_at_hand_is_not_looked_up_and_its_outbox_is_emptied_as_it_stands(publishing):
    document = publishing.documents.get("case-1")
    at_hand = Waiting(collection="cases", id="case-1", document=document)
    publishing.documents.replace(document | {"version": 2, "outbox": document["outbox"][1:]}, version=1)

    assert publishing.relay.relay([at_hand]) == 3

    assert publishing.left() == []


def test_a_document_seen_before_its_outbox_was_emptied_is_not_published_again(publishing):
    seen = Waiting(collection="cases", id="case-1", document=publishing.documents.get("case-1"))
    publishing.relay.relay([WAITING])

    assert publishing.relay.relay([seen]) == 0

    assert len(publishing.broker.taken) == 3


def test_the_oldest_waiting_event_is_known(publishing):
    assert publishing.relay.oldest_at() == A_MONDAY_MORNING

    publishing.relay.relay([WAITING])

    assert publishing.relay.oldest_at() is None


def test_a_follower_is_told_of_a_document_before_its_events_go_out() -> None:
    publishing = Publishing()
    publishing.put(1, 2)

    publishing.relay.relay([WAITING])

    assert publishing.followed == [("case-1", 0)]
    assert len(publishing.broker.taken) == 2


def test_an_event_that_a_follower_could_not_take_in_stays_until_it_can() -> None:
    publishing = Publishing()
    publishing.put(1)
    publishing.follower_is_away = True

    with pytest.raises(StoreAway):
        publishing.relay.relay([WAITING])

    assert (publishing.broker.taken, publishing.left()) == ([], [1])
    publishing.follower_is_away = False
    publishing.relay.relay([WAITING])
    assert (len(publishing.followed), publishing.left()) == (1, [])
