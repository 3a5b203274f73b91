"""The connections of one SQLite file: one that writes, under a lock, and as many that read as there are callers."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeVar

from shared.store.blocking import Blocking
from shared.store.documents import StoreAway

T = TypeVar("T")
Synchronous = Literal["FULL", "NORMAL"]

OLDEST_SQLITE = (3, 35, 0)
"""The first version that can drop a column."""


_OF_ONE_STATEMENT = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)
_KEPT_READERS = 16
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_TRIES_FOR_WAL = 100


class SqliteFile:
    """A SQLite database file in WAL mode, readable by its owner only; made on first use, with its directory."""

    def __init__(
        self, path: Path, *, synchronous: Synchronous, busy_timeout_seconds: float, blocking: Blocking
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreAway(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or later is needed")
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous must be FULL or NORMAL, not {synchronous!r}")
        self.path = path
        self._synchronous = synchronous
        self._busy_timeout_seconds = busy_timeout_seconds
        self._lock = blocking.native_lock()
        self._is_open = True
        self._idle: deque[sqlite3.Connection] = deque()
        self._writer: sqlite3.Connection | None = None

    def read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` finds through a connection outside any transaction. Raises `StoreAway`."""
        try:
            connection = self._idle_reader() or self._connect()
            try:
                found = read(connection)
            except BaseException:
                connection.close()
                raise
            self._put_back(connection)
        except (sqlite3.Error, OSError) as error:
            raise _as_told(error) from error
        return found

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writing connection inside a transaction, committed at the end, rolled back on any exception."""
        with _engine_errors(), self._lock:
            connection = self._writer = self._writer or self._connect()
            self._refuse_closed()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error:
                self._forget_writer()
                raise
            finally:
                if self._writer is not None and connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Closes every connection that is not in use; those in use are closed when they are put back."""
        with self._lock:
            self._is_open = False
            self._forget_writer()
        while connection := self._idle_reader():
            connection.close()

    def _forget_writer(self) -> None:
        """Closes the writing connection, which undoes what it has not committed."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _idle_reader(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _put_back(self, connection: sqlite3.Connection) -> None:
        if self._is_open and len(self._idle) < _KEPT_READERS:
            self._idle.append(connection)
        else:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        self._refuse_closed()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self.path,
            timeout=self._busy_timeout_seconds,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            self.path.chmod(0o600)
            _use_wal(connection)
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _refuse_closed(self) -> None:
        if not self._is_open:
            raise StoreAway("the store has been closed")


def is_engine_error(error: BaseException) -> bool:
    """Whether the file or the disk failed, rather than one statement being wrong or refused."""
    return isinstance(error, sqlite3.Error | OSError) and not isinstance(error, _OF_ONE_STATEMENT)


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """Undoes what was written inside it if it is left by an exception, and nothing else of the transaction."""
    connection.execute("SAVEPOINT one_write")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO one_write")
            connection.execute("RELEASE one_write")
        raise
    connection.execute("RELEASE one_write")


@contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise _as_told(error) from error


def _as_told(error: Exception) -> Exception:
    """The error as the store's callers know it."""
    return StoreAway(f"the store's file cannot be used: {error}") if is_engine_error(error) else error


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switches the file to WAL. SQLite refuses at once when another process is doing so, hence the tries."""
    for _ in range(_TRIES_FOR_WAL):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            _wait_for_others(connection)
        else:
            return
    raise StoreAway("the store's file could not be switched to write-ahead logging: others keep it busy")


def _wait_for_others(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ROLLBACK")
