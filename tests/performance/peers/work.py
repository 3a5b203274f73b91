"""The work that every peer does: a durable, confirmed message, and one SQLite upsert under a unique key when it arrives.

Only the standard library here: it runs in the peers' own environment too. A peer's program is started with
`ROLE KIND BROKER DATABASE SYNCHRONOUS` and speaks the lines that `tests.performance.parties` says.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

UPSERT = """
    INSERT INTO effects (key, body, times) VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET times = times + 1
"""


class Effects:
    """One upsert a message, each its own commit; a connection of its own for each process that forks off."""

    def __init__(self, path: str, synchronous: str) -> None:
        self._path = path
        self._synchronous = synchronous
        self._opened: tuple[int, sqlite3.Connection] | None = None
        self._turn = threading.Lock()

    def apply(self, message: dict[str, Any]) -> None:
        """The effect of one message."""
        with self._turn:
            self._connection().execute(UPSERT, (message["key"], json.dumps(message)))

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None or self._opened[0] != os.getpid():
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute("CREATE TABLE IF NOT EXISTS effects (key TEXT PRIMARY KEY, body TEXT, times INTEGER)")
            self._opened = os.getpid(), connection
        return self._opened[1]


class SharedCounter:
    """Counts effects down, also those of processes forked off, and tells when the expected number is reached."""

    def __init__(self) -> None:
        self._left = multiprocessing.Value("q", 0)

    def expect(self, effects: int) -> None:
        """How many are to come."""
        with self._left.get_lock():
            self._left.value = effects
        tell("expecting")

    def one_more(self) -> None:
        """One effect is there."""
        with self._left.get_lock():
            self._left.value -= 1
            is_last = self._left.value == 0
        if is_last:
            tell(f"done {time.monotonic()!r}")


def tell(line: str) -> None:
    """A line to whoever started this process, whatever the peer has made of sys.stdout."""
    os.write(1, f"{line}\n".encode())


def a_message(key: str) -> dict[str, Any]:
    """About as much as one of our events carries: 330 bytes as JSON."""
    return {
        "key": key,
        "type": "referral.allocated",
        "referral_id": key,
        "person_id": "per-0007",
        "worker_id": "worker-1",
        "council_id": "cheshire-east",
        "at": "2026-03-02T09:00:00.000Z",
        "tags": [f"sample-{number:04d}" for number in range(9)],
    }


def orders() -> Iterator[tuple[str, list[int]]]:
    """What this process is told, until its input ends.

    Read beside `sys.stdin`, which a forked child may close: that would wait for ever for a lock held by a reading thread.
    """
    with open(0, closefd=False) as lines:
        for line in lines:
            order, *numbers = line.split()
            yield order, [int(number) for number in numbers]


def keys_of(commands: int, callers: int) -> list[list[str]]:
    """The keys of each caller's messages, never used before."""
    run = uuid4().hex[:8]
    return [[f"{run}-{caller}-{n}" for n in range(commands // callers)] for caller in range(callers)]


def tell_in_threads(send: Callable[[dict[str, Any]], object]) -> None:
    """A teller whose callers are threads; `send` returns when the broker has the message."""
    tell("ready")
    for _, (commands, callers) in orders():
        threads = [threading.Thread(target=_send_all, args=(send, keys)) for keys in keys_of(commands, callers)]
        tell(f"began {time.monotonic()!r}")
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def expect_as_told(counter: SharedCounter) -> None:
    """In a thread beside an applier's own loop: counts as it is told to, and ends the process when the input ends."""

    def obey() -> None:
        for _, (effects,) in orders():
            counter.expect(effects)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=obey, daemon=True).start()


def _send_all(send: Callable[[dict[str, Any]], object], keys: list[str]) -> None:
    for key in keys:
        send(a_message(key))
