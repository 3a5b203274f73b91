"""Due work is done once in effect: whichever replicas race, die or read a wrong clock (T11)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from shared.errors import Unavailable
from shared.events.referrals import ReferralAllocated
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import Due, DueWork
from shared.store.documents import Documents, Field, Order, StoreAway
from shared.store.records import dump_record, load_record
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.crashing import Died, Life, MortalDocuments
from tests.support.documents import InMemoryDocuments
from tests.support.scheduling import LEASE_SECONDS, a_scheduler

COUNCIL = "cheshire-east"
TASKS = collection_of(
    "tasks",
    fields=(Field(path="state.due_at", kind="instant"),),
    orders=(Order(name="due", by=(("state.due_at", "ascending"),)),),
)
TASKS_DUE = Due(name="tasks", collection=TASKS, path="state.due_at")
FIVE_MINUTES = 300


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to be done at several instants, one after the other."""

    ahead: tuple[datetime, ...]

    @property
    def due_at(self) -> datetime | None:
        return self.ahead[0] if self.ahead else None


def dump_task(task: Task) -> dict[str, object]:
    state: dict[str, object] = dump_record(task)
    return state | {"due_at": task.due_at}


TASK: Kind[Task] = Kind(name="task", dump=dump_task, load=lambda state: load_record(Task, state))


class Replica:
    """One process: its own clock, its own way of dying, the shared store."""

    def __init__(self, documents: Documents, *, clock: FixedClock, owner: str) -> None:
        self.clock = clock
        self.attempts: list[str] = []
        self.scheduler = a_scheduler(clock, owner=owner)
        self.work = DueWork(due=TASKS_DUE, documents=documents, do=self.fire)
        self.tasks = Aggregates(documents=documents, kind=TASK, clock=clock, nudge=lambda _: None)

    def fire(self, task_id: str) -> None:
        """The use case: what is due now is told, and then is ahead no more."""
        self.attempts.append(task_id)
        at = self.clock.now()

        def decide(task: Task) -> Decision[Task]:
            due = [instant for instant in task.ahead if instant <= at]
            told = [
                ReferralAllocated(referral_id=task_id, person_id="per-1", worker_id=instant.isoformat())
                for instant in due
            ]
            return Decision(state=replace(task, ahead=task.ahead[len(due) :]), events=told)

        self.tasks.change(task_id, decide, cause=of_schedule("tasks", task_id))

    def sweep(self) -> int:
        return self.scheduler.sweep(self.work)


class Replicas:
    """Several replicas over one store. Each has a clock of its own, which may be wrong."""

    def __init__(self) -> None:
        self.documents = InMemoryDocuments(TASKS)
        self.clocks = [FixedClock() for _ in range(3)]
        self.attempts: list[str] = []
        self.published: Counter[tuple[str, str]] = Counter()

    def schedule(self, task_id: str, *in_seconds: int) -> None:
        ahead = tuple(A_MONDAY_MORNING + timedelta(seconds=seconds) for seconds in sorted(in_seconds))
        tasks = Aggregates(documents=self.documents, kind=TASK, clock=self.clocks[0], nudge=lambda _: None)
        tasks.create(
            task_id, Decision(state=Task(ahead=ahead)), council_id=COUNCIL, cause=of_schedule("tasks", task_id)
        )

    def sweep(self, number: int, *, dies_at: int | None = None, rivals: tuple[int, ...] = ()) -> int:
        """One replica's sweep; before each of its writes the next of its rivals sweeps, and what was told is published.

        Whoever dies is started anew.
        """
        waiting = list(rivals)

        def meanwhile() -> None:
            if waiting:
                self.sweep(waiting.pop(0))
                self.publish()

        mortal = MortalDocuments(self.documents, Life(dies_at=dies_at, between=meanwhile))
        replica = Replica(mortal, clock=self.clocks[number], owner=f"replica-{number}")
        try:
            return replica.sweep()
        except Died:
            return 0
        finally:
            self.attempts += replica.attempts

    def pass_time(self, seconds: int) -> None:
        for clock in self.clocks:
            clock.advance(timedelta(seconds=seconds))

    def publish(self) -> None:
        """What a relay does: takes out of the outboxes what was told."""
        for document in self.documents.find(limit=1000).items:
            self.published.update((document["_id"], entry["data"]["worker_id"]) for entry in document["outbox"])
            if document["outbox"]:
                emptied = document | {"outbox": [], "outbox_due": None, "version": document["version"] + 1}
                self.documents.replace(emptied, version=document["version"])

    def fired(self) -> Counter[tuple[str, str]]:
        """How often each task's instant was told."""
        self.publish()
        return self.published


