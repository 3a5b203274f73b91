"""The `Documents` port on SQLite: one file per service, in WAL mode, for one machine.

Writes are gathered into groups that share a transaction and a flush (`group_commit`); several processes may open the
same file. An insert or replace returns only after its commit: with `synchronous="FULL"` it then survives a power cut
(a lazy one: once a later one does), with `"NORMAL"` the end of the process only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from shared.store.blocking import Blocking, PlainThreads
from shared.store.declarations import BadDeclaration
from shared.store.documents import (
    Collection,
    Condition,
    Document,
    IdTaken,
    KeyTaken,
    Page,
    RefusedByBelt,
    StoreAway,
    VersionChanged,
)
from shared.store.group_commit import GroupCommit, Ticket, Write
from shared.store.questions import MOST_VALUES, Question, ask, field_of
from shared.store.sqlite_files import SqliteFile, Synchronous, is_engine_error, savepoint
from shared.store.sqlite_layout import (
    Layout,
    Row,
    SideTable,
    decoded,
    decoded_parts,
    legible,
    paths_of,
    quoted,
    revived_value,
)
from shared.store.sqlite_migration import apply_migration, plan_migration
from shared.store.sqlite_questions import Clause, count_sql, group_count_sql, stretches_sql, through_sql

T = TypeVar("T")
READ_THROUGH_AT_ONCE = 500
"""Rows fetched together while a whole collection is read: their texts take a megabyte or two."""


class SqliteStore:
    """One service's database in one file.

    `synchronous`: FULL flushes the log at every group's commit unless all of it is lazy, NORMAL at checkpoints only.
    `quick_flush_seconds`: flushes that take up to this on average are waited for without a trip to another thread.
    `busy_timeout_seconds`: how long a write waits for another process's transaction before `StoreAway`.
    `most_in_a_group`: how many writes may share one commit; 1 switches group commit off.
    `blocking`: how this process waits for the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        synchronous: Synchronous = "FULL",
        busy_timeout_seconds: float = 10.0,
        quick_flush_seconds: float = 0.002,
        most_in_a_group: int = 256,
        blocking: Blocking | None = None,
    ) -> None:
        self._blocking = blocking or PlainThreads()
        self._file = SqliteFile(
            path,
            synchronous=synchronous,
            busy_timeout_seconds=busy_timeout_seconds,
            quick_flush_seconds=quick_flush_seconds,
            blocking=self._blocking,
        )
        self._group = GroupCommit(self._commit, blocking=self._blocking, most=most_in_a_group)
        self._layouts: dict[str, Layout] = {}
        self._known_migrations: int | None = None

    def documents(self, collection: Collection) -> SqliteDocuments:
        """The collection, migrated if the file lacks something it declares. Raises `CannotMigrate`."""
        self.migrate([collection])
        return SqliteDocuments(self, self._layouts[collection.name])

    def migrate(self, collections: Sequence[Collection]) -> list[str]:
        """Creates tables, columns and indexes, fills them, drops what is no longer declared; raises `CannotMigrate`."""
        layouts = [self._layout_of(collection) for collection in collections]
        sentences = self._blocking.run(lambda: [line for layout in layouts for line in self._migrate(layout)])
        self._layouts.update((layout.table, layout) for layout in layouts)
        return sentences

    def check(self) -> None:
        """Raises `StoreAway` if the file cannot be written."""
        self.write(lambda _: None)

    def close(self) -> None:
        """Waits for the write under way, then closes the file."""
        self._blocking.run(self._file.close)

    def write(self, write: Callable[[sqlite3.Connection], T], *, lazily: bool = False) -> T:
        """Commits a write, together with others; raises what it raised, or `StoreAway`."""
        result: T = self._group.submit(write, lazily=lazily)
        return result

    def read(self, read: Callable[[sqlite3.Connection], T], *, is_short: bool = False) -> T:
        """Reads; a short read (one document by its id) is worth no trip to another thread."""
        return self._file.read(read) if is_short else self._blocking.run(lambda: self._file.read(read))

    def _layout_of(self, collection: Collection) -> Layout:
        known = self._layouts.get(collection.name)
        if known is not None and known.collection != collection:
            raise BadDeclaration(f"{collection.name} is open already with another declaration")
        return known or Layout(collection)

    def _commit(self, tickets: Sequence[Ticket]) -> None:
        def write(connection: sqlite3.Connection) -> list[tuple[Any, Exception | None]]:
            self._follow_migrations(connection)
            return [_outcome(connection, ticket.write) for ticket in tickets]

        try:
            outcomes = self._file.write(write, lazily=all(ticket.is_lazy for ticket in tickets))
        except StoreAway as error:
            for ticket in tickets:
                ticket.refuse(StoreAway(str(error)))
            return
        for ticket, (result, refusal) in zip(tickets, outcomes, strict=True):
            ticket.settle(result)
            if refusal is not None:
                ticket.refuse(refusal)

    def _migrate(self, layout: Layout) -> list[str]:
        if not self._file.read(lambda connection: plan_migration(connection, layout).sentences):
            return []

        def migrate(connection: sqlite3.Connection) -> list[str]:
            plan = plan_migration(connection, layout)
            apply_migration(connection, layout, plan)
            if plan.sentences:
                connection.execute(f"PRAGMA user_version = {_migrations(connection) + 1}")
            return plan.sentences

        return self._file.write(migrate)

    def _follow_migrations(self, connection: sqlite3.Connection) -> None:
        """Refuses to write by a declaration that another process has changed since: its columns would go stale."""
        migrations = _migrations(connection)
        if migrations == self._known_migrations:
            return
        for layout in list(self._layouts.values()):
            if plan_migration(connection, layout).sentences:
                raise StoreAway(f"{layout.table} was migrated by another version of this program: restart this one")
        self._known_migrations = migrations


