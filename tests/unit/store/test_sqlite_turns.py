"""What a write to SQLite does where its caller is, and what apart, where a thread may be blocked."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.store import sqlite_files
from shared.store.blocking import NativeLock
from shared.store.documents import Collection, Documents, IdTaken, StoreAway
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_files import CHANGES_KEPT_IN_LOG, Synchronous
from tests.support.waiting import eventually

NOTES = Collection(name="notes")


class Beside:
    """Counts what runs apart, and does it."""

    def __init__(self) -> None:
        self.apart = 0

    def run(self, work: Callable[[], Any]) -> Any:
        self.apart += 1
        return work()

    def native_lock(self) -> NativeLock:
        return threading.Lock()

    def is_apart(self) -> bool:
        return False


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A store with one note, and what of it runs apart since."""

    store: SqliteStore
    notes: Documents
    beside: Beside


@contextmanager
def opened(path: Path, synchronous: Synchronous, *, busy_timeout_seconds: float = 10.0) -> Iterator[Opened]:
    beside = Beside()
    store = SqliteStore(path, synchronous=synchronous, blocking=beside, busy_timeout_seconds=busy_timeout_seconds)
    notes = store.documents(NOTES)
    notes.insert({"_id": "first", "version": 1})
    beside.apart = 0
    yield Opened(store=store, notes=notes, beside=beside)
    store.close()


@pytest.mark.parametrize(("synchronous", "apart"), [("FULL", 1), ("NORMAL", 0)])
def test_only_a_flush_runs_apart(tmp_path: Path, synchronous: Synchronous, apart: int) -> None:
    with opened(tmp_path / "notes.sqlite3", synchronous) as it:
        it.notes.insert({"_id": "second", "version": 1})

        assert it.beside.apart == apart


@pytest.fixture
def flushes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A file descriptor for each flush of a log."""
    found: list[int] = []
    monkeypatch.setattr(sqlite_files, "_flush_file", found.append)
    return found


def test_lazy_writes_are_not_flushed_until_something_is_settled(tmp_path: Path, flushes: list[int]) -> None:
    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        before = len(flushes)
        it.notes.insert({"_id": "second", "version": 1}, lazily=True)
        it.notes.insert_many([{"_id": "third", "version": 1}], lazily=True)
        it.notes.replace({"_id": "second", "version": 2}, version=1, lazily=True)
        it.notes.replace_many([({"_id": "second", "version": 3}, 2)], lazily=True)
        assert (len(flushes), it.beside.apart) == (before, 0)

        it.notes.settle()
        assert len(flushes) == before + 1


@pytest.mark.parametrize(("synchronous", "flushed"), [("FULL", 1), ("NORMAL", 0)])
def test_a_write_is_flushed_before_it_returns(
    tmp_path: Path, flushes: list[int], synchronous: Synchronous, flushed: int
) -> None:
    with opened(tmp_path / "notes.sqlite3", synchronous) as it:
        before = len(flushes)
        it.notes.insert({"_id": "second", "version": 1})
        assert len(flushes) == before + flushed

        with pytest.raises(IdTaken):
            it.notes.insert({"_id": "second", "version": 1})
        assert len(flushes) == before + 2 * flushed


def test_commits_go_on_while_a_flush_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushing, go_on = threading.Event(), threading.Event()
    seen: list[int] = []

    def slow(_: int) -> None:
        seen.append(1)
        if len(seen) == 1:
            flushing.set()
            go_on.wait()

    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        monkeypatch.setattr(sqlite_files, "_flush_file", slow)
        first = threading.Thread(target=it.notes.insert, args=({"_id": "slow", "version": 1},))
        first.start()
        flushing.wait()
        it.notes.insert({"_id": "meanwhile", "version": 1}, lazily=True)
        waiting = [threading.Thread(target=it.notes.settle) for _ in range(3)]
        for thread in waiting:
            thread.start()
        eventually(lambda: len(it.store._flushing._waiting) == len(waiting))

        assert (len(seen), it.notes.get("meanwhile")) == (1, {"_id": "meanwhile", "version": 1})
        go_on.set()
        for thread in (first, *waiting):
            thread.join()
        assert len(seen) == 2


def test_a_disk_that_cannot_be_flushed_is_a_store_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: int) -> None:
        raise OSError(errno.EIO, "for a test")

    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        monkeypatch.setattr(sqlite_files, "_flush_file", fails)

        with pytest.raises(StoreAway, match="for a test"):
            it.notes.insert({"_id": "second", "version": 1})


def test_the_log_of_a_store_that_is_not_flushed_is_copied_back_apart(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with opened(path, "NORMAL") as it:
        before = path.stat().st_size

        it.notes.insert_many(
            [{"_id": str(number), "version": 1, "text": "x" * 200} for number in range(CHANGES_KEPT_IN_LOG)]
        )

        assert it.beside.apart == 1
        assert path.stat().st_size > before + CHANGES_KEPT_IN_LOG * 200


def test_another_process_turn_is_waited_for_apart(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with opened(path, "NORMAL", busy_timeout_seconds=0.05) as it:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreAway):
            it.notes.insert({"_id": "second", "version": 1})
        assert it.beside.apart == 1
        other.execute("ROLLBACK")
        other.close()
        it.notes.insert({"_id": "second", "version": 1})

        assert it.notes.get("second") is not None


def test_a_write_that_is_refused_leaves_nothing_and_the_turn_to_the_next(tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM notes")
        raise StoreAway("for a test")

    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        with pytest.raises(StoreAway):
            it.store._file.write(half)
        it.notes.insert({"_id": "second", "version": 1})

        assert it.notes.count() == 2
