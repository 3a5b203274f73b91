"""Brings a SQLite file to what a collection's declaration needs, and fills what is new from the stored documents."""
# ruff: noqa: S608

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from shared.store.declarations import CannotMigrate
from shared.store.documents import Document, Field
from shared.store.sqlite_layout import COLUMN_TYPES, Layout, SideTable, column_value, decoded, quoted

_DOCUMENTS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done to one collection, in this order; `sentences` say it to people."""

    sentences: list[str] = field(default_factory=list)
    shape: list[str] = field(default_factory=list)
    columns: list[Field] = field(default_factory=list)
    sides: list[SideTable] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)


def plan_migration(connection: sqlite3.Connection, layout: Layout) -> Plan:
    """The difference between the file and the declaration; a plan without sentences has nothing to do."""
    plan, present = Plan(), _present(connection, layout)
    is_new = layout.table not in present
    if is_new:
        plan.shape.append(layout.table_sql)
    columns = _columns(connection, layout)
    dropped = [name for name, kind in columns.items() if _types(layout).get(name) != kind]
    _plan_indexes(plan, layout, present, dropped)
    _plan_sides(plan, layout, present)
    _plan_columns(plan, layout, columns, dropped)
    _plan_triggers(plan, layout, _present_triggers(connection, layout))
    if is_new:
        plan.sentences[:] = [f"{layout.table}: created with {len(layout.columns)} fields"]
    return plan


def apply_migration(connection: sqlite3.Connection, layout: Layout, plan: Plan) -> None:
    """Carries the plan out inside the caller's transaction. Raises `CannotMigrate`."""
    for statement in plan.shape:
        connection.execute(statement)
    if plan.columns or plan.sides:
        _fill(connection, layout, plan)
    for name, statement in plan.indexes:
        _create_index(connection, name, statement)
    for statement in plan.triggers:
        connection.execute(statement)


def _present(connection: sqlite3.Connection, layout: Layout) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    prefixes = tuple(f"{layout.table}{mark}" for mark in ":/!")
    return {name: sql for name, sql in rows if name == layout.table or name.startswith(prefixes)}


def _present_triggers(connection: sqlite3.Connection, layout: Layout) -> dict[str, str]:
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (layout.table,)
    )
    return {name: sql for name, sql in rows if name.startswith(f"{layout.table}~")}


def _columns(connection: sqlite3.Connection, layout: Layout) -> dict[str, str]:
    rows = connection.execute(f"PRAGMA table_info({quoted(layout.table)})")
    return {row[1]: row[2] for row in rows if row[1] not in ("_id", "version", "_body")}


def _plan_indexes(plan: Plan, layout: Layout, present: dict[str, str], dropped: Sequence[str]) -> None:
    kept = _kept(layout, present, dropped)
    for name in sorted(present.keys() - kept - {layout.table}):
        what = "TABLE" if present[name].startswith("CREATE TABLE") else "INDEX"
        plan.shape.append(f"DROP {what} IF EXISTS {quoted(name)}")
        plan.sentences.append(f"{layout.table}: dropped {what.lower()} {name}")
    for name in sorted(layout.indexes.keys() - kept):
        plan.indexes.append((name, layout.indexes[name]))
        plan.sentences.append(f"{layout.table}: created index {name}")


def _kept(layout: Layout, present: dict[str, str], dropped: Sequence[str]) -> set[str]:
    """Side tables, which are planned apart, and the indexes that are as declared and over no dropped column."""
    same = {name for name, sql in layout.indexes.items() if present.get(name) == sql}
    touched = {name for name in same if any(quoted(column) in present[name] for column in dropped)}
    return (same - touched) | {side.name for side in layout.sides}


def _plan_sides(plan: Plan, layout: Layout, present: dict[str, str]) -> None:
    for side in layout.sides:
        if present.get(side.name) == side.sql:
            continue
        plan.shape.extend([f"DROP TABLE IF EXISTS {quoted(side.name)}", side.sql])
        plan.sides.append(side)
        plan.sentences.append(f"{layout.table}: created table {side.name}")


def _plan_columns(plan: Plan, layout: Layout, present: dict[str, str], dropped: Sequence[str]) -> None:
    table, wanted = quoted(layout.table), _types(layout)
    for name in dropped:
        plan.shape.append(f"ALTER TABLE {table} DROP COLUMN {quoted(name)}")
        plan.sentences.append(f"{layout.table}: dropped field {name}")
    for column in layout.columns:
        if present.get(column.path) != wanted[column.path]:
            plan.shape.append(f"ALTER TABLE {table} ADD COLUMN {quoted(column.path)} {wanted[column.path]}")
            plan.columns.append(column)
            plan.sentences.append(f"{layout.table}: added field {column.path}")


def _plan_triggers(plan: Plan, layout: Layout, present: dict[str, str]) -> None:
    """Those that are not as declared go before anything is filled, and come back when all is done."""
    for name in sorted(name for name, sql in present.items() if layout.triggers.get(name) != sql):
        plan.shape.append(f"DROP TRIGGER {quoted(name)}")
        plan.sentences.append(f"{layout.table}: dropped the rule {name}")
    for name, statement in layout.triggers.items():
        if present.get(name) != statement:
            plan.triggers.append(statement)
            plan.sentences.append(f"{layout.table}: created the rule {name}")


def _types(layout: Layout) -> dict[str, str]:
    return {column.path: COLUMN_TYPES[column.kind] for column in layout.columns}


def _fill(connection: sqlite3.Connection, layout: Layout, plan: Plan) -> None:
    for document in _documents(connection, layout):
        try:
            _fill_from(connection, layout, plan, document)
        except (TypeError, sqlite3.IntegrityError) as error:
            raise CannotMigrate(f"{layout.table}: {document['_id']} does not fit the declaration: {error}") from error


def _fill_from(connection: sqlite3.Connection, layout: Layout, plan: Plan, document: Document) -> None:
    if plan.columns:
        changes = ", ".join(f"{quoted(column.path)} = ?" for column in plan.columns)
        values = [column_value(document, column) for column in plan.columns]
        statement = f"UPDATE {quoted(layout.table)} SET {changes} WHERE _id = ?"
        connection.execute(statement, (*values, document["_id"]))
    for side in plan.sides:
        connection.executemany(side.insert_sql, side.rows(document))


def _documents(connection: sqlite3.Connection, layout: Layout) -> Iterator[Document]:
    """Every document, read in slices, because the table is written between them."""
    last = ""
    while True:
        rows = connection.execute(
            f"SELECT _id, _body FROM {quoted(layout.table)} WHERE _id > ? ORDER BY _id LIMIT {_DOCUMENTS_AT_ONCE}",
            (last,),
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield from (decoded(body) for _, body in rows)


def _create_index(connection: sqlite3.Connection, name: str, statement: str) -> None:
    try:
        connection.execute(statement)
    except sqlite3.IntegrityError as error:
        raise CannotMigrate(f"the index {name} cannot be created: stored documents share its values") from error
