"""Stopping a service under way: within its time, with nothing lost and nothing done twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from eventlet.event import Event

from shared.events.envelope import Envelope
from shared.ids import SHARDS
from tests.support.eventful import Eventful
from tests.support.waiting import eventually, patience

Start = Callable[..., Eventful]


@pytest.fixture
def start(tmp_path: Path, broker_url: str) -> Iterator[Start]:
    running: list[Eventful] = []

    def begin(**given: Any) -> Eventful:
        platform = Eventful(tmp_path, broker_url=broker_url, **given)
        running.append(platform)
        platform.start()
        return platform

    yield begin
    for platform in running:
        platform.stop()


class Gate:
    """Lets handlers run into it and waits until a test opens it."""

    def __init__(self, platform: Eventful) -> None:
        self.reached = Event()
        self._opened = Event()
        platform.faults.before = self._wait

    def open(self) -> None:
        self._opened.send(None)

    def _wait(self, envelope: Envelope) -> None:
        if not self.reached.ready():
            self.reached.send(None)
        self._opened.wait()


def test_what_is_in_hand_is_finished_before_a_service_stops(start: Start) -> None:
    platform = start()
    [reader] = platform.readers
    gate = Gate(platform)
    platform.allocate("ref-1")
    gate.reached.wait()

    eventlet.spawn_after(0.3, gate.open)
    platform.stop(reader)

    assert platform.applied("ref-1") == [1]
    platform.start(reader)
    platform.allocate("ref-1")
    platform.await_applied("ref-1", [1, 2])
    assert platform.faults.runs.count(("ref-1", 1)) == 1


def test_a_handler_that_does_not_end_holds_a_stop_up_for_the_drain_time_only(start: Start) -> None:
    platform = start(drain_seconds=0.5)
    [reader] = platform.readers
    gate = Gate(platform)
    platform.allocate("ref-1")
    gate.reached.wait()
    resources = platform.resources(reader)

    began = time.monotonic()
    resources.stop()

    assert time.monotonic() - began > 0.4
    assert platform.applied("ref-1") == [], "the handler has not ended"
    gate.open()


def test_an_event_whose_handler_was_cut_off_is_applied_once_after_the_restart(start: Start) -> None:
    platform = start(drain_seconds=0.3)
    [reader] = platform.readers
    gate = Gate(platform)
    platform.allocate("ref-1", times=2)
    gate.reached.wait()
    platform.resources(reader).stop()

    gate.open()
    platform.stop(reader)
    platform.start(reader)
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1, 2, 3], within=20)


def test_a_killed_service_waits_for_nobody_and_the_next_one_applies_what_was_in_hand(start: Start) -> None:
    drain_seconds = patience(40)
    platform = start(drain_seconds=drain_seconds)
    [reader] = platform.readers
    gate = Gate(platform)
    platform.allocate("ref-1")
    gate.reached.wait()

    began = time.monotonic()
    platform.containers.pop(reader).kill()

    assert time.monotonic() - began < drain_seconds / 2
    gate.open()
    platform.start(reader)
    platform.await_applied("ref-1", [1], within=20)


def test_a_publisher_stops_soon_though_nobody_confirms(start: Start) -> None:
    drain_seconds = patience(40)
    platform = start(drain_seconds=drain_seconds)
    [reader] = platform.readers
    platform.stop(reader)
    for number in range(5):
        platform.allocate(f"ref-{number}")

    began = time.monotonic()
    platform.stop("referrals")

    assert time.monotonic() - began < drain_seconds / 2
    platform.start("referrals", reader)
    for number in range(5):
        platform.await_applied(f"ref-{number}", [1], within=20)


def test_events_written_by_a_process_that_died_are_published_by_the_next(start: Start) -> None:
    platform = start()
    platform.stop("referrals")
    platform.write_without_publishing("ref-1")
    assert platform.waiting() == 1

    platform.start("referrals")

    platform.await_applied("ref-1", [1], within=20)
    eventually(lambda: platform.waiting() == 0)


def test_a_service_says_that_its_broker_is_there_and_what_it_holds(start: Start) -> None:
    platform = start()
    [reader] = platform.readers
    platform.faults.always["ref-1", 1] = RuntimeError("always")
    platform.allocate("ref-1")
    eventually(lambda: platform.held() == {"parked": 1} and platform.waiting() == 0)
    eventually(lambda: platform.call(reader, "health", {})["shards"])

    health = platform.call(reader, "health", {})

    oldest = health.pop("held_oldest_seconds")
    expected = {
        "service": reader,
        "store": "ok",
        "broker": "ok",
        "shards": list(range(SHARDS)),
        "outbox_waiting": 0,
        "outbox_oldest_seconds": 0.0,
        "held": {"parked": 1},
    }
    assert health == expected | {"alarms": []}
    assert oldest >= 0
