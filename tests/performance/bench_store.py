"""How many durable writes a second the embedded store takes, beside plain sqlite3 on the same disk in the same run.

Run it with `python -m tests.performance.bench_store`; nothing is asserted: read the ratios, not the rates.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.store.documents import Collection, Document, Documents, Field, Order, Store, Unique
from shared.store.opening import open_store
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_files import Synchronous

WRITERS = (1, 16)
MONGODB = os.environ.get("STEWARD_TEST_MONGODB_URL")

REFERRALS = Collection(
    name="referrals",
    fields=(
        Field(path="council_id"),
        Field(path="status"),
        Field(path="reference"),
        Field(path="due_at", kind="instant"),
    ),
    unique=(Unique(name="reference", paths=("council_id", "reference")),),
    orders=(Order(name="by-due", by=(("due_at", "ascending"),)),),
)

Act = Callable[[str, int], None]
"""Writes one document, given its id and a version."""


@dataclass(frozen=True, kw_only=True)
class Contender:
    """Something that can insert and replace documents."""

    name: str
    insert: Act
    replace: Act


def a_referral(id: str, version: int) -> Document:
    """A document of about 700 bytes as JSON."""
    return {
        "_id": id,
        "version": version,
        "council_id": "cheshire-east",
        "status": "received",
        "reference": id,
        "due_at": datetime(2026, 3, 9, 17, tzinfo=UTC),
        "history": [{"type": "referral.received", "sequence": n, "note": "x" * 60} for n in range(5)],
        "outbox": [],
    }


@contextmanager
def steward(folder: Path, synchronous: Synchronous, most_in_a_group: int) -> Iterator[Contender]:
    """The adapter, with or without group commit."""
    store = SqliteStore(folder / "steward.sqlite3", synchronous=synchronous, most_in_a_group=most_in_a_group)
    grouped = "group commit" if most_in_a_group > 1 else "commit each"
    yield _through(store, f"steward {synchronous}, {grouped}")
    store.close()


@contextmanager
def mongo(url: str) -> Iterator[Contender]:
    """The MongoDB adapter on the server named in the environment."""
    store = open_store(url, f"bench_{time.time_ns()}")
    store.migrate([REFERRALS])
    yield _through(store, "steward on the MongoDB-wire server")
    store.close()


class Plain:
    """Hand-written sqlite3: the same columns and indexes, a connection per thread, a commit per write."""

    TABLE = """
        CREATE TABLE referrals (id TEXT PRIMARY KEY, version INTEGER, body TEXT,
            council_id TEXT, status TEXT, reference TEXT, due_at INTEGER);
        CREATE INDEX by_due ON referrals (due_at, id);
        CREATE INDEX by_status ON referrals (status);
        CREATE INDEX by_reference ON referrals (reference);
        CREATE UNIQUE INDEX reference ON referrals (council_id, reference);
    """
    INSERT = """
        INSERT INTO referrals (version, body, council_id, status, reference, due_at, id) VALUES (?, ?, ?, ?, ?, ?, ?)
    """
    REPLACE = """
        UPDATE referrals SET version = ?, body = ?, council_id = ?, status = ?, reference = ?, due_at = ?
        WHERE id = ? AND version = ?
    """

    def __init__(self, path: Path, synchronous: Synchronous) -> None:
        self._path, self._synchronous = path, synchronous
        self._kept = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._connection().executescript(self.TABLE)

    def insert(self, id: str, version: int) -> None:
        self._commit(self.INSERT, _plain_row(id, version))

    def replace(self, id: str, version: int) -> None:
        self._commit(self.REPLACE, (*_plain_row(id, version), version - 1))

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _commit(self, statement: str, values: tuple[object, ...]) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(statement, values)
        connection.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._kept, "connection", None)
        if found is None:
            found = self._kept.connection = sqlite3.connect(
                self._path, isolation_level=None, timeout=10, check_same_thread=False
            )
            found.execute("PRAGMA journal_mode = WAL")
            found.execute(f"PRAGMA synchronous = {self._synchronous}")
            self._opened.append(found)
        return found


def _plain_row(id: str, version: int) -> tuple[object, ...]:
    document = a_referral(id, version)
    due = int(document["due_at"].timestamp() * 1000)
    body = json.dumps(document, default=str)
    return version, body, document["council_id"], document["status"], document["reference"], due, id


@contextmanager
def plain(folder: Path, synchronous: Synchronous) -> Iterator[Contender]:
    """What the ratios are against."""
    by_hand = Plain(folder / "plain.sqlite3", synchronous)
    yield Contender(name=f"plain sqlite3 {synchronous}", insert=by_hand.insert, replace=by_hand.replace)
    by_hand.close()


def measure(contender: Contender, writers: int, seconds: float) -> tuple[float, float]:
    """Inserts a second, replaces a second."""
    inserted = [0] * writers
    rate_in = _rate(writers, seconds, lambda writer, n: _insert(contender, writer, n, inserted))
    rate_over = _rate(writers, seconds, lambda writer, n: _replace(contender, writer, n, inserted))
    return rate_in, rate_over


def main(arguments: list[str]) -> None:
    """Prints a table; every ratio is against plain sqlite3 with the same `synchronous` and writers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each of the measurements takes")
    parser.add_argument("--rounds", type=int, default=3, help="the median of this many is shown")
    chosen = parser.parse_args(arguments)
    _say(f"{'':44}{'writers':>8}{'insert/s':>10}{'ratio':>7}{'replace/s':>11}{'ratio':>7}")
    levels: tuple[Synchronous, ...] = ("FULL", "NORMAL")
    for synchronous in levels:
        for writers in WRITERS:
            _table(synchronous, writers, chosen.seconds, chosen.rounds)
    if MONGODB:
        for writers in WRITERS:
            with mongo(MONGODB) as contender:
                _line(contender.name, writers, measure(contender, writers, chosen.seconds), None)


