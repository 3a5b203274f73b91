from __future__ import annotations

import threading
from datetime import timedelta
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.errors import Invalid
from shared.messaging.publishing import feed
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.publishing.feed import OVERLAP, Place, beginning, follow, read_place, start_after, write_place
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.documents import InMemoryDocuments
from tests.unit.messaging.streams import an_envelope

NEVER = threading.Event()


class Log:
    """An event log whose entries get the instants a test gives them."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.log = EventLog(documents=InMemoryDocuments(EVENT_LOG), clock=self.clock)

    def add(self, sequence: int, milliseconds: int) -> None:
        self.clock.at = A_MONDAY_MORNING + timedelta(milliseconds=milliseconds)
        self.log.append([an_envelope(sequence).as_json()])

    def read(self, place: Place, limit: int = 200) -> tuple[list[int], Place]:
        """One reading, with the cursor written and read in between as a client would."""
        items, after = follow(self.log, read_place(write_place(place)), limit=limit, wait_seconds=0, stopping=NEVER)
        return [item["sequence"] for item in items], after


def test_a_new_reader_begins_with_the_newest_few_and_is_given_nothing_twice():
    log = Log()
    for sequence in range(1, 6):
        log.add(sequence, sequence)

    newest, place = log.read(Place(), limit=2)

    assert newest == [4, 5]
    assert log.read(place)[0] == []


@pytest.mark.parametrize("every", [1, 5, 50])
def test_a_new_reader_is_given_nothing_twice_however_dense_the_newest_are(monkeypatch, every):
    monkeypatch.setattr(feed, "LARGEST_OVERLAP", 20)
    log = Log()
    for sequence in range(1, 61):
        log.add(sequence, sequence * every)

    newest, place = log.read(Place(), limit=3)
    log.add(61, 61 * every)

    assert newest == [58, 59, 60]
    assert log.read(place)[0] == [61]


def test_an_event_exactly_one_overlap_ago_is_not_given_again_and_again():
    log = Log()
    log.add(1, 0)
    _, place = log.read(Place())
    log.add(2, int(OVERLAP.total_seconds() * 1000))

    assert [log.read(place)[0]] == [[2]]
    _, place = log.read(place)
    assert log.read(place)[0] == []
    assert log.read(place)[0] == []


def test_an_event_that_a_replica_logged_late_is_still_given():
    log = Log()
    log.add(1, 1000)
    _, place = log.read(Place())
    log.add(2, 1500)
    _, place = log.read(place)
    log.add(3, 900)

    assert log.read(place)[0] == [3]


def test_a_reader_goes_on_a_second_before_the_event_it_saw_last():
    log = Log()
    for sequence, milliseconds in enumerate((0, 1499, 1500, 2500, 2501), start=1):
        log.add(sequence, milliseconds)

    place = start_after(log.log, an_envelope(4).id)

    assert log.read(place)[0] == [3, 4, 5]


def test_what_another_replica_logged_before_it_but_kept_after_it_is_not_passed_over():
    log = Log()
    log.add(1, 0)
    log.add(3, 2000)
    seen, _ = log.read(Place())
    log.add(2, 1900)

    place = start_after(log.log, an_envelope(3).id)

    assert seen == [1, 3]
    assert log.read(place)[0] == [2, 3]


def test_a_reader_goes_on_inside_a_batch_that_was_logged_at_one_instant():
    log = Log()
    log.log.append([an_envelope(sequence).as_json() for sequence in (1, 2, 3, 4)])

    place = start_after(log.log, an_envelope(2).id)

    assert log.read(place)[0] == [1, 2, 3, 4]


@pytest.mark.parametrize("every", [1, 5, 50])
@pytest.mark.parametrize("last", [1, 30, 59])
def test_a_reader_goes_on_after_any_event_however_dense_its_neighbours(every, last):
    log = Log()
    for sequence in range(1, 61):
        log.add(sequence, sequence * every)

    seen, place = log.read(start_after(log.log, an_envelope(last).id), limit=7)
    while len(seen) % 7 == 0:
        more, place = log.read(place, limit=7)
        seen += more

    assert seen == list(range(max(1, last - 1000 // every), 61))


def test_who_began_when_there_was_nothing_is_given_everything():
    log = Log()
    for sequence in (1, 2, 3):
        log.add(sequence, sequence * 10_000)

    assert log.read(read_place(beginning()))[0] == [1, 2, 3]


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 700), min_size=1, max_size=25), st.integers(1, 5), st.data())
def test_a_reader_that_begins_again_after_any_event_is_given_all_from_a_second_before_it(gaps, limit, data):
    log = Log()
    at = [*accumulate(gaps)]
    for sequence, milliseconds in enumerate(at, start=1):
        log.add(sequence, milliseconds)
    last = data.draw(st.integers(1, len(gaps)))

    given_now, place = log.read(start_after(log.log, an_envelope(last).id), limit=limit)
    seen = list(given_now)
    while given_now:
        given_now, place = log.read(place, limit=limit)
        seen += given_now

    assert seen == [sequence for sequence in range(1, len(gaps) + 1) if at[sequence - 1] >= at[last - 1] - 1000]


@hypothesis_settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 999), st.sampled_from((0, 1, 2, 50))), min_size=1, max_size=30
    ),
    st.sets(st.integers(0, 30)),
)
def test_two_writers_whose_clocks_and_commits_interleave_have_nothing_passed_over_at_any_resumption(writes, lost_at):
    """Each write is kept so long after its writer's clock said; the reader takes so many, and is lost at some of them."""
    log = Log()
    log.add(1, 0)
    seen, place = log.read(Place())
    logged, now = {1: 0}, 0

    for number, (gap, late, taken) in enumerate(writes):
        now += gap
        logged[number + 2] = max(now - late, 0)
        log.add(number + 2, logged[number + 2])
        if number in lost_at:
            last, place = seen[-1], start_after(log.log, an_envelope(seen[-1]).id)
            again, _ = log.read(place, limit=1000)
            assert all(logged[last] - logged[each] <= 1000 for each in again)
        if taken:
            given_now, place = log.read(place, limit=taken)
            seen += given_now
    while given_now := log.read(place)[0]:
        _, place = log.read(place)
        seen += given_now

    assert set(seen) == set(logged)


