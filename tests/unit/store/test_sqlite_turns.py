"""What a write to SQLite does where its caller is, and what apart, where a thread may be blocked."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.store.blocking import NativeLock
from shared.store.documents import Collection, Document, Documents, StoreAway
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_files import CHANGES_KEPT_IN_LOG, Synchronous
from tests.support.waiting import eventually

NOTES = Collection(name="notes")
HOURS = 10_000.0


class Beside:
    """Counts what runs apart, and does it."""

    def __init__(self) -> None:
        self.apart = 0
        self.started = 0

    def run(self, work: Callable[[], Any]) -> Any:
        self.apart += 1
        return work()

    def start(self, work: Callable[[], object]) -> None:
        self.started += 1
        threading.Thread(target=work, daemon=True).start()

    def let_others_on(self) -> None:
        time.sleep(0)

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
def opened(
    path: Path, synchronous: Synchronous, *, busy_timeout_seconds: float = 10.0, quick_flush_seconds: float = 0.0
) -> Iterator[Opened]:
    beside = Beside()
    store = SqliteStore(
        path,
        synchronous=synchronous,
        blocking=beside,
        busy_timeout_seconds=busy_timeout_seconds,
        quick_flush_seconds=quick_flush_seconds,
    )
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


def test_a_flush_that_is_quick_lately_is_worth_no_trip(tmp_path: Path) -> None:
    with opened(tmp_path / "notes.sqlite3", "FULL", quick_flush_seconds=HOURS) as it:
        it.notes.insert({"_id": "second", "version": 1})

        assert it.beside.apart == 0


def test_lazy_writes_alone_are_not_flushed(tmp_path: Path) -> None:
    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        it.notes.insert_many([{"_id": "second", "version": 1}], lazily=True)
        it.notes.replace_many([({"_id": "second", "version": 2}, 1)], lazily=True)

        assert it.beside.apart == 0
        assert it.notes.get("second") == {"_id": "second", "version": 2}


@pytest.mark.parametrize(("lazily", "level"), [((True, True), 1), ((True, False), 2), ((False, True), 2)])
def test_a_group_is_flushed_unless_all_of_it_is_lazy(tmp_path: Path, lazily: tuple[bool, bool], level: int) -> None:
    levels: list[int] = []

    def look(connection: sqlite3.Connection) -> None:
        levels.append(connection.execute("PRAGMA synchronous").fetchone()[0])

    with opened(tmp_path / "notes.sqlite3", "FULL") as it:
        inside, hold = threading.Event(), threading.Event()
        first = threading.Thread(target=lambda: it.store.write(lambda _: inside.set() or hold.wait()))
        first.start()
        inside.wait()
        followers = [threading.Thread(target=it.store.write, args=(look,), kwargs={"lazily": each}) for each in lazily]
        for follower in followers:
            follower.start()
        eventually(lambda: len(it.store._group._waiting) == len(followers))
        hold.set()
        for thread in [first, *followers]:
            thread.join()

    assert levels == [level, level]


def many_notes(first: int, count: int) -> list[Document]:
    return [{"_id": str(number), "version": 1, "text": "x" * 200} for number in range(first, first + count)]


@pytest.mark.parametrize("synchronous", ["NORMAL", "FULL"])
def test_the_log_is_copied_back_while_others_write_and_then_begins_anew(
    tmp_path: Path, synchronous: Synchronous
) -> None:
    path = tmp_path / "notes.sqlite3"
    with opened(path, synchronous, quick_flush_seconds=HOURS) as it:
        before = path.stat().st_size

        it.notes.insert_many(many_notes(0, CHANGES_KEPT_IN_LOG))
        eventually(lambda: path.stat().st_size > before + CHANGES_KEPT_IN_LOG * 200)
        eventually(lambda: not is_copying(it.store))
        log = path.with_name(path.name + "-wal").stat().st_size
        it.notes.insert_many(many_notes(CHANGES_KEPT_IN_LOG, 100))

        assert (it.beside.apart, it.beside.started) == (0, 1)
        assert path.with_name(path.name + "-wal").stat().st_size == log


def test_a_log_that_could_not_be_copied_apart_is_copied_in_the_turn_of_a_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.sqlite3"
    with opened(path, "NORMAL") as it:
        with monkeypatch.context() as patch:
            patch.setattr(it.store._file, "_idle_reader", refuse)
            it.notes.insert_many(many_notes(0, CHANGES_KEPT_IN_LOG))
            eventually(lambda: not is_copying(it.store))
        before = path.stat().st_size
        it.notes.insert_many(many_notes(CHANGES_KEPT_IN_LOG, CHANGES_KEPT_IN_LOG))
        after = path.stat().st_size
        it.notes.insert_many(many_notes(2 * CHANGES_KEPT_IN_LOG, CHANGES_KEPT_IN_LOG))

        assert after > before + 2 * CHANGES_KEPT_IN_LOG * 200
        assert it.beside.started == 2


def refuse() -> sqlite3.Connection:
    raise sqlite3.OperationalError("disk I/O error")


def is_copying(store: SqliteStore) -> bool:
    """Whether the log is being copied."""
    copying = store._file._copying
    if copying.acquire(blocking=False):
        copying.release()
        return False
    return True


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