def _table(synchronous: Synchronous, writers: int, seconds: float, rounds: int) -> None:
    seen: dict[str, list[tuple[float, float]]] = {}
    for _ in range(rounds):
        for most_in_a_group in (None, 1, 256):
            with tempfile.TemporaryDirectory() as folder, _embedded(Path(folder), synchronous, most_in_a_group) as each:
                seen.setdefault(each.name, []).append(measure(each, writers, seconds))
    medians = {name: (_median(runs, 0), _median(runs, 1)) for name, runs in seen.items()}
    base = next(iter(medians.values()))
    for name, rates in medians.items():
        _line(name, writers, rates, base)


def _embedded(folder: Path, synchronous: Synchronous, most_in_a_group: int | None) -> AbstractContextManager[Contender]:
    if most_in_a_group is None:
        return plain(folder, synchronous)
    return steward(folder, synchronous, most_in_a_group)


def _line(name: str, writers: int, rates: tuple[float, float], base: tuple[float, float] | None) -> None:
    ratios = [f"{rate / against:7.2f}" for rate, against in zip(rates, base, strict=True)] if base else ["", ""]
    _say(f"{name:44}{writers:8}{rates[0]:10.0f}{ratios[0]:>7}{rates[1]:11.0f}{ratios[1]:>7}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _median(runs: list[tuple[float, float]], which: int) -> float:
    return statistics.median(run[which] for run in runs)


def _rate(writers: int, seconds: float, act: Callable[[int, int], bool]) -> float:
    until = time.perf_counter() + seconds

    def write(writer: int) -> int:
        number = 0
        while time.perf_counter() < until and act(writer, number):
            number += 1
        return number

    began = time.perf_counter()
    with ThreadPoolExecutor(writers) as threads:
        written = sum(threads.map(write, range(writers)))
    return written / (time.perf_counter() - began)


def _insert(contender: Contender, writer: int, number: int, inserted: list[int]) -> bool:
    contender.insert(f"referral-{writer}-{number}", 1)
    inserted[writer] += 1
    return True


def _replace(contender: Contender, writer: int, number: int, inserted: list[int]) -> bool:
    turn, which = divmod(number, inserted[writer])
    contender.replace(f"referral-{writer}-{which}", turn + 2)
    return True


def _through(store: Store, name: str) -> Contender:
    documents: Documents = store.documents(REFERRALS)
    return Contender(
        name=name,
        insert=lambda id, version: documents.insert(a_referral(id, version)),
        replace=lambda id, version: documents.replace(a_referral(id, version), version=version - 1),
    )


if __name__ == "__main__":
    main(sys.argv[1:])
