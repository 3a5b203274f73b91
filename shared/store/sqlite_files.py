"""The connections of one SQLite file: one that writes, under a lock, and as many that read as there are callers."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Literal, TypeVar

from shared.store.blocking import Blocking
from shared.store.documents import StoreAway
from shared.store.pace import Pace

T = TypeVar("T")
Synchronous = Literal["FULL", "NORMAL"]

OLDEST_SQLITE = (3, 35, 0)
"""The first version that can drop a column."""


_OF_ONE_STATEMENT = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.InterfaceError)
_KEPT_READERS = 16
_READER_CACHE_KIB = 256
"""Of pages, for each connection that reads: the system keeps the file's pages too, and more than this made no read quicker."""
_WAL_BYTES_KEPT = 64 * 1024 * 1024
_TRIES_FOR_WAL = 100
CHANGES_KEPT_IN_LOG = 2_000


class SqliteFile:
    """A SQLite database file in WAL mode, readable by its owner only; made on first use, with its directory."""

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous,
        busy_timeout_seconds: float,
        quick_flush_seconds: float,
        blocking: Blocking,
    ) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StoreAway(f"SQLite {sqlite3.sqlite_version} is too old: 3.35 or later is needed")
        if synchronous not in ("FULL", "NORMAL"):
            raise ValueError(f"synchronous must be FULL or NORMAL, not {synchronous!r}")
        self.path = path
        self._synchronous = synchronous
        self._busy_timeout_seconds = busy_timeout_seconds
        self._blocking = blocking
        self._pace = Pace(quick_seconds=quick_flush_seconds)
        self._lock = blocking.native_lock()
        self._copying = blocking.native_lock()
        self._copies_apart = True
        self._changes_copied = 0
        self._is_open = True
        self._idle: deque[sqlite3.Connection] = deque()
        self._writer: sqlite3.Connection | None = None
        self._flushes: bool | None = None

    def read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What `read` finds through a connection outside any transaction. Raises `StoreAway`."""
        try:
            connection = self._idle_reader() or self._connect_reader()
            try:
                found = read(connection)
            except BaseException:
                connection.close()
                raise
            self._put_back(connection)
        except (sqlite3.Error, OSError) as error:
            raise _as_told(error) from error
        return found

    def write(self, write: Callable[[sqlite3.Connection], T], *, lazily: bool = False) -> T:
        """What `write` gives, once its transaction is committed; undone on any exception. Raises `StoreAway`.

        Its statements run where the caller is. What may take long (another process's turn, a disk that is slow lately)
        runs apart. A lazy write is not flushed before it returns; every later one that is takes it along, as the log is
        flushed whole.
        """
        flushes = self._synchronous == "FULL" and not lazily
        try:
            connection = None if self._blocking.is_apart() else self._begun_at_once(flushes)
            if connection is None:
                return self._blocking.run(lambda: self._write_in_turn(write, flushes))
            written = self._written(connection, write)
            if flushes and not self._pace.is_quick:
                self._blocking.run(lambda: self._commit(connection))
            else:
                self._commit(connection)
        except (sqlite3.Error, OSError) as error:
            raise _as_told(error) from error
        return written

    def _begun_at_once(self, flushes: bool) -> sqlite3.Connection | None:
        """The writing connection in a transaction, if neither a thread nor another process has the turn."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if self._is_open and self._writer is not None:
                self._set_flushing(self._writer, flushes)
                self._writer.execute("BEGIN IMMEDIATE")
                return self._writer
        except sqlite3.Error as error:
            self._undo(error)
            return None
        self._lock.release()
        return None

    def _write_in_turn(self, write: Callable[[sqlite3.Connection], T], flushes: bool) -> T:
        connection = self._begun_in_turn(flushes)
        written = self._written(connection, write)
        self._commit(connection)
        return written

    def _begun_in_turn(self, flushes: bool) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            self._refuse_closed()
            connection = self._writer = self._writer or self._connect()
            self._set_flushing(connection, flushes)
            connection.execute(f"PRAGMA busy_timeout = {int(self._busy_timeout_seconds * 1000)}")
            try:
                connection.execute("BEGIN IMMEDIATE")
            finally:
                connection.execute("PRAGMA busy_timeout = 0")
        except BaseException as error:
            self._undo(error)
            raise
        return connection

    def _written(self, connection: sqlite3.Connection, write: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return write(connection)
        except BaseException as error:
            self._undo(error)
            raise

    def _set_flushing(self, connection: sqlite3.Connection, flushes: bool) -> None:
        """Says, before a transaction begins, whether its commit flushes the log."""
        if flushes != self._flushes:
            connection.execute(f"PRAGMA synchronous = {'FULL' if flushes else 'NORMAL'}")
            self._flushes = flushes

    def _commit(self, connection: sqlite3.Connection) -> None:
        try:
            with self._pace.measured() if self._flushes else nullcontext():
                connection.execute("COMMIT")
            if connection.total_changes - self._changes_copied >= CHANGES_KEPT_IN_LOG:
                self._shorten_log(connection)
        except BaseException as error:
            self._undo(error)
            raise
        self._lock.release()

    def _shorten_log(self, connection: sqlite3.Connection) -> None:
        """Has the log copied into the file: apart, or in this turn if that failed last time, so that the turn says why."""
        if not self._copying.acquire(blocking=False):
            return
        self._changes_copied = connection.total_changes
        if self._copies_apart:
            self._blocking.start(self._copy_apart)
            return
        try:
            _copy_log(connection)
            self._copies_apart = True
        finally:
            self._copying.release()

    def _copy_apart(self) -> None:
        """Copies most while others write, then in a turn of its own the rest: only then the log begins anew."""
        try:
            connection = self._idle_reader() or self._connect_reader()
            try:
                _copy_log(connection)
                with self._lock:
                    _copy_log(connection)
            finally:
                connection.close()
        except (sqlite3.Error, OSError, StoreAway):
            self._copies_apart = False
        finally:
            self._copying.release()

    def _undo(self, error: BaseException) -> None:
        """Ends the turn with nothing written; a connection that failed is not used again."""
        try:
            if isinstance(error, sqlite3.Error) and not _is_busy(error):
                self._forget_writer()
            elif self._writer is not None and self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
        finally:
            self._lock.release()

    def close(self) -> None:
        """Closes every connection that is not in use; those in use are closed when they are put back."""
        with self._copying, self._lock:
            self._is_open = False
            self._forget_writer()
        while connection := self._idle_reader():
            connection.close()

    def _forget_writer(self) -> None:
        """Closes the writing connection, which undoes what it has not committed."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._flushes = None
            self._changes_copied = 0

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

    def _connect_reader(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB}")
        return connection

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
            connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
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


def _copy_log(connection: sqlite3.Connection) -> None:
    """Copies as much of the log into the file as no reader needs, and flushes both."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY


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
