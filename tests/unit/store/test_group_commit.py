"""Group commit: who leads, who waits, who is told what."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from shared.store.blocking import PlainThreads
from shared.store.documents import StoreAway
from shared.store.group_commit import GroupCommit, Ticket
from tests.support.waiting import eventually, patience

PATIENCE = patience(20)


class SlowDisk:
    """Commits what it is given once it is let; remembers the groups."""

    def __init__(self) -> None:
        self.groups: list[list[Any]] = []
        self.begun = threading.Semaphore(0)
        self.let = threading.Semaphore(0)

    def commit(self, tickets: Sequence[Ticket]) -> None:
        self.begun.release()
        assert self.let.acquire(timeout=PATIENCE)
        self.groups.append([ticket.write("connection") for ticket in tickets])
        for ticket, result in zip(tickets, self.groups[-1], strict=True):
            ticket.settle(result)


class Writers:
    """Submits writes from threads of their own, one after another where it matters."""

    def __init__(self, group: GroupCommit, threads: ThreadPoolExecutor) -> None:
        self._group, self._threads = group, threads

    def submit(self, name: str) -> Future[Any]:
        return self._threads.submit(self._group.submit, lambda _: name)

    def wait_until_waiting(self, number: int) -> None:
        eventually(lambda: len(self._group._waiting) == number, within=20)


@pytest.fixture
def disk() -> SlowDisk:
    return SlowDisk()


@pytest.fixture
def threads() -> Any:
    with ThreadPoolExecutor(20) as pool:
        yield pool


def a_group(disk: SlowDisk, *, most: int = 100) -> GroupCommit:
    return GroupCommit(disk.commit, blocking=PlainThreads(), most=most)


def test_those_who_come_during_a_commit_share_the_next_one(disk: SlowDisk, threads: ThreadPoolExecutor) -> None:
    writers = Writers(a_group(disk), threads)
    first = writers.submit("first")
    assert disk.begun.acquire(timeout=PATIENCE)
    later = [writers.submit(f"later-{n}") for n in range(10)]
    writers.wait_until_waiting(10)

    disk.let.release()
    disk.let.release()

    assert first.result(PATIENCE) == "first"
    assert [each.result(PATIENCE) for each in later] == [f"later-{n}" for n in range(10)]
    assert disk.groups[0] == ["first"]
    assert sorted(disk.groups[1]) == sorted(f"later-{n}" for n in range(10))
    assert len(disk.groups) == 2


def test_a_group_is_never_larger_than_allowed(disk: SlowDisk, threads: ThreadPoolExecutor) -> None:
    writers = Writers(a_group(disk, most=3), threads)
    first = writers.submit("first")
    assert disk.begun.acquire(timeout=PATIENCE)
    later = [writers.submit(str(n)) for n in range(7)]
    writers.wait_until_waiting(7)

    disk.let.release(4)

    assert {each.result(PATIENCE) for each in [first, *later]} == {"first", *map(str, range(7))}
    assert [len(group) for group in disk.groups] == [1, 3, 3, 1]


def test_nobody_is_answered_before_the_commit(disk: SlowDisk, threads: ThreadPoolExecutor) -> None:
    writer = Writers(a_group(disk), threads).submit("first")

    assert disk.begun.acquire(timeout=PATIENCE)

    assert not writer.done()
    disk.let.release()
    assert writer.result(PATIENCE) == "first"


def test_each_gets_its_own_refusal() -> None:
    def refuse(tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            ticket.refuse(ValueError(ticket.write(None)))

    group = GroupCommit(refuse, blocking=PlainThreads(), most=10)

    with pytest.raises(ValueError, match="mine"):
        group.submit(lambda _: "mine")


def test_after_a_commit_that_breaks_down_the_next_one_works(disk: SlowDisk) -> None:
    plans: list[Callable[[Sequence[Ticket]], None]] = [lambda _: _break_down(), disk.commit]

    def commit(tickets: Sequence[Ticket]) -> None:
        plans.pop(0)(tickets)

    group = GroupCommit(commit, blocking=PlainThreads(), most=10)
    with pytest.raises(RuntimeError, match="broken"):
        group.submit(lambda _: "lost")
    disk.let.release()

    assert group.submit(lambda _: "kept") == "kept"


def test_a_follower_of_a_broken_commit_is_told_that_nothing_is_known(threads: ThreadPoolExecutor) -> None:
    disk = SlowDisk()
    plans: list[Callable[[Sequence[Ticket]], None]] = [disk.commit, lambda _: _break_down()]

    def commit(tickets: Sequence[Ticket]) -> None:
        plans.pop(0)(tickets)

    group = GroupCommit(commit, blocking=PlainThreads(), most=10)
    writers = Writers(group, threads)
    first = writers.submit("first")
    assert disk.begun.acquire(timeout=PATIENCE)
    later = [writers.submit(str(n)) for n in range(3)]
    writers.wait_until_waiting(3)

    disk.let.release()

    assert first.result(PATIENCE) == "first"
    errors = [type(each.exception(PATIENCE)) for each in later]
    assert sorted(error.__name__ for error in errors) == ["RuntimeError", "StoreAway", "StoreAway"]
    assert StoreAway in errors


def test_a_caller_apart_from_the_loop_commits_alone(disk: SlowDisk) -> None:
    class Apart(PlainThreads):
        def is_apart(self) -> bool:
            return True

    group = GroupCommit(disk.commit, blocking=Apart(), most=10)
    disk.let.release()

    assert group.submit(lambda _: "alone") == "alone"
    assert group._waiting == []


def _break_down() -> None:
    raise RuntimeError("broken")
