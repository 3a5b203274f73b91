"""The embedded platform killed with SIGKILL amid 500 events: none lost, none with two effects."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.notifications.store import CONTACTS
from services.referrals.store import REFERRALS
from shared.clock import SettableClock
from shared.events.envelope import read_structured
from shared.messaging.consuming.held import HELD, MARKS
from shared.messaging.publishing.event_log import EVENT_LOG
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.samples.generating import SAMPLES_AT, SampleCouncil
from shared.samples.journey import CE
from shared.store.documents import Collection, Document
from shared.store.opening import open_store
from tests.support.asking import answered, is_settled
from tests.support.platforms import Processes, start_embedded
from tests.support.waiting import eventually, patience

EVENTS = 500
BATCH = 10
KILLED_IN_BATCHES = (7, 8, 23, 41)
SETTLED_SECONDS = 60
pytestmark = pytest.mark.timeout(240)


class KilledPlatform:
    """An embedded platform that dies in given batches, some milliseconds after they were sent, and is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes = Processes(folder=folder, environment={"PYTHONUNBUFFERED": "1"})
        self.address = start_embedded(self.processes, folder)
        self.kills = 0
        clock = SettableClock(folder / "data" / "clock.json")
        self._sign_in = development_sign_in(data_dir=folder / "data", clock=clock)
        self._draw = random.Random(20260302)

    def send(self, number: int, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Sends a batch until it is acknowledged, as a council's case system would."""
        killer = self._kill_soon() if number in KILLED_IN_BATCHES else None
        answers = answered(lambda: self._system().publish(batch))
        if killer is not None:
            killer.join()
            self._restart()
        return answers or eventually(lambda: answered(lambda: self._system().publish(batch)), within=60)

    def _kill_soon(self) -> threading.Timer:
        killer = threading.Timer(self._draw.uniform(0.01, 0.15), self.processes.running["platform"].kill)
        killer.start()
        return killer

    def _restart(self) -> None:
        died = self.processes.running.pop("platform").wait(patience(20))
        assert died == -signal.SIGKILL
        self.kills += 1
        self.address = start_embedded(self.processes, self.folder)

    def _system(self) -> Client:
        return Client(self.address, self._sign_in(role="council_system", councils=(CE,)))

    def settled(self) -> bool:
        """Whether nothing waits in an outbox and nothing is held."""
        return is_settled(Client(self.address, self._sign_in(role="ops", councils=("*",))))

    def documents(self, service: str, collection: Collection) -> Iterator[Document]:
        """Everything stored in one collection, once the platform has stopped."""
        store = open_store(f"sqlite:///{self.folder / 'data' / 'stores'}", service)
        try:
            documents = store.documents(collection)
            after: str | None = None
            while True:
                page = documents.find(after=after, limit=500)
                yield from page.items
                if (after := page.next) is None:
                    return
        finally:
            store.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[KilledPlatform]:
    platform = KilledPlatform(tmp_path)
    yield platform
    platform.processes.stop_all()


def test_killed_amid_500_events_none_is_lost_and_none_has_two_effects(platform):
    events = SampleCouncil(council_id=CE, now=SAMPLES_AT).referrals(EVENTS)
    batches = [events[start : start + BATCH] for start in range(0, EVENTS, BATCH)]

    answers = [answer for number, batch in enumerate(batches) for answer in platform.send(number, batch)]
    eventually(platform.settled, within=SETTLED_SECONDS)
    platform.processes.stop_all()

    acknowledged = {answer["record_id"] for answer in answers}
    assert platform.kills == len(KILLED_IN_BATCHES)
    assert {answer["outcome"] for answer in answers} <= {"accepted", "duplicate"}
    assert len(acknowledged) == EVENTS
    assert acknowledged == {document["_id"] for document in platform.documents("referrals", REFERRALS)}
    every_effect_is_there_once(platform)


def every_effect_is_there_once(platform: KilledPlatform) -> None:
    """The log has no hole, notifications has applied all of it, and each party's contact was written once."""
    lengths: Counter[str] = Counter()
    for entry in platform.documents("referrals", EVENT_LOG):
        envelope = read_structured(entry["envelope"])
        lengths[envelope.partitionkey] += 1
        assert envelope.sequence == lengths[envelope.partitionkey], "the log has a hole"
    marks = {mark["_id"]: mark["sequence"] for mark in platform.documents("notifications", MARKS)}
    taken = {key: length for key, length in lengths.items() if key.startswith(("referral:", "contact:"))}
    assert {key: marks.get(key) for key in taken} == taken
    assert [held["_id"] for held in platform.documents("notifications", HELD) if held["state"] == "held"] == []
    contacts = list(platform.documents("notifications", CONTACTS))
    assert len(contacts) == sum(key.startswith("contact:") for key in taken)
    assert {contact["revision"] for contact in contacts} == {1}, "a contact was written twice"
