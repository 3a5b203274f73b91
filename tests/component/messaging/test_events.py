"""From a command to its effect in another service: outbox, relay, broker, durable handler; and what may go wrong between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Invalid
from shared.messaging.calls.client import ServiceRefusal
from shared.store.documents import StoreAway
from tests.support.eventful import Eventful, fresh_reader_name
from tests.support.waiting import eventually

Start = Callable[..., Eventful]


@pytest.fixture
def start(tmp_path: Path, broker_url: str) -> Iterator[Start]:
    """Starts eventful platforms on each broker in turn; they are stopped after the test."""
    running: list[Eventful] = []

    def begin(**given: Any) -> Eventful:
        platform = Eventful(tmp_path / str(len(running)), broker_url=broker_url, **given)
        running.append(platform)
        platform.start()
        return platform

    yield begin
    for platform in running:
        platform.stop()


@pytest.fixture
def platform(start: Start) -> Eventful:
    return start()


def test_a_command_has_its_effect_in_another_service(platform: Eventful) -> None:
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1])
    eventually(lambda: platform.call("referrals", "health", {})["outbox_waiting"] == 0)
    eventually(lambda: platform.held() == {})


def test_many_records_told_of_at_once_keep_each_their_own_order(platform: Eventful) -> None:
    ids = [f"ref-{number}" for number in range(20)]

    for _ in range(3):
        for referral_id in ids:
            platform.allocate(referral_id, times=2)

    for referral_id in ids:
        platform.await_applied(referral_id, [1, 2, 3, 4, 5, 6])


def test_the_same_command_again_is_told_once(platform: Eventful) -> None:
    platform.allocate("ref-1", key="key-1")
    platform.await_applied("ref-1", [1])

    platform.allocate("ref-1", key="key-1")
    platform.allocate("ref-1", key="key-2")

    platform.await_applied("ref-1", [1, 2])


def test_an_event_delivered_again_has_no_second_effect(platform: Eventful) -> None:
    platform.allocate("ref-1", times=2)
    platform.await_applied("ref-1", [1, 2])
    first, second = platform.published("ref-1")

    for envelope in (first, second, first, first):
        platform.publish_again(envelope)
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1, 2, 3])
    assert platform.faults.runs == [("ref-1", 1), ("ref-1", 2), ("ref-1", 3)]


def test_events_out_of_order_are_applied_in_order(start: Start) -> None:
    platform = start(gap_check_seconds=60)
    with platform.losing():
        platform.allocate("ref-1", times=4)
    first, second, third, fourth = platform.published("ref-1")

    for envelope in (fourth, second, third, first):
        platform.publish_again(envelope)

    platform.await_applied("ref-1", [1, 2, 3, 4])
    eventually(lambda: platform.held() == {})


def test_an_event_that_was_lost_is_sent_again_from_the_publishers_log(platform: Eventful) -> None:
    platform.allocate("ref-1")
    platform.await_applied("ref-1", [1])
    with platform.losing():
        platform.allocate("ref-1", times=2)

    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1, 2, 3, 4])
    eventually(lambda: platform.held() == {})


def test_a_handler_that_fails_twice_and_then_works_leaves_one_effect_in_order(platform: Eventful) -> None:
    platform.faults.once["ref-1", 1] = [RuntimeError("first"), RuntimeError("second")]

    platform.allocate("ref-1", times=2)

    platform.await_applied("ref-1", [1, 2])
    assert platform.faults.runs == [("ref-1", 1)] * 3 + [("ref-1", 2)]
    eventually(lambda: platform.held() == {})


def test_a_handler_that_always_fails_parks_its_own_stream_and_no_other(platform: Eventful) -> None:
    platform.faults.always["ref-1", 1] = RuntimeError("always")
    platform.allocate("ref-1", times=2)
    eventually(lambda: platform.held() == {"parked": 1, "gap": 1})

    for number in range(2, 12):
        platform.allocate(f"ref-{number}")

    for number in range(2, 12):
        platform.await_applied(f"ref-{number}", [1])
    assert platform.applied("ref-1") == []


def test_what_was_parked_is_replayed_after_the_fix_and_the_rest_follows(platform: Eventful) -> None:
    [reader] = platform.readers
    platform.faults.always["ref-1", 1] = Invalid("not as it is")
    platform.allocate("ref-1", times=3)
    eventually(lambda: platform.held() == {"parked": 1, "gap": 2})
    [parked] = platform.call(reader, "list_held", {"reason": "parked"})["items"]
    assert "not as it is" in parked["detail"]

    refused = platform.call(reader, "replay_held", {"id": parked["id"]})
    platform.faults.always.clear()
    done = platform.call(reader, "replay_held", {"id": parked["id"]})

    assert (refused["settled"], done["settled"]) == (False, True)
    platform.await_applied("ref-1", [1, 2, 3])
    eventually(lambda: platform.held() == {})


def test_what_was_discarded_stays_out_and_the_rest_follows(platform: Eventful) -> None:
    [reader] = platform.readers
    platform.faults.always["ref-1", 1] = Invalid("never")
    platform.allocate("ref-1", times=2)
    eventually(lambda: platform.held() == {"parked": 1, "gap": 1})
    [parked] = platform.call(reader, "list_held", {"reason": "parked"})["items"]

    with pytest.raises(ServiceRefusal, match="reason"):
        platform.call(reader, "discard_held", {"id": parked["id"]})
    platform.call(reader, "discard_held", {"id": parked["id"], "reason": "sent in error"})

    platform.await_applied("ref-1", [2])
    eventually(lambda: platform.held() == {})


def test_a_service_added_later_catches_up_from_the_first_event(platform: Eventful) -> None:
    platform.allocate("ref-1", times=5)
    platform.await_applied("ref-1", [1, 2, 3, 4, 5])
    late = fresh_reader_name()

    platform.add_reader(late)
    platform.allocate("ref-1")

    eventually(lambda: platform.applied("ref-1", late) == [1, 2, 3, 4, 5, 6])
    assert platform.applied("ref-1") == [1, 2, 3, 4, 5, 6]


def test_a_long_stream_is_caught_up_with_in_stretches(start: Start) -> None:
    platform = start(readers=(), gap_check_seconds=5.0)  # sooner, a slow stretch is asked for again
    for _ in range(15):
        platform.allocate("ref-1", times=40)
        eventually(lambda: platform.waiting() == 0)
    late = fresh_reader_name()

    platform.add_reader(late)
    platform.stop("referrals")
    platform.start("referrals")
    platform.allocate("ref-1")

    eventually(lambda: len(platform.applied("ref-1", late)) == 601, within=90)
    assert platform.applied("ref-1", late) == list(range(1, 602))


def test_while_the_store_is_away_the_message_stays_with_the_broker_and_is_applied_afterwards(
    platform: Eventful,
) -> None:
    platform.faults.always["ref-1", 1] = StoreAway("the disk is full")
    platform.allocate("ref-1", times=2)
    eventually(lambda: len(platform.faults.runs) > 1)

    assert platform.held() == {}
    platform.faults.always.clear()

    platform.await_applied("ref-1", [1, 2])
    eventually(lambda: platform.held() == {})


def test_events_told_while_the_reader_is_down_are_applied_when_it_is_back(platform: Eventful) -> None:
    [reader] = platform.readers
    platform.stop(reader)
    for number in range(5):
        platform.allocate(f"ref-{number}", times=2)

    platform.start(reader)

    for number in range(5):
        platform.await_applied(f"ref-{number}", [1, 2], within=20)
