"""Writes from 20 greenlets of a patched process while another transaction keeps the file busy, and tells what happened.

Arguments: the file, and how the store waits: `beside` the loop, or `direct`, which stalls it and must be found out.
Prints one JSON object.
"""
# ruff: noqa: E402  the process must be patched before anything else is imported

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from eventlet import patcher, tpool

from shared.store.blocking import BesideLoop, Blocking, PlainThreads
from shared.store.documents import Documents, StoreAway, VersionChanged
from shared.store.sqlite import SqliteStore
from tests.contract.store.samples import CASES, a_case
from tests.support.waiting import patience

WRITERS = 20
EACH = 10
TICKS = 60
TICK_SECONDS = 0.005


def main(path: str, manner: str) -> None:
    """One trial after another in the same process and on the same file."""
    busy_timeout_seconds = patience(30) if manner == "beside" else 0.01
    store = SqliteStore(Path(path), busy_timeout_seconds=busy_timeout_seconds, blocking=_blocking(manner))
    documents = store.documents(CASES)
    told: dict[str, Any] = _while_busy(path, documents)
    if manner == "beside":
        told |= _racing(documents) | _killed(path, documents) | _from_a_native_thread(documents)
    store.close()
    sys.stdout.write(json.dumps(told))


def _blocking(manner: str) -> Blocking:
    if manner == "direct":
        return PlainThreads()
    return BesideLoop(execute=tpool.execute, native_threading=patcher.original("threading"))


def _while_busy(path: str, documents: Documents) -> dict[str, Any]:
    """Greenlets begin to write while a foreign transaction holds the file; the ticker counts until it is let go."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    writers = [eventlet.spawn(_write, documents, writer) for writer in range(WRITERS)]
    began, ticks, reads = time.monotonic(), 0, 0
    while ticks < TICKS and time.monotonic() - began < patience(6):
        eventlet.sleep(TICK_SECONDS)
        ticks += 1
        reads += documents.count() == 0 and documents.get("greenlet-0-0") is None
    holder.execute("ROLLBACK")
    holder.close()
    outcomes = [outcome for writer in writers for outcome in writer.wait()]
    return {
        "ticks": ticks,
        "reads": reads,
        "written": outcomes.count("written"),
        "away": outcomes.count("away"),
        "stored": documents.count(),
    }


def _write(documents: Documents, writer: int) -> list[str]:
    return [_outcome(documents, f"greenlet-{writer}-{n}") for n in range(EACH)]


def _outcome(documents: Documents, id: str) -> str:
    try:
        documents.insert(a_case(id, keys=[id]))
    except StoreAway:
        return "away"
    return "written"


def _racing(documents: Documents) -> dict[str, Any]:
    documents.insert(a_case("counter"))
    adders = [eventlet.spawn(_add, documents, 5) for _ in range(WRITERS)]
    for adder in adders:
        adder.wait()
    counter = documents.get("counter")
    assert counter is not None
    return {"counter": counter["version"]}


def _add(documents: Documents, times: int) -> None:
    while times:
        counter = documents.get("counter")
        assert counter is not None
        eventlet.sleep(0)
        try:
            documents.replace(a_case("counter", counter["version"] + 1), version=counter["version"])
        except VersionChanged:
            continue
        times -= 1


def _killed(path: str, documents: Documents) -> dict[str, Any]:
    """Kills the leader of a group, then the next in line and another: the rest must come through or be told."""
    return {
        "leader_killed": _killing(path, documents, "leader", [0]),
        "next_killed": _killing(path, documents, "next", [1, 3]),
    }


def _killing(path: str, documents: Documents, name: str, killed: list[int]) -> list[str]:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    writers = [eventlet.spawn(_outcome, documents, f"{name}-{n}") for n in range(6)]
    eventlet.sleep(0.05)
    for n in killed:
        writers[n].kill()
    holder.execute("ROLLBACK")
    holder.close()
    with eventlet.Timeout(patience(20), False):
        rest = [writer.wait() for n, writer in enumerate(writers) if n not in killed]
        return [*rest, _outcome(documents, f"{name}-late")]
    return ["stuck"]


def _from_a_native_thread(documents: Documents) -> dict[str, Any]:
    """A write from the pool's own threads, beside greenlets that write."""
    writers = [eventlet.spawn(_outcome, documents, f"loop-{n}") for n in range(10)]
    native = [eventlet.spawn(tpool.execute, _outcome, documents, f"native-{n}") for n in range(10)]
    return {"native": [thread.wait() for thread in native], "loop": [writer.wait() for writer in writers]}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
