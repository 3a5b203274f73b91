"""Parts of documents, and fields whose absence nobody asks for: the same answers from fewer indexes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared.store.documents import (
    AnyOf,
    Between,
    Collection,
    Condition,
    DamagedDocument,
    Documents,
    Equal,
    Field,
    KeyTaken,
    Order,
    Prefix,
    Undeclared,
    Unique,
)
from shared.store.mongo_layout import indexes_of
from shared.store.questions import ask
from shared.store.sqlite import SqliteStore
from shared.store.sqlite_layout import Layout
from shared.store.sqlite_questions import count_sql, stretches_sql
from tests.contract.store.conftest import Open
from tests.contract.store.samples import NOON, a_case, all_pages, found_ids, hours_later, put_in

TASKS = Collection(
    name="tasks",
    fields=(
        Field(path="due_at", kind="instant", absence_asked=False),
        Field(path="keys", kind="texts", absence_asked=False),
        Field(path="owner", absence_asked=False),
    ),
    unique=(Unique(name="one-key", paths=("keys",)),),
    orders=(Order(name="by-due", by=(("due_at", "ascending"),)),),
)
DUE = Between(path="due_at", high=hours_later(5), including_high=True)


def plan(path: Path, sql: str, values: list[Any]) -> str:
    """How SQLite would answer."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    return "\n".join(row[-1] for row in rows)


@pytest.fixture
def tasks(open_documents: Open) -> Documents:
    documents = open_documents(TASKS)
    put_in(
        documents,
        a_case("t1", due_at=hours_later(2), keys=["a", "b"], owner="ann"),
        a_case("t2", due_at=None, keys=["c"]),
        a_case("t3", due_at=hours_later(1), owner="bob"),
        a_case("t4", due_at=hours_later(9), owner=None, held=[["x", 1], {"at": NOON}]),
    )
    return documents


class TestParts:
    def test_only_what_is_named_comes_of_those_that_are_there(self, tasks: Documents) -> None:
        found = tasks.parts(["t1", "nobody", "t4"], ["due_at", "held"])

        assert found["t1"] == {"_id": "t1", "due_at": hours_later(2)}
        assert found["t4"] == {"_id": "t4", "due_at": hours_later(9), "held": [["x", 1], {"at": NOON}]}
        assert found.keys() == {"t1", "t4"}

    def test_what_is_null_or_absent_is_no_part(self, tasks: Documents) -> None:
        found = tasks.parts(["t2"], ["owner", "due_at", "colour"])

        assert {name: value for name, value in found["t2"].items() if value is not None} == {"_id": "t2"}

    def test_of_none_there_is_nothing(self, tasks: Documents) -> None:
        assert tasks.parts([], ["owner"]) == {}
        assert tasks.parts(["nobody"], ["owner"]) == {}


class TestAbsenceNotAsked:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            (Equal(path="owner", value="ann"), ["t1"]),
            (AnyOf(path="owner", values=["ann", "bob"]), ["t1", "t3"]),
            (Prefix(path="owner", start="b"), ["t3"]),
            (Between(path="owner"), ["t1", "t3"]),
            (Equal(path="keys", value="b"), ["t1"]),
            (AnyOf(path="keys", values=["a", "c", "z"]), ["t1", "t2"]),
            (Equal(path="due_at", value=hours_later(9)), ["t4"]),
            (DUE, ["t1", "t3"]),
        ],
        ids=repr,
    )
    def test_what_is_there_is_found(self, tasks: Documents, condition: Condition, expected: list[str]) -> None:
        assert found_ids(tasks, condition) == expected
        assert tasks.count([condition]) == len(expected)

    @pytest.mark.parametrize(
        "condition",
        [*(Equal(path=field.path, value=None) for field in TASKS.fields), AnyOf(path="keys", values=["a", None])],
    )
    def test_what_is_absent_cannot_be_asked_for(self, tasks: Documents, condition: Condition) -> None:
        with pytest.raises(Undeclared, match="absent"):
            tasks.find([condition])

    def test_an_order_that_begins_with_the_field_needs_a_condition_on_it(self, tasks: Documents) -> None:
        with pytest.raises(Undeclared, match="needs a condition"):
            tasks.find(order="by-due")

        assert all_pages(tasks, DUE, order="by-due", limit=1) == ["t3", "t1"]
        assert all_pages(tasks, Between(path="due_at"), order="by-due", limit=1) == ["t3", "t1", "t4"]

    def test_its_key_is_kept_through_changes(self, tasks: Documents) -> None:
        with pytest.raises(KeyTaken):
            tasks.insert(a_case("t5", keys=["z", "b"]))

        tasks.replace(a_case("t1", 2, keys=["a", "d"]), version=1)
        with pytest.raises(KeyTaken):
            tasks.replace(a_case("t2", 2, keys=["d"]), version=1)
        refusals = tasks.insert_many(
            [a_case("t5", keys=["z", "b"]), a_case("t6", keys=["z"]), a_case("t7", keys=["y"])]
        )

        assert [type(refusal) for refusal in refusals] == [type(None), KeyTaken, type(None)]
        assert found_ids(tasks, AnyOf(path="keys", values=["a", "b", "d", "y", "z"])) == ["t1", "t5", "t7"]


class TestOnSqlite:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "tasks.sqlite3"

    def test_every_question_that_may_be_asked_has_an_index(self, path: Path) -> None:
        store = SqliteStore(path, synchronous="NORMAL")
        store.migrate([TASKS])
        store.close()
        layout = Layout(TASKS)

        for condition in (DUE, Equal(path="keys", value="a"), Equal(path="owner", value="x"), Between(path="owner")):
            assert "SEARCH" in plan(path, *count_sql(layout, ask(TASKS, [condition])))
        question = ask(TASKS, [DUE], "by-due")
        for place in (None, [NOON, "t1"]):
            found = [plan(path, sql, [*values, 5]) for sql, values in stretches_sql(layout, question, place)]
            assert all("SEARCH" in each and "TEMP B-TREE" not in each for each in found)

    def test_what_lacks_the_field_is_in_no_index_of_it(self, path: Path) -> None:
        wide = Collection(name="tasks", fields=tuple(Field(path=field.path, kind=field.kind) for field in TASKS.fields))

        assert "tasks:field:keys" in Layout(wide).indexes
        assert "tasks:field:keys" not in Layout(TASKS).indexes
        assert "WHERE [due_at] IS NOT NULL" in Layout(TASKS).indexes["tasks:order:by-due"]

    def test_a_damaged_document_is_named(self, path: Path) -> None:
        store = SqliteStore(path, synchronous="NORMAL")
        documents = store.documents(TASKS)
        put_in(documents, a_case("t1", owner="ann"), a_case("t2", owner="bob"))
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE tasks SET _body = substr(_body, 1, 20) WHERE _id = 't2'")

        with pytest.raises(DamagedDocument, match="t2"):
            documents.parts(["t1", "t2"], ["owner"])

        assert documents.parts(["t1"], ["owner"]) == {"t1": {"_id": "t1", "owner": "ann"}}
        store.close()


def test_on_mongodb_the_keys_own_index_answers_for_its_field() -> None:
    indexes = {index.name: index for index in indexes_of(TASKS)}

    assert indexes.keys() == {"unique:one-key", "order:by-due", "field:owner"}
    assert indexes["unique:one-key"].only == {"keys": {"$gte": ""}}