def test_an_event_that_a_slow_replica_logged_seconds_late_is_still_given_where_little_happens():
    log = Log()
    log.add(1, 1000)
    _, place = log.read(Place())
    log.add(2, 11_000)
    _, place = log.read(place)
    log.add(3, 2000)

    assert log.read(place)[0] == [3]


def test_a_cursor_stays_small_however_long_events_come_without_a_pause():
    log = Log()
    log.add(1, 0)
    _, place = log.read(Place())
    sizes = []

    for sequence in range(2, 500):
        log.add(sequence, sequence * 50)
        _, place = log.read(place)
        sizes.append(len(write_place(place) or ""))

    assert len(place.known) <= feed.OVERLAP_EVENTS
    assert max(sizes) < 5_000


def test_a_cursor_that_this_feed_did_not_issue_is_refused():
    with pytest.raises(Invalid, match="cursor"):
        read_place("bm90IG91cnM=")


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 900)), min_size=1, max_size=25),
    st.integers(1, 5),
    st.sampled_from((1, 3, 100)),
)
def test_every_event_is_given_exactly_once_however_late_within_the_overlap(steps, limit, most):
    log = Log()
    log.add(1, 0)
    _, place = log.read(Place())
    seen: list[int] = []
    now = 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed, "OVERLAP_EVENTS", most)
        for sequence, (gap, late) in enumerate(steps, start=2):
            now += gap
            log.add(sequence, max(now - late, 0))
            given_now, place = log.read(place, limit=limit)
            seen += given_now
        while given_now:
            given_now, place = log.read(place, limit=limit)
            seen += given_now

    assert sorted(seen) == list(range(2, len(steps) + 2))
