"""A process that is killed anywhere goes on from there: every step has its effect once, or all are taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.clock import SystemClock
from shared.errors import KeyReused, Refusal, Unavailable
from shared.messaging.processes import PROCESSES, StillUnderWay
from shared.store.documents import Store, StoreAway
from shared.store.sqlite import SqliteStore
from tests.support.clocks import FixedClock
from tests.support.crashing import Died, Life
from tests.support.documents import InMemoryStore
from tests.support.purses import COLLECTIONS, Bank
from tests.support.scheduling import LEASE_SECONDS
from tests.support.waiting import patience

OpenStore = Callable[[], Store]
PAST_THE_LEASE = timedelta(seconds=LEASE_SECONDS + 1)
MOMENTS = 12
"""Half steps of a moving without trouble: six writes."""
MOMENTS_UNDOING = 16
"""Half steps of one that is refused and undone: eight writes."""


@pytest.fixture(params=["memory", "sqlite"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OpenStore]:
    opened: list[SqliteStore] = []

    def open_one() -> Store:
        if request.param == "memory":
            return InMemoryStore()
        opened.append(SqliteStore(tmp_path / f"bank-{len(opened)}.sqlite3", synchronous="NORMAL"))
        opened[-1].migrate(COLLECTIONS)
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def bank(clock: FixedClock) -> Bank:
    bank = Bank(InMemoryStore(), clock=clock)
    bank.add("a", 100)
    bank.add("b", 0)
    return bank


def test_a_process_goes_through_its_steps_in_order_and_says_so(bank: Bank) -> None:
    progress = bank.move("a", "b", 40)

    assert (progress.phase, progress.done, progress.due_at) == ("done", ("take-out", "put-in"), None)
    assert bank.moves("a", "b") == [(-40,), (40,)]


def test_the_same_command_again_finds_the_process_it_started(bank: Bank) -> None:
    assert bank.move("a", "b", 40) == bank.move("a", "b", 40)

    assert bank.moves("a", "b") == [(-40,), (40,)]
    with pytest.raises(KeyReused):
        bank.move("a", "b", 50)


def test_a_first_step_that_is_refused_leaves_nothing_behind(bank: Bank) -> None:
    with pytest.raises(Refusal, match="not enough") as refused:
        bank.move("a", "b", 400)

    assert refused.value.code == "purse-empty"
    assert bank.moves("a", "b") == [(), ()]


def test_when_a_later_step_is_refused_what_was_done_is_undone(bank: Bank) -> None:
    bank.shut("b", shut=True)

    with pytest.raises(Refusal, match="is shut"):
        bank.move("a", "b", 40)
    with pytest.raises(Refusal, match="is shut"):
        bank.move("a", "b", 40)

    assert bank.moves("a", "b") == [(-40, 40), ()]


def test_a_step_that_cannot_be_carried_out_now_is_tried_again_as_long_as_it_takes(
    bank: Bank, clock: FixedClock
) -> None:
    bank.failures["put-in"] = [Unavailable("busy"), ValueError("a defect"), StoreAway("away"), Unavailable("busy")]

    with pytest.raises(StillUnderWay):
        bank.move("a", "b", 40)
    assert bank.sweep() == 0
    for _ in range(4):
        clock.advance(timedelta(seconds=61))
        try:
            bank.sweep()
        except StoreAway:
            clock.advance(PAST_THE_LEASE)

    assert bank.move("a", "b", 40).phase == "done"
    assert bank.moves("a", "b") == [(-40,), (40,)]


def test_an_undo_that_fails_is_tried_again_until_it_is_done(bank: Bank, clock: FixedClock) -> None:
    bank.shut("b", shut=True)
    bank.failures["put-back"] = [Unavailable("busy"), ValueError("a defect")]

    with pytest.raises(StillUnderWay):
        bank.move("a", "b", 40)
    for _ in range(2):
        clock.advance(timedelta(seconds=61))
        assert bank.sweep() == 1

    assert bank.moves("a", "b") == [(-40, 40), ()]


@pytest.mark.parametrize("dies_at", range(MOMENTS))
def test_killed_at_any_point_another_replica_finishes_it(open_store: OpenStore, dies_at: int) -> None:
    clock, store = FixedClock(), open_store()
    bank = Bank(store, clock=clock)
    bank.add("a", 100)
    bank.add("b", 0)

    with pytest.raises(Died):
        Bank(store, clock=clock, life=Life(dies_at=dies_at)).move("a", "b", 40)
    clock.advance(PAST_THE_LEASE)
    Bank(store, clock=clock, owner="replica-2").sweep()

    started = dies_at > 0
    assert bank.moves("a", "b") == ([(-40,), (40,)] if started else [(), ()])
    assert bank.move("a", "b", 40).phase == "done"
    assert bank.moves("a", "b") == [(-40,), (40,)]


@pytest.mark.parametrize("dies_at", range(1, MOMENTS_UNDOING))
def test_killed_at_any_point_of_its_undoing_another_replica_finishes_it(open_store: OpenStore, dies_at: int) -> None:
    clock, store = FixedClock(), open_store()
    bank = Bank(store, clock=clock)
    bank.add("a", 100)
    bank.add("b", 0, shut=True)

    with pytest.raises(Died):
        Bank(store, clock=clock, life=Life(dies_at=dies_at)).move("a", "b", 40)
    clock.advance(PAST_THE_LEASE)
    Bank(store, clock=clock, owner="replica-2").sweep()

    assert bank.moves("a", "b") == [(-40, 40), ()]
    with pytest.raises(Refusal, match="is shut"):
        bank.move("a", "b", 40)


def test_killed_at_any_point_and_again_at_any_point_it_is_finished_by_the_third() -> None:
    for first in range(1, MOMENTS):
        for second in range(MOMENTS):
            clock, store = FixedClock(), InMemoryStore()
            bank = Bank(store, clock=clock)
            bank.add("a", 100)
            bank.add("b", 0)

            with pytest.raises(Died):
                Bank(store, clock=clock, life=Life(dies_at=first)).move("a", "b", 40)
            clock.advance(PAST_THE_LEASE)
            _sweep_until_killed(Bank(store, clock=clock, life=Life(dies_at=second)))
            clock.advance(2 * PAST_THE_LEASE)
            bank.sweep()

            assert bank.moves("a", "b") == [(-40,), (40,)], (first, second)


def test_a_replica_that_stalled_in_a_step_cannot_carry_it_out_once_the_process_is_undone(
    bank: Bank, clock: FixedClock
) -> None:
    def stall() -> None:
        if stalled.life.moments == 6 and not bank.purses.get("b").state.shut:
            bank.shut("b", shut=True)
            clock.advance(PAST_THE_LEASE)
            assert bank.sweep() == 1
            bank.shut("b", shut=False)

    stalled = Bank(bank.store, clock=clock, life=Life(between=lambda: None))
    stalled.life.between = stall

    with pytest.raises(Refusal, match="is shut"):
        stalled.move("a", "b", 40)

    assert bank.moves("a", "b") == [(-40, 40), ()]


def test_three_replicas_that_race_for_one_process_carry_it_out_once(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bank.sqlite3", synchronous="NORMAL")
    store.migrate(COLLECTIONS)
    first = Bank(store, clock=SystemClock())
    first.add("a", 10_000)
    first.add("b", 0)
    together = threading.Barrier(3)

    def race(bank: Bank, key: str) -> None:
        together.wait(patience(30))
        bank.move("a", "b", 40, key=key)

    for number in range(5):
        racing = [
            threading.Thread(target=race, args=(Bank(store, clock=SystemClock()), f"key-{number}")) for _ in range(3)
        ]
        for thread in racing:
            thread.start()
        for thread in racing:
            thread.join(patience(60))

    assert first.moves("a", "b") == [(-40,) * 5, (40,) * 5]
    store.close()


STEPS = st.one_of(
    st.tuples(
        st.just("sweep"),
        st.integers(min_value=0, max_value=2),
        st.one_of(st.none(), st.integers(min_value=0, max_value=10)),
        st.lists(st.integers(min_value=0, max_value=2), max_size=4).map(tuple),
    ),
    st.tuples(st.just("shut"), st.booleans()),
    st.tuples(st.just("jump"), st.integers(min_value=0, max_value=2), st.sampled_from([-300, 300])),
    st.tuples(st.just("pass"), st.integers(min_value=1, max_value=40)),
)


class Banks:
    """Three replicas over one store, each with a clock of its own, which may be wrong."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.clocks = [FixedClock() for _ in range(3)]
        self.bank = Bank(self.store, clock=self.clocks[0])
        self.bank.add("a", 100)
        self.bank.add("b", 0)

    def take(self, step: tuple[object, ...]) -> None:
        """One step of a plan."""
        match step:
            case ("sweep", number, dies_at, rivals):
                self.sweep(number, dies_at, rivals)
            case ("shut", shut):
                self.bank.shut("b", shut=shut)
            case ("jump", number, seconds):
                self.clocks[number].advance(timedelta(seconds=seconds))
            case ("pass", seconds):
                self.pass_time(seconds)

    def sweep(self, number: int, dies_at: int | None = None, rivals: tuple[int, ...] = ()) -> None:
        """One replica's sweep; before each of its writes the next of its rivals sweeps."""
        waiting = list(rivals)
        life = Life(dies_at=dies_at, between=lambda: self.sweep(waiting.pop(0)) if waiting else None)
        _sweep_until_killed(Bank(self.store, clock=self.clocks[number], life=life, owner=f"replica-{number}"))

    def pass_time(self, seconds: int) -> None:
        for clock in self.clocks:
            clock.advance(timedelta(seconds=seconds))

    def phase(self) -> str:
        """How the one process stands."""
        [process] = self.store.documents(PROCESSES).find().items
        return str(process["state"]["phase"])


@given(dies_at=st.integers(min_value=1, max_value=MOMENTS - 1), steps=st.lists(STEPS, max_size=12))
@hypothesis_settings(max_examples=150)
def test_whatever_replicas_deaths_and_clock_jumps_it_is_done_once_or_undone(dies_at, steps):
    banks = Banks()
    with pytest.raises(Died):
        Bank(banks.store, clock=banks.clocks[0], life=Life(dies_at=dies_at)).move("a", "b", 40)

    for step in steps:
        banks.take(step)
    for _ in range(3):
        banks.pass_time(3600 * (len(steps) + 1))
        banks.sweep(1)

    moves = banks.bank.moves("a", "b")
    assert banks.phase() in ("done", "undone")
    assert moves in ([[(-40,), (40,)]] if banks.phase() == "done" else [[(-40, 40), ()], [(), ()]])


def _sweep_until_killed(bank: Bank) -> None:
    try:
        bank.sweep()
    except Died:
        return
