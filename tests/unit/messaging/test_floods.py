from __future__ import annotations

import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.errors import Invalid
from shared.messaging.consuming.floods import Pace, SparingLog
from tests.support.setting_aside import Watch
from tests.support.waiting import eventually
from tests.unit.messaging.streams import a_delivery, an_envelope
from tests.unit.messaging.test_consumer import Reader


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def watch() -> Watch:
    return Watch()


def unreadable(number: int) -> Any:
    return a_delivery(an_envelope(1), body=b"{" * (number + 1))


def test_one_that_comes_alone_delays_nobody(watch: Watch) -> None:
    pace = Pace(per_second=10, wait=watch.wait, monotonic=watch)

    pace.keep()
    watch.now += 0.1
    pace.keep()

    assert watch.waits == []


def test_of_many_at_once_no_more_than_so_many_a_second_are_let_by(watch: Watch) -> None:
    pace = Pace(per_second=10, wait=watch.wait, monotonic=watch)

    for _ in range(101):
        pace.keep()

    assert watch.now == pytest.approx(1010)
    assert watch.waits == [0.1] * 100


def test_a_message_with_many_costs_who_is_next_the_time_of_all_of_them(watch: Watch) -> None:
    pace = Pace(per_second=10, wait=watch.wait, monotonic=watch)

    pace.keep(30)
    pace.keep()
    pace.keep()

    assert watch.waits == [3.0, 0.1]


def test_time_in_which_nothing_came_is_not_saved_up(watch: Watch) -> None:
    pace = Pace(per_second=10, wait=watch.wait, monotonic=watch)
    pace.keep()
    watch.now += 3600

    for _ in range(3):
        pace.keep()

    assert watch.waits == [0.1, 0.1]


def test_nought_is_no_bound(watch: Watch) -> None:
    pace = Pace(per_second=0, wait=watch.wait, monotonic=watch)

    for _ in range(100):
        pace.keep(100)

    assert watch.waits == []


def test_queues_that_share_a_pace_take_turns_and_none_waits_for_itself_only(watch: Watch) -> None:
    released = threading.Event()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        released.wait()

    pace = Pace(per_second=10, wait=wait, monotonic=watch)
    pace.keep()
    queues = [threading.Thread(target=pace.keep) for _ in range(3)]
    for queue in queues:
        queue.start()

    eventually(lambda: len(waits) == 3)
    released.set()
    for queue in queues:
        queue.join()

    assert sorted(waits) == pytest.approx([0.1, 0.2, 0.3])


def test_unreadable_messages_are_all_kept_and_counted_told_sparingly_and_at_a_pace(reader: Reader) -> None:
    with capture_logs() as logs:
        for number in range(7):
            reader.consumer.receive(unreadable(number))
        reader.asides.told.sum_up()

    assert reader.reasons() == {"parked": 7}
    assert reader.asides.counted == ["unreadable"] * 7
    assert reader.asides.watch.waits == [0.1] * 6
    assert [line["event"] for line in logs] == ["message.unreadable"] * 2 + ["messages.not_told_singly"]
    assert logs[-1]["message.unreadable"] == 5


def test_messages_that_cannot_be_applied_are_parked_at_the_same_pace(reader: Reader) -> None:
    for number in range(3):
        reader.failures[f"ref-{number}", 1] = [Invalid("the council is not known here")]
        reader.consumer.receive(a_delivery(an_envelope(1, subject=f"ref-{number}")))
    reader.consumer.receive(unreadable(1))

    assert reader.reasons() == {"parked": 4}
    assert reader.asides.counted == ["parked"] * 3 + ["unreadable"]
    assert reader.asides.watch.waits == [0.1] * 3


def test_good_messages_behind_a_bad_one_do_not_wait_nor_do_those_tried_again_later(reader: Reader) -> None:
    reader.failures["ref-2", 1] = [RuntimeError("x")]
    reader.consumer.receive(unreadable(1))
    reader.consumer.receive(a_delivery(an_envelope(1, subject="ref-2")))
    reader.receive(1, 2, 3, 3)

    assert reader.asides.watch.waits == []
    assert reader.applied == [1, 2, 3]
    assert reader.reasons() == {"parked": 1, "retry": 1}


def test_the_same_poison_again_writes_nothing_and_is_counted(reader: Reader) -> None:
    reader.consumer.receive(unreadable(1))
    [held] = reader.held_documents.find([]).items

    for _ in range(1000):
        reader.consumer.receive(unreadable(1))

    assert reader.held_documents.find([]).items == [held]
    assert reader.asides.counted == ["unreadable"] * 1001


def test_what_was_parked_in_its_place_and_comes_again_is_neither_tried_nor_written(reader: Reader) -> None:
    reader.failures["ref-1", 1] = [Invalid("no")]
    reader.receive(1)
    held = reader.held.at("referral:ref-1", 1)

    reader.receive(*[1] * 100)

    assert reader.held.at("referral:ref-1", 1) == held
    assert reader.asides.counted == ["parked"]


def test_after_a_sum_lines_are_told_singly_again_and_without_any_untold_there_is_no_sum() -> None:
    lines: list[int] = []
    log = SparingLog(most=2)
    for number in range(4):
        log.tell(lambda _event, number: lines.append(number), "message.parked", number=number)

    with capture_logs() as logs:
        log.sum_up()
        log.tell(lambda _event, number: lines.append(number), "message.parked", number=4)
        log.sum_up()

    assert lines == [0, 1, 4]
    assert [line["message.parked"] for line in logs] == [2]


def test_what_fails_in_a_way_nobody_foresaw_is_set_aside_and_told_without_its_text(reader: Reader) -> None:
    with capture_logs() as logs:
        reader.asides.asides.give_up(unreadable(1), OverflowError("Sample Person 0007"), attempts=5)

    [held] = reader.held_documents.find([]).items
    assert held["detail"] == "failed: OverflowError"
    assert [(line["event"], line["held_id"]) for line in logs] == [("message.parked", held["_id"])]