@pytest.fixture
def replicas() -> Replicas:
    return Replicas()


def once_each(**seconds: tuple[int, ...]) -> Counter[tuple[str, str]]:
    """Every instant of every task, once."""
    return Counter(
        (task_id, (A_MONDAY_MORNING + timedelta(seconds=offset)).isoformat())
        for task_id, offsets in seconds.items()
        for offset in set(offsets)
    )


def test_due_work_is_done_when_its_time_has_come_and_not_before(replicas):
    replicas.schedule("task_1", 60)

    assert replicas.sweep(0) == 0
    replicas.pass_time(60)
    assert replicas.sweep(0) == 1

    assert replicas.fired() == once_each(task_1=(60,))


def test_three_replicas_try_each_piece_of_work_once_between_them(replicas):
    for number in range(10):
        replicas.schedule(f"task_{number}", 1)
    replicas.pass_time(2)

    replicas.sweep(0, rivals=(1, 2, 1, 2))

    assert Counter(replicas.attempts) == {f"task_{number}": 1 for number in range(10)}


def test_what_falls_due_again_soon_does_not_wait_for_the_lease_of_the_last_time(replicas):
    replicas.schedule("task_1", 1, 5)
    replicas.pass_time(2)
    replicas.sweep(0)
    replicas.pass_time(3)

    replicas.sweep(0)

    assert replicas.fired() == once_each(task_1=(1, 5))


