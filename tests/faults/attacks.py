"""Ways to attack a fleet: a member that dies at one point after another, members killed at random, members restarted one by one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol

from tests.faults.fleet import READY_SECONDS, Fleet
from tests.faults.load import Load
from tests.support.waiting import eventually

SOON = 14
"""A point is armed for one of its first so many passes."""
DEATH_SECONDS = 300.0
PROGRESS = 12
"""So many operations are acknowledged between two deaths at random, however long that takes."""
SENDER_POINTS = ("before-commit", "after-commit", "after-publish", "after-confirm")
CONSUMER_POINTS = ("before-effect", "after-effect", "after-mark", "after-ack")


def die_at_each(fleet: Fleet, members: Sequence[str], points: Sequence[str], *, seed: str) -> None:
    """Each of these members, all at once, dies at each point once, each time started again with the next; in the end all run
    unarmed.

    Clients must be at work. Raises `AssertionError` when a member does not come by a point in time.
    """
    with ThreadPoolExecutor(len(members)) as threads:
        dying = [threads.submit(_die_at_each, fleet, m, points, random.Random(f"{seed} {m}")) for m in members]
    for each in dying:
        each.result()


def _die_at_each(fleet: Fleet, member: str, points: Sequence[str], draw: random.Random) -> None:
    wanted = draw.sample(points, len(points))
    fleet.restart(member, _fault(wanted[0], draw))
    for point, following in zip(wanted, [*wanted[1:], None], strict=True):
        assert fleet.await_death(member, fault=point, within=DEATH_SECONDS), f"{member} never came to {point}"
        fleet.start(member, *([_fault(following, draw)] if following else []))


def _fault(point: str, draw: random.Random) -> str:
    return f"{point}:kill:{draw.randint(1, SOON)}"


class Engine(Protocol):
    """A broker or a store that may be killed and started again on what it left."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


def kill_again_and_again(
    engine: Engine, name: str, load: Load, *, kills: int, operations: int, draw: random.Random
) -> list[float]:
    """The engine dies so often, each time after so many operations, and is started again; at last as many go well once more.

    How many seconds each of its starts took.
    """
    history, starts = load.fleet.history, []
    for _ in range(kills):
        load.await_more_operations(operations)
        time.sleep(draw.uniform(0.0, 0.5))
        engine.kill()
        history.kill(name, cause="SIGKILL")
        began = time.monotonic()
        engine.start()
        starts.append(time.monotonic() - began)
    load.await_more_operations(operations)
    return starts


@contextmanager
def killing_at_random(
    fleet: Fleet, members: Sequence[str], *, every_seconds: float, draw: random.Random
) -> Iterator[None]:
    """While the block runs, one member after another dies by SIGKILL and is started again.

    Between two deaths some operations are acknowledged: a machine too slow to start anything meanwhile would prove nothing.
    """
    history, known = fleet.history, -PROGRESS

    def kill_one() -> None:
        nonlocal known
        if len(history.acknowledged) < known + PROGRESS:
            return
        known = len(history.acknowledged)
        member = draw.choice(members)
        fleet.kill(member)
        fleet.start(member)

    with repeated(kill_one, every_seconds=every_seconds):
        yield


@contextmanager
def repeated(do: Callable[[], None], *, every_seconds: float) -> Iterator[None]:
    """Does this again and again beside the block; what it raises, the block's end raises."""
    ending, failures = threading.Event(), list[Exception]()

    def keep_doing() -> None:
        try:
            while not ending.wait(every_seconds):
                do()
        except Exception as error:  # the block's end raises it
            failures.append(error)

    thread = threading.Thread(target=keep_doing, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
    if failures:
        raise failures[0]


def restart_each(fleet: Fleet, members: Sequence[str]) -> dict[str, int]:
    """SIGTERM to one member after another, the next only when all services answer again; their exit codes."""
    codes = {}
    for member in members:
        codes[member] = fleet.stop(member)
        fleet.start(member)
        eventually(fleet.is_up, within=READY_SECONDS)
    return codes
