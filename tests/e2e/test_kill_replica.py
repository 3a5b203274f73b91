"""On the real engines, with referrals scaled to three: replicas killed with SIGKILL while events come in."""

from __future__ import annotations

import os
import random
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.notifications.store import CONTACTS
from services.referrals.store import REFERRALS
from shared.clock import SystemClock
from shared.events.envelope import stream_key
from shared.messaging.consuming.held import MARKS
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.story import LAST
from shared.samples.client import Client
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE
from shared.store.documents import Store
from shared.store.opening import open_store
from tests.support.asking import answered, is_settled
from tests.support.platforms import Processes, TestIdentity, distributed
from tests.support.waiting import eventually, patience

EVENTS = 300
BATCH = 10
KILLED_IN_BATCHES = (3, 9, 16, 24)
REPLICAS = 3
SETTLED_SECONDS = 90
READ_SECONDS = 120
pytestmark = [pytest.mark.timeout(420), pytest.mark.needs_rabbitmq, pytest.mark.needs_mongodb]


@dataclass(kw_only=True)
class Replicas:
    """The platform's processes, of which one referrals replica after another dies and is started again."""

    processes: Processes
    address: str
    identity: TestIdentity
    kills: int = 0
    draw: random.Random = field(default_factory=lambda: random.Random(20260302))

    def send(self, batch: list[dict[str, Any]], *, kill: bool) -> list[dict[str, Any]]:
        """Sends a batch until it is acknowledged, as a council's case system would."""
        killing = threading.Timer(self.draw.uniform(0.01, 0.2), self._kill_one) if kill else None
        if killing is not None:
            killing.start()
        system = Client(self.address, self.identity.token(role="council_system", councils=(CE,)))
        answers = eventually(lambda: answered(lambda: system.publish(batch)), within=90)
        if killing is not None:
            killing.join()
        return answers

    def settled(self) -> bool:
        """Whether every service answers, nothing waits in an outbox and nothing is held."""
        return is_settled(Client(self.address, self.identity.token(role="ops", councils=("*",))))

    def _kill_one(self) -> None:
        """Whichever replica it is, the queues it was reading are another's until it is back."""
        name = f"referrals-{self.draw.randrange(REPLICAS)}"
        process = self.processes.running.pop(name)
        process.kill()
        assert process.wait(patience(20)) == -signal.SIGKILL
        self.kills += 1
        self.processes.start(name, "run", "referrals")


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Replicas]:
    with distributed(
        tmp_path,
        broker_url=os.environ["STEWARD_TEST_RABBITMQ_URL"],
        store_url=os.environ["STEWARD_TEST_MONGODB_URL"],
        search_url="embedded:",
        scale={"referrals": REPLICAS},
    ) as (processes, address, identity):
        yield Replicas(processes=processes, address=address, identity=identity)


def test_replicas_killed_while_events_come_in_lose_none_and_double_none(replicas):
    events = renamed(SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(EVENTS), secrets.token_hex(4))
    batches = [events[start : start + BATCH] for start in range(0, EVENTS, BATCH)]

    answers = [
        answer
        for number, batch in enumerate(batches)
        for answer in replicas.send(batch, kill=number in KILLED_IN_BATCHES)
    ]
    eventually(replicas.settled, within=SETTLED_SECONDS)

    acknowledged = {answer["record_id"] for answer in answers}
    assert replicas.kills == len(KILLED_IN_BATCHES)
    assert {answer["outcome"] for answer in answers} <= {"accepted", "duplicate"}
    assert len(acknowledged) == EVENTS
    with stores("referrals", "notifications") as (referrals, notifications):
        written = [Written.of(referral_id, referrals) for referral_id in sorted(acknowledged)]
        eventually(lambda: is_read(written, notifications), within=READ_SECONDS)
        for one in written:
            every_effect_is_there_once(one, notifications)


@dataclass(frozen=True, kw_only=True)
class Written:
    """What referrals has logged of one referral and of its person: sequences by stream key."""

    person_id: str
    sequences: dict[str, list[int]]

    @classmethod
    def of(cls, referral_id: str, referrals: Store) -> Written:
        referral = referrals.documents(REFERRALS).get(referral_id)
        assert referral is not None, f"{referral_id} was acknowledged and is lost"
        person_id = referral["state"]["person_id"]
        keys = (stream_key("referral", referral_id), stream_key("contact", person_id))
        log = EventLog(documents=referrals.documents(EVENT_LOG), clock=SystemClock())
        return cls(person_id=person_id, sequences={key: logged_of(key, log) for key in keys})


def is_read(written: list[Written], notifications: Store) -> bool:
    """Whether no mark is short of its log: outboxes are empty long before a consumer has read what the broker keeps for it."""
    return all(
        mark_of(key, notifications) >= len(sequences) for one in written for key, sequences in one.sequences.items()
    )


def mark_of(key: str, notifications: Store) -> int:
    mark = notifications.documents(MARKS).get(key)
    return 0 if mark is None else int(mark["sequence"])


def every_effect_is_there_once(written: Written, notifications: Store) -> None:
    """No log has a hole, and what notifications made of it was made once."""
    for key, sequences in written.sequences.items():
        assert sequences == list(range(1, len(sequences) + 1)), f"{key}: the log has a hole"
        assert mark_of(key, notifications) == len(sequences)
    contact = notifications.documents(CONTACTS).get(written.person_id)
    assert contact is not None
    told = len(written.sequences[stream_key("contact", written.person_id)])
    assert contact["revision"] == told, "a contact was not written once for each event"


def logged_of(key: str, log: EventLog) -> list[int]:
    stream, _, subject = key.partition(":")
    return [envelope.sequence for envelope in log.of_stream(stream, subject, first=1, last=LAST)]


@contextmanager
def stores(*services: str) -> Iterator[list[Store]]:
    opened = [open_store(os.environ["STEWARD_TEST_MONGODB_URL"], service) for service in services]
    try:
        yield opened
    finally:
        for store in opened:
            store.close()


def renamed(events: list[dict[str, Any]], run: str) -> list[dict[str, Any]]:
    """The same events as of another council's year: ids, references and people of this run's own."""
    return [
        event
        | {
            "id": f"{run}-{event['id']}",
            "data": event["data"]
            | {
                "referral_reference": f"{run}-{event['data']['referral_reference']}",
                "person": event["data"]["person"]
                | {"person_reference": f"{run}-{event['data']['person']['person_reference']}"},
            },
        }
        for event in events
    ]
