from __future__ import annotations

from datetime import timedelta

import pytest

from shared.context import Caller
from shared.errors import Unavailable
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.publishing.pressure import Pressure
from tests.support.clocks import FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.test_aggregates import COLLECTION, KIND, Case, a_cause

CALLER = Caller(actor_id="adviser-1", councils=("cheshire-east",))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def overdue(clock: FixedClock) -> Pressure:
    seconds = iter((0, 61))
    pressure = Pressure(clock=clock, limit_seconds=60, monotonic=lambda: next(seconds))
    pressure.note(clock.now() - timedelta(seconds=61))
    return pressure


def test_commands_are_taken_while_nothing_waits_for_too_long(clock):
    seconds = iter((0, 100))
    pressure = Pressure(clock=clock, limit_seconds=60, monotonic=lambda: next(seconds))
    pressure.admit()
    pressure.note(clock.now() - timedelta(seconds=60))

    pressure.admit()

    assert pressure.waited_seconds == 60


def test_a_clock_set_on_makes_nothing_wait(clock):
    pressure = Pressure(clock=clock, limit_seconds=60)
    written_at = clock.now()

    clock.advance(timedelta(days=3))
    pressure.note(written_at)

    pressure.admit()


def test_commands_are_refused_while_the_oldest_event_waits_for_too_long_and_taken_when_it_is_gone(clock):
    pressure = overdue(clock)
    with pytest.raises(Unavailable, match="wait to be published"):
        pressure.admit()

    pressure.note(None)

    pressure.admit()
    assert pressure.waited_seconds == 0


def test_a_refused_command_changes_nothing_and_the_effect_of_an_event_is_not_refused(clock):
    documents = InMemoryDocuments(COLLECTION)
    cases = Aggregates(documents=documents, kind=KIND, clock=clock, nudge=lambda _: None, admit=overdue(clock).admit)

    with pytest.raises(Unavailable):
        cases.create("case-1", Decision(state=Case()), council_id="cheshire-east", cause=a_cause(caller=CALLER))
    assert documents.get("case-1") is None
    cases.create(
        "case-1", Decision(state=Case()), council_id="cheshire-east", cause=a_cause(incoming=("concern:con-1", 1))
    )

    assert documents.get("case-1") is not None
