"""What stands longer than it should raises an alarm: held messages, due work, processes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.errors import Unavailable
from shared.messaging.consuming.held import HELD, HeldMessages
from shared.messaging.consuming.tending import Tending
from shared.messaging.processes import PROCESSES, StillUnderWay
from shared.messaging.scheduling import DueWork
from shared.runtime.alarms import ALARMS, Alarms
from shared.runtime.settings import PlatformSettings
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments, InMemoryStore
from tests.support.purses import Bank
from tests.unit.messaging.streams import an_envelope

SETTINGS = replace(PlatformSettings(), held_alarm_seconds=60.0, due_alarm_seconds=300.0)


class Watch:
    """A bank whose alarms are watched."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.bank = Bank(InMemoryStore(), clock=self.clock)
        self.bank.add("a", 100)
        self.bank.add("b", 0)
        documents = InMemoryDocuments(HELD)
        self.held = HeldMessages(documents=documents, clock=self.clock)
        self.alarms = Alarms(
            tending=Tending(held=self.held, documents=documents, clock=self.clock),
            scheduler=self.bank.scheduler,
            works=lambda: [self.bank.work],
            processes=self.bank.store.documents(PROCESSES),
            settings=SETTINGS,
        )

    def raised(self) -> list[str]:
        return [alarm["alarm"] for alarm in self.alarms.raised()]

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_nothing_raises_no_alarm(watch: Watch) -> None:
    assert watch.raised() == []


def test_a_message_held_for_longer_than_the_setting_raises_one(watch: Watch) -> None:
    watch.held.hold(an_envelope(1), "parked", detail="why", due_at=None)

    watch.pass_time(60)
    assert watch.raised() == []
    watch.pass_time(1)
    assert watch.raised() == ["held-too-long"]


def test_a_process_that_fails_again_and_again_raises_one_until_it_is_finished(watch: Watch) -> None:
    watch.bank.failures["put-in"] = [Unavailable("busy")] * 10
    with pytest.raises(StillUnderWay):
        watch.bank.move("a", "b", 40)

    for _ in range(6):
        watch.pass_time(61)
        watch.bank.sweep()
    assert watch.raised() == ["process-unfinished"]

    watch.bank.failures.clear()
    watch.pass_time(61)
    watch.bank.sweep()
    assert watch.raised() == []


def test_due_work_that_nobody_does_raises_one_that_names_it(watch: Watch) -> None:
    watch.bank.failures["put-in"] = [Unavailable("busy")]
    with pytest.raises(StillUnderWay):
        watch.bank.move("a", "b", 40)

    watch.pass_time(311)

    assert watch.raised() == ["due-work-late", "process-unfinished"]
    assert watch.alarms.raised()[0]["detail"].startswith("1 of processes have been due for more than 300 seconds")
    assert set(watch.raised()) <= set(ALARMS)
    assert isinstance(watch.bank.work, DueWork)
