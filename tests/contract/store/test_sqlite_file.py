"""What is particular to the SQLite file: migrations, indexes in use, file modes, refusals of the file itself."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.store.declarations import BadDeclaration, CannotMigrate
from shared.store.documents import (
    AnyOf,
    Between,
    Collection,
    Condition,
    Equal,
    Field,
    KeyTaken,
    Order,
    Prefix,
    StoreAway,
    Unique,
)
from shared.store.questions import ask
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_layout import Layout
from shared.store.sqlite_questions import count_sql, stretches_sql
from tests.contract.store.samples import CASES, NOON, a_case, all_pages, found_ids, put_in

OpenFile = Callable[..., SqliteStore]

OF_KIND = {"text": "x", "texts": "x", "number": 1, "flag": True, "instant": NOON}

BARE = Collection(name="cases")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cases.sqlite3"


@pytest.fixture
def open_file(path: Path) -> Iterator[OpenFile]:
    """Opens the file as another process would; closes all at the end."""
    opened: list[SqliteStore] = []

    def open_again(**options: object) -> SqliteStore:
        opened.append(SqliteStore(path, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


def test_a_file_is_read_through_over_all_its_pages(open_file: OpenFile, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = open_file().documents(CASES)
    put_in(documents, *(a_case(f"c{n}") for n in range(7)))
    monkeypatch.setattr("shared.store.sqlite.READ_THROUGH_AT_ONCE", 3)

    assert [found["_id"] for found in documents.each()] == [f"c{n}" for n in range(7)]


class TestMigration:
    def test_a_new_file_is_made_and_a_second_migration_finds_nothing_to_do(self, open_file: OpenFile) -> None:
        assert open_file().migrate([CASES]) == ["cases: created with 10 fields"]
        assert open_file().migrate([CASES]) == []

    def test_fields_keys_and_orders_declared_later_are_filled_from_what_is_stored(self, open_file: OpenFile) -> None:
        stored = [
            a_case("c1", status="x", amount=1, due_at=NOON, needs=["n"], keys=["k1"], council_id="a", reference="r"),
            a_case("c2", status="y", needs=["n", "m"], scheme="nhs", aliases=["1"]),
        ]
        put_in(open_file().documents(BARE), *stored)

        store = open_file()
        told = store.migrate([CASES])

        documents = store.documents(CASES)
        assert "cases: added field status" in told
        assert "cases: created table cases/needs" in told
        assert found_ids(documents, Equal(path="due_at", value=NOON)) == ["c1"]
        assert documents.group_count("needs") == {"n": 2, "m": 1}
        assert all_pages(documents, order="by-status", limit=1) == ["c1", "c2"]
        for repeated in ({"keys": ["k1"]}, {"council_id": "a", "reference": "r"}, {"scheme": "nhs", "aliases": ["1"]}):
            with pytest.raises(KeyTaken):
                documents.insert({"_id": "c3", "version": 1, **repeated})

    def test_what_is_no_longer_declared_is_dropped_and_filled_anew_when_it_returns(self, open_file: OpenFile) -> None:
        put_in(open_file().documents(CASES), a_case("c1", status="x", needs=["n"]))

        fewer = open_file()
        told = fewer.migrate([BARE])
        fewer.documents(BARE).replace(a_case("c1", 2, status="y", needs=["m"]), version=1)

        assert "cases: dropped field status" in told
        documents = open_file().documents(CASES)
        assert found_ids(documents, Equal(path="status", value="y")) == ["c1"]
        assert documents.group_count("needs") == {"m": 1}

    def test_a_field_may_change_its_kind_if_what_is_stored_fits(self, open_file: OpenFile) -> None:
        as_text = Collection(name="cases", fields=(Field(path="mark"),))
        as_number = Collection(name="cases", fields=(Field(path="mark", kind="number"),))
        put_in(open_file().documents(as_text), a_case("c1"))

        told = open_file().migrate([as_number])
        put_in(open_file().documents(as_number), a_case("c2", mark=7))

        assert {"cases: dropped field mark", "cases: added field mark"} <= set(told)
        with pytest.raises(CannotMigrate, match="c2"):
            open_file().migrate([as_text])
        assert found_ids(open_file().documents(as_number), Equal(path="mark", value=7)) == ["c2"]

    def test_a_key_that_stored_documents_share_cannot_be_declared(self, open_file: OpenFile) -> None:
        put_in(open_file().documents(BARE), a_case("c1", status="x", keys=["k"]), a_case("c2", status="x", keys=["k"]))
        by_status = Collection(
            name="cases", fields=(Field(path="status"),), unique=(Unique(name="s", paths=("status",)),)
        )
        by_keys = Collection(
            name="cases", fields=(Field(path="keys", kind="texts"),), unique=(Unique(name="k", paths=("keys",)),)
        )

        for impossible in (by_status, by_keys):
            with pytest.raises(CannotMigrate, match="cases"):
                open_file().migrate([impossible])

        assert open_file().migrate([BARE]) == []

    def test_a_process_whose_declaration_is_out_of_date_may_not_write(self, open_file: OpenFile) -> None:
        old = open_file().documents(BARE)
        old.insert(a_case("c1", status="x"))
        open_file().migrate([CASES])

        with pytest.raises(StoreAway, match="restart"):
            old.insert(a_case("c2", status="x"))

        assert found_ids(open_file().documents(CASES), Equal(path="status", value="x")) == ["c1"]

    def test_a_migration_of_another_collection_disturbs_nobody(self, open_file: OpenFile) -> None:
        documents = open_file().documents(CASES)
        documents.insert(a_case("c1"))
        open_file().migrate([Collection(name="people")])

        documents.insert(a_case("c2"))

        assert documents.count() == 2

    def test_one_store_keeps_one_declaration_per_collection(self, open_file: OpenFile) -> None:
        store = open_file()
        store.documents(BARE)

        with pytest.raises(BadDeclaration, match="cases"):
            store.documents(CASES)

    def test_a_key_may_become_an_order(self, open_file: OpenFile) -> None:
        field = Field(path="status")
        keyed = Collection(name="cases", fields=(field,), unique=(Unique(name="status", paths=("status",)),))
        ordered = replace(keyed, unique=(), orders=(Order(name="status", by=(("status", "descending"),)),))
        put_in(open_file().documents(keyed), a_case("c1", status="x"), a_case("c2", status="y"))

        documents = open_file().documents(ordered)
        put_in(documents, a_case("c3", status="x"))

        assert all_pages(documents, order="status") == ["c2", "c1", "c3"]


class TestIndexes:
    @pytest.mark.parametrize(
        "condition",
        [
            *(Equal(path=field.path, value=OF_KIND[field.kind]) for field in CASES.fields),
            *(Equal(path=field.path, value=None) for field in CASES.fields),
            AnyOf(path="status", values=["x", "y"]),
            AnyOf(path="needs", values=["x", "y"]),
            Between(path="due_at", low=NOON),
            Between(path="budget.amount", high=3, including_high=True),
            Prefix(path="status", start="re"),
            Prefix(path="_id", start="re"),
            Equal(path="_id", value="x"),
        ],
        ids=repr,
    )
    def test_every_condition_has_an_index(self, open_file: OpenFile, path: Path, condition: Condition) -> None:
        open_file().migrate([CASES])
        layout, question = Layout(CASES), ask(CASES, [condition])

        plan = _plan(path, *count_sql(layout, question))

        assert "SEARCH" in plan
        assert "SCAN" not in plan

    @pytest.mark.parametrize("order", [None, *(order.name for order in CASES.orders)])
    def test_every_stretch_of_every_order_is_read_from_an_index_without_sorting(
        self, open_file: OpenFile, path: Path, order: str | None
    ) -> None:
        open_file().migrate([CASES])
        layout, question = Layout(CASES), ask(CASES, (), order)
        place = [OF_KIND[step.field.kind] for step in question.steps]

        first = [_plan(path, sql, [*values, 5]) for sql, values in stretches_sql(layout, question, None)]
        later = [_plan(path, sql, [*values, 5]) for sql, values in stretches_sql(layout, question, place)]

        assert all("USING INDEX" in plan and "TEMP B-TREE" not in plan for plan in first)
        assert all("SEARCH" in plan and "TEMP B-TREE" not in plan for plan in later)


class TestFile:
    def test_only_its_owner_may_read_the_file_and_its_folder(self, open_file: OpenFile, path: Path) -> None:
        put_in(open_file().documents(CASES), a_case("c1"))

        files = sorted(path.parent.iterdir())

        assert len(files) == 3
        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600] * 3
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    @pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
    def test_the_file_is_flushed_as_asked(self, path: Path, synchronous: str, level: int) -> None:
        store = SqliteStore(path, synchronous=synchronous)  # type: ignore[arg-type]

        levels = store.write(lambda connection: connection.execute("PRAGMA synchronous").fetchone())
        journal = store.write(lambda connection: connection.execute("PRAGMA journal_mode").fetchone())

        assert (levels, journal) == ((level,), ("wal",))
        store.close()

    def test_another_level_is_refused(self, path: Path) -> None:
        with pytest.raises(ValueError, match="synchronous"):
            SqliteStore(path, synchronous="OFF")  # type: ignore[arg-type]

    def test_a_file_that_others_keep_busy_is_away_and_then_back(self, open_file: OpenFile, path: Path) -> None:
        store = open_file(busy_timeout_seconds=0.05)
        documents = store.documents(CASES)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreAway):
            documents.insert(a_case("c1"))
        with pytest.raises(StoreAway):
            store.check()
        assert documents.get("c1") is None
        holder.execute("ROLLBACK")
        holder.close()

        store.check()
        documents.insert(a_case("c1"))

    def test_a_file_that_is_no_database_is_away(self, open_file: OpenFile, path: Path) -> None:
        path.parent.mkdir()
        path.write_text("not a database " * 100)

        with pytest.raises(StoreAway):
            open_file().check()

    def test_a_folder_that_cannot_be_made_is_away(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")

        with pytest.raises(StoreAway):
            SqliteStore(tmp_path / "file" / "cases.sqlite3").check()

    def test_a_closed_store_is_away(self, open_file: OpenFile) -> None:
        store = open_file()
        documents = store.documents(CASES)
        store.close()

        for use in (store.check, documents.count, lambda: documents.get("c1"), lambda: documents.insert(a_case("c1"))):
            with pytest.raises(StoreAway, match="closed"):
                use()

    def test_what_was_written_is_there_when_the_file_is_opened_again(self, open_file: OpenFile) -> None:
        store = open_file()
        store.documents(CASES).insert(a_case("c1", due_at=NOON))
        store.close()

        assert open_file().documents(CASES).get("c1") == a_case("c1", due_at=NOON)


def _plan(path: Path, sql: str, values: list[object]) -> str:
    connection = sqlite3.connect(path)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    connection.close()
    return "\n".join(row[-1] for row in rows)
