"""T11: replicas that are killed, whose clocks jump and whose leases are shared, have the effect of due work exactly once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from shared.clock import SystemClock
from shared.messaging.processes import PROCESSES
from shared.store.documents import AnyOf, Equal, Store
from shared.store.opening import open_store
from tests.faults.checking import Applied, check
from tests.faults.due_replica import OPTIONS
from tests.faults.history import History
from tests.faults.results import Lengths, report
from tests.support.crashing import Died, Life
from tests.support.purses import COLLECTIONS, Bank
from tests.support.waiting import eventually

REPLICAS = 3
PAIRS = 4
EFFECTS = ("take-out", "put-in")
SHARED, HELD = 0.001, 0.5
OPEN = AnyOf(path="state.phase", values=["doing", "undoing"])
DONE = Equal(path="state.phase", value="done")
LATER = timedelta(minutes=15)
pytestmark = pytest.mark.timeout(600 + int(Lengths.from_environment().seconds) * 10)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the replicas keep their records."""

    engine: str
    store_url: str
    service: str


class LateClock:
    """A clock that is past every due instant that the replicas may have written."""

    def now(self) -> datetime:
        return SystemClock().now() + LATER


class Replicas:
    """Three replicas over one store. Whoever is killed is started again."""

    def __init__(self, place: Place, *, lease_seconds: float, draw: random.Random) -> None:
        self.history = History()
        self._place = place
        self._lease_seconds = lease_seconds
        self._draw = draw
        self._starts = 0
        self._running: list[subprocess.Popen[str]] = []

    def start(self) -> None:
        """Starts all, and returns once each sweeps."""
        for _ in range(REPLICAS):
            self._running.append(self._start())

    def kill_one(self) -> None:
        """SIGKILL, and another in its place."""
        place = self._draw.randrange(REPLICAS)
        killed = self._running[place]
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        self.history.kill(f"replica-{place}", cause="SIGKILL")
        self._running[place] = self._start()

    def stop(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()

    def _start(self) -> subprocess.Popen[str]:
        self._starts += 1
        arguments = [self._place.store_url, self._place.service, str(self._lease_seconds), f"replica-{self._starts}"]
        command = [sys.executable, "-W", "ignore", "-m", "tests.faults.due_replica", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "sweeping\n"
        return process


@pytest.fixture(params=["SQLite", pytest.param("MongoDB", marks=pytest.mark.needs_mongodb)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Each engine in turn, with a database of this test alone."""
    service = f"bank_{uuid4().hex[:12]}"
    if request.param == "SQLite":
        yield Place(engine="SQLite", store_url=f"sqlite:///{tmp_path}", service=service)
        return
    store_url = os.environ["STEWARD_TEST_MONGODB_URL"]
    yield Place(engine="MongoDB", store_url=store_url, service=service)
    with MongoClient[dict[str, object]](store_url) as client:
        client.drop_database(f"steward_{service}")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    opened = open_store(place.store_url, place.service, options=OPTIONS)
    opened.migrate(COLLECTIONS)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "lease_seconds", [pytest.param(HELD, id="leases held"), pytest.param(SHARED, id="leases shared")]
)
def test_killed_with_clocks_that_jump_replicas_do_due_work_once(
    place: Place, store: Store, lease_seconds: float, lengths: Lengths
) -> None:
    draw = random.Random(f"{place.engine} {lease_seconds}")
    replicas = Replicas(place, lease_seconds=lease_seconds, draw=draw)
    purses = [(f"a{pair}", f"b{pair}") for pair in range(PAIRS)]
    for source, target in purses:
        an_honest_bank(store).add(source, 10**9)
        an_honest_bank(store).add(target, 0)

    try:
        replicas.start()
        under_attack(replicas, store, purses, seconds=lengths.seconds / 4, draw=draw)
    finally:
        replicas.stop()
    done_under_attack = store.documents(PROCESSES).count([DONE])
    finish(store)

    verdict = check(replicas.history, applied(store, purses))
    report(
        "T11",
        attack="replicas killed while their clocks jump five minutes, "
        + ("each lease held" if lease_seconds == HELD else "no lease held"),
        platform=f"processes on {place.engine}",
        runs=1,
        kills=len(replicas.history.kills),
        verdict=verdict,
    )
    assert done_under_attack > 0
    assert verdict.applied == verdict.attempted
    assert len(replicas.history.kills) >= 3
    assert verdict.holds, verdict


def an_honest_bank(store: Store, *, life: Life | None = None) -> Bank:
    return Bank(store, clock=SystemClock(), life=life, lease_seconds=SHARED)


def under_attack(
    replicas: Replicas, store: Store, purses: list[tuple[str, str]], *, seconds: float, draw: random.Random
) -> None:
    """Starts one process after another and leaves each to the replicas, of which one is killed now and then."""
    until, kill_at = time.monotonic() + seconds, time.monotonic() + 0.3
    pence = 0
    while time.monotonic() < until or len(replicas.history.kills) < REPLICAS:
        pence += 1
        start_and_die(replicas.history, store, purses[pence % PAIRS], pence)
        if time.monotonic() >= kill_at:
            replicas.kill_one()
            kill_at = time.monotonic() + draw.uniform(0.1, 0.5)


def start_and_die(history: History, store: Store, purses: tuple[str, str], pence: int) -> None:
    """The command's process is written, then whoever wrote it is gone. From then on its effects are owed."""
    operation = f"{purses[0]} {pence}"
    history.attempt(operation, client=operation, expects=EFFECTS)
    with suppress(Died):
        an_honest_bank(store, life=Life(dies_at=1)).move(*purses, pence, key=operation)
    history.acknowledge(operation)


def finish(store: Store) -> None:
    """What the last kills left open is finished, once every lease and every due instant is past."""
    bank = Bank(store, clock=LateClock())

    def is_finished() -> bool:
        bank.sweep()
        return store.documents(PROCESSES).count([OPEN]) == 0

    eventually(is_finished, within=240)


def applied(store: Store, purses: list[tuple[str, str]]) -> list[Applied]:
    """Every movement in every purse, by the process it is of."""
    bank = an_honest_bank(store)
    return [
        Applied(operation_id=f"{pair[0]} {abs(pence)}", effect=effect, stream=purse, sequence=place)
        for pair in purses
        for purse, effect in zip(pair, EFFECTS, strict=True)
        for place, pence in enumerate(bank.purses.get(purse).state.moves, start=1)
    ]