class SqliteDocuments:
    """One collection in a SQLite file."""

    def __init__(self, store: SqliteStore, layout: Layout) -> None:
        self.collection = layout.collection
        self._store = store
        self._layout = layout
        self._get_sql = f"SELECT _body FROM {quoted(layout.table)} WHERE _id = ?"  # noqa: S608 - a checked name

    def get(self, id: str) -> Document | None:
        """The document, or `None`."""
        rows = self._store.read(lambda connection: connection.execute(self._get_sql, (id,)).fetchall(), is_short=True)
        return decoded(rows[0][0]) if rows else None

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        """What these documents have under these names, by id; the engine leaves the rest unread."""
        found: dict[str, Document] = {}
        for first in range(0, len(ids), MOST_VALUES):
            found |= self._parts(ids[first : first + MOST_VALUES], names)
        return found

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        """Adds a document, durably. Raises `IdTaken`, `KeyTaken`, `TypeError` for what cannot be kept."""
        row = self._layout.row(document)
        self._store.write(self._insertion(row, document), lazily=lazily)

    def insert_many(self, documents: Sequence[Document], *, lazily: bool = False) -> list[Exception | None]:
        """Adds each document on its own, all in one commit."""
        if not documents:
            return []
        rows = [self._layout.row(document) for document in documents]
        return self._store.write(lambda connection: self._insert_all(connection, rows, documents), lazily=lazily)

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        """Compare-and-set on the version, durably. Raises `VersionChanged`, `KeyTaken`, `TypeError`."""
        self._store.write(self._replacement(document, version), lazily=lazily)

    def replace_many(self, changes: Sequence[tuple[Document, int]], *, lazily: bool = False) -> list[Exception | None]:
        """Replaces each document on its own, all in one commit."""
        if not changes:
            return []
        replacements = [self._replacement(document, version) for document, version in changes]
        return self._store.write(
            lambda connection: [_refusal(connection, each) for each in replacements], lazily=lazily
        )

    def find(
        self,
        where: Sequence[Condition] = (),
        *,
        order: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """A page of the documents that meet every condition."""
        if limit < 1:
            raise ValueError("limit must be at least 1")
        question = ask(self.collection, where, order)
        place = None if after is None else question.place_of(after)
        statements = stretches_sql(self._layout, question, place)
        found = self._store.read(lambda connection: _bodies(connection, statements, limit + 1))
        items = [decoded(body) for body in found[:limit]]
        return Page(items=items, next=question.cursor_after(items[-1]) if len(found) > limit else None)

    def each(self, where: Sequence[Condition] = ()) -> Iterator[Document]:
        """Every document that meets every condition, by id; each is decoded when it is asked for."""
        question, after = ask(self.collection, where), ""
        while True:
            rows = self._following(question, after)
            for _, body in rows:
                yield legible(body)
            if len(rows) < READ_THROUGH_AT_ONCE:
                return
            after = rows[-1][0]

    def count(self, where: Sequence[Condition] = ()) -> int:
        """How many documents meet every condition."""
        statement, values = count_sql(self._layout, ask(self.collection, where))
        return int(self._store.read(lambda connection: connection.execute(statement, values).fetchall())[0][0])

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        """How many of them have each value, or element, of a declared field."""
        field = field_of(self.collection, path)
        statement, values = group_count_sql(self._layout, ask(self.collection, where), field)
        rows = self._store.read(lambda connection: connection.execute(statement, values).fetchall())
        return {revived_value(value, field.kind): number for value, number in rows}

    def _following(self, question: Question, after: str) -> list[tuple[str, str]]:
        statement, values = through_sql(self._layout, question, after)
        page = [*values, READ_THROUGH_AT_ONCE]
        return self._store.read(lambda connection: connection.execute(statement, page).fetchall())

    def _parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        statement, values = self._layout.parts_sql(len(ids), names), (*paths_of(names), *ids)
        try:
            rows = self._store.read(
                lambda connection: connection.execute(statement, values).fetchall(), is_short=len(ids) == 1
            )
        except StoreAway:
            for id in ids:  # where it is a text that is damaged, this names the document
                self.get(id)
            raise
        return {id: decoded_parts(names, text) for id, text in rows}

    def _insert_all(
        self, connection: sqlite3.Connection, rows: Sequence[Row], documents: Sequence[Document]
    ) -> list[Exception | None]:
        """All at once, which mostly is possible; one by one where something is refused."""
        try:
            with savepoint(connection):
                connection.executemany(self._layout.insert_sql, [row.values for row in rows])
                for row in rows:
                    _insert_sides(connection, row)
        except sqlite3.IntegrityError:
            each = zip(rows, documents, strict=True)
            return [_refusal(connection, self._insertion(row, document)) for row, document in each]
        return [None] * len(rows)

    def _insertion(self, row: Row, document: Document) -> Write:
        def insertion(connection: sqlite3.Connection) -> None:
            connection.execute(self._layout.insert_sql, row.values)
            _insert_sides(connection, row)

        return self._refused_by_name(insertion, document, is_whole=not row.sides, is_new=True)

    def _replacement(self, document: Document, version: int) -> Write:
        row = self._layout.row(document)
        if document["version"] == version:
            raise ValueError("a replacement must have another version")
        values = (*row.values[1:], row.id, version)
        after = self._layout.side_rows(document)

        def replacement(connection: sqlite3.Connection) -> None:
            before = self._side_rows_of(connection, row.id)
            if not connection.execute(self._layout.replace_sql, values).rowcount:
                raise VersionChanged(f"{self.collection.name}: {row.id} is not at version {version}")
            for side, old, new in zip(self._layout.sides, before, after, strict=True):
                _change_rows(connection, side, before=old, after=new)

        return self._refused_by_name(replacement, document, is_whole=not self._layout.sides)

    def _side_rows_of(self, connection: sqlite3.Connection, id: str) -> list[list[tuple[Any, ...]]]:
        """What the stored document has in the side tables."""
        stored = connection.execute(self._get_sql, (id,)).fetchall() if self._layout.sides else []
        return self._layout.side_rows(decoded(stored[0][0]) if stored else {})

    def _refused_by_name(self, write: Write, document: Document, *, is_whole: bool, is_new: bool = False) -> Write:
        """The write, undone whole where a key is taken, and then refused with the key's name.

        One that `is_whole` in a single statement undoes itself.
        """

        def named(connection: sqlite3.Connection) -> None:
            try:
                if is_whole:
                    write(connection)
                    return
                with savepoint(connection):
                    write(connection)
            except sqlite3.IntegrityError as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
                    raise RefusedByBelt(f"{self.collection.name}: the store refuses {document['_id']}") from error
                if is_new and connection.execute(self._get_sql, (document["_id"],)).fetchall():
                    raise IdTaken(f"{self.collection.name}: {document['_id']} is taken") from error
                raise self._taken(connection, document) from error

        return named

    def _taken(self, connection: sqlite3.Connection, document: Document) -> KeyTaken:
        for key, values in self._layout.keys_of(document):
            if connection.execute(key.holder_sql, (*values, document["_id"])).fetchall():
                return KeyTaken(self.collection.name, key.name)
        raise AssertionError(f"{self.collection.name}: a constraint that no declared key explains")


def _insert_sides(connection: sqlite3.Connection, row: Row) -> None:
    for side, rows in row.sides:
        if len(rows) == 1:
            connection.execute(side.insert_sql, rows[0])
        else:
            connection.executemany(side.insert_sql, rows)


def _change_rows(
    connection: sqlite3.Connection,
    side: SideTable,
    *,
    before: Sequence[tuple[Any, ...]],
    after: Sequence[tuple[Any, ...]],
) -> None:
    """Mostly there is nothing to do: few changes touch what is kept aside."""
    gone, new = set(before).difference(after), set(after).difference(before)
    if gone:
        connection.executemany(side.delete_sql, gone)
    if new:
        connection.executemany(side.insert_sql, new)


def _outcome(connection: sqlite3.Connection, write: Write) -> tuple[Any, Exception | None]:
    try:
        return write(connection), None
    except Exception as refusal:
        if is_engine_error(refusal):
            raise
        return None, refusal  # goes to its own caller and leaves the others of the group alone


def _refusal(connection: sqlite3.Connection, write: Write) -> Exception | None:
    try:
        write(connection)
    except (IdTaken, KeyTaken, VersionChanged) as refusal:
        return refusal
    return None


def _bodies(connection: sqlite3.Connection, statements: Sequence[Clause], limit: int) -> list[str]:
    """The first rows of the statements' answers, one after another, from one moment's view of the file."""
    found: list[str] = []
    connection.execute("BEGIN")
    try:
        for statement, values in statements:
            if len(found) < limit:
                rows = connection.execute(statement, [*values, limit - len(found)])
                found += [body for (body,) in rows]
    finally:
        connection.execute("COMMIT")
    return found


def _migrations(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