def test_when_a_replica_dies_between_lease_and_effect_another_takes_over_after_the_lease(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(2)
    replicas.sweep(0, dies_at=1)

    assert replicas.sweep(1) == 0
    replicas.pass_time(int(LEASE_SECONDS))
    assert replicas.sweep(1) == 1

    assert replicas.fired() == once_each(task_1=(1,))


def test_a_lease_that_a_wrong_clock_took_far_ahead_binds_nobody(replicas):
    replicas.schedule("task_1", 1)
    replicas.clocks[0].advance(timedelta(seconds=FIVE_MINUTES))
    replicas.sweep(0, dies_at=1)
    replicas.pass_time(2)

    assert replicas.sweep(1) == 1
    assert replicas.fired() == once_each(task_1=(1,))


def test_a_replica_that_is_alone_takes_up_what_its_predecessor_leased(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(2)
    replicas.sweep(0, dies_at=1)
    successor = Replica(replicas.documents, clock=replicas.clocks[0], owner="successor")
    successor.scheduler = replace(successor.scheduler, is_alone=True)

    assert successor.sweep() == 1
    assert replicas.fired() == once_each(task_1=(1,))


def test_work_with_a_lease_of_its_own_waits_for_that_one_only(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(2)
    failing = Replica(replicas.documents, clock=replicas.clocks[0], owner="replica-0")
    work = replace(failing.work, do=lambda _: None, lease_seconds=2)
    assert failing.scheduler.sweep(work) == 1
    assert failing.scheduler.sweep(work) == 0

    replicas.pass_time(2)

    assert failing.scheduler.sweep(work) == 1


def test_clocks_that_differ_by_seconds_respect_each_others_leases(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(10)
    replicas.clocks[0].advance(timedelta(seconds=5))
    replicas.sweep(0, dies_at=1)

    assert replicas.sweep(1) == 0


def test_a_replica_that_outlives_its_lease_adds_no_second_effect(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(2)
    replicas.clocks[1].advance(timedelta(seconds=LEASE_SECONDS + 1))

    def stall_after_the_lease() -> None:
        if life.moments == 2:
            assert replicas.sweep(1) == 1
            replicas.publish()

    life = Life(between=stall_after_the_lease)
    Replica(MortalDocuments(replicas.documents, life), clock=replicas.clocks[0], owner="stalled").sweep()

    assert replicas.fired() == once_each(task_1=(1,))


def test_work_that_fails_is_tried_again_after_its_lease_and_keeps_no_other_waiting(replicas):
    for number in range(3):
        replicas.schedule(f"task_{number}", 1)
    replicas.pass_time(2)
    failing = Replica(replicas.documents, clock=replicas.clocks[0], owner="failing")
    planned: list[Exception] = [Unavailable("busy"), ValueError("a defect")]

    def fire(task_id: str) -> None:
        if planned:
            raise planned.pop()
        failing.fire(task_id)

    work = replace(failing.work, do=fire)
    assert failing.scheduler.sweep(work) == 3
    assert failing.scheduler.sweep(work) == 0
    replicas.pass_time(int(LEASE_SECONDS))
    assert failing.scheduler.sweep(work) == 2

    assert replicas.fired() == once_each(task_0=(1,), task_1=(1,), task_2=(1,))


def test_what_has_been_due_for_long_is_counted(replicas):
    replicas.schedule("task_1", 1)
    replicas.schedule("task_2", 50)
    replicas.pass_time(61)
    replica = Replica(replicas.documents, clock=replicas.clocks[0], owner="any")

    assert replica.scheduler.late(replica.work, seconds=60) == 1
    assert replica.scheduler.late(replica.work, seconds=61) == 0


def test_a_store_that_goes_away_ends_the_sweep_and_loses_nothing(replicas):
    replicas.schedule("task_1", 1)
    replicas.pass_time(2)
    replicas.documents.interrupt_next_write("after")

    with pytest.raises(StoreAway):
        replicas.sweep(0)
    replicas.pass_time(int(LEASE_SECONDS))
    replicas.sweep(0)

    assert replicas.fired() == once_each(task_1=(1,))


STEPS = st.one_of(
    st.tuples(
        st.just("sweep"),
        st.integers(min_value=0, max_value=2),
        st.one_of(st.none(), st.integers(min_value=0, max_value=6)),
        st.lists(st.integers(min_value=0, max_value=2), max_size=4).map(tuple),
    ),
    st.tuples(st.just("jump"), st.integers(min_value=0, max_value=2), st.sampled_from([-FIVE_MINUTES, FIVE_MINUTES])),
    st.tuples(st.just("pass"), st.integers(min_value=1, max_value=40)),
)
TASKS_AHEAD = st.lists(
    st.lists(st.integers(min_value=0, max_value=120), min_size=1, max_size=3, unique=True).map(tuple),
    min_size=1,
    max_size=3,
)


@given(ahead=TASKS_AHEAD, steps=st.lists(STEPS, max_size=12))
@hypothesis_settings(max_examples=150)
def test_any_interleaving_of_replicas_deaths_and_clock_jumps_has_each_effect_exactly_once(ahead, steps):
    replicas = Replicas()
    tasks = {f"task_{number}": seconds for number, seconds in enumerate(ahead)}
    for task_id, seconds in tasks.items():
        replicas.schedule(task_id, *seconds)

    for step in steps:
        match step:
            case ("sweep", number, dies_at, rivals):
                replicas.sweep(number, dies_at=dies_at, rivals=rivals)
            case ("jump", number, seconds):
                replicas.clocks[number].advance(timedelta(seconds=seconds))
            case ("pass", seconds):
                replicas.pass_time(seconds)
    replicas.pass_time(120 + FIVE_MINUTES * len(steps) + int(LEASE_SECONDS))
    replicas.sweep(0)
    replicas.pass_time(int(2 * LEASE_SECONDS))
    replicas.sweep(1)

    assert replicas.fired() == once_each(**tasks)
