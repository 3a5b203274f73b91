"""What is particular to MongoDB: migrations, the validator, indexes in use, a server that is away or falls silent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure

from shared.store.declarations import CannotMigrate
from shared.store.documents import Collection, Documents, Equal, Field, IdTaken, Order, StoreAway, Unique
from shared.store.mongo import MongoStore, MongoTimeouts
from tests.contract.store.conftest import MONGODB_URL
from tests.contract.store.cut_wire import CutWire, cut_wire
from tests.contract.store.samples import CASES, a_case, found_ids, put_in
from tests.support.addresses import nobody_listens
from tests.support.waiting import patience

SHORT = MongoTimeouts(selection=0.05, connection=0.05, operation=2.0)


class TestServerAway:
    @pytest.fixture
    def nobodys_port(self) -> Iterator[int]:
        with nobody_listens() as port:
            yield port

    def test_every_question_and_write_says_that_the_store_is_away(self, nobodys_port: int) -> None:
        url = f"mongodb://user:sample-secret@127.0.0.1:{nobodys_port}/"
        store = MongoStore(url, "steward_test", timeouts=SHORT)
        documents = store.documents(CASES)

        for use in (
            store.check,
            documents.count,
            documents.find,
            lambda: documents.get("c1"),
            lambda: documents.parts(["c1"], ["status"]),
            lambda: documents.group_count("status"),
            lambda: documents.insert(a_case("c1")),
            lambda: documents.insert_many([a_case("c1")]),
            lambda: documents.replace(a_case("c1", 2), version=1),
            lambda: store.migrate([CASES]),
        ):
            with pytest.raises(StoreAway) as away:
                use()
            assert "sample-secret" not in str(away.value)

        store.close()


@pytest.fixture
def server() -> str:
    assert MONGODB_URL is not None
    return MONGODB_URL


@pytest.fixture
def store(server: str, mongodb_database: str) -> Iterator[MongoStore]:
    opened = MongoStore(server, mongodb_database)
    yield opened
    opened.close()


@pytest.fixture
def raw(server: str, mongodb_database: str) -> Iterator[Database[dict[str, Any]]]:
    """The database without the adapter."""
    with MongoClient[dict[str, Any]](server) as client:
        yield client[mongodb_database]


def a_collection(**changes: Any) -> Collection:
    return replace(CASES, name=f"cases_{uuid4().hex[:12]}", **changes)


@pytest.mark.needs_mongodb
class TestMigration:
    def test_a_second_migration_finds_nothing_to_do(self, store: MongoStore) -> None:
        collection = a_collection()

        first, second = store.migrate([collection]), store.migrate([collection])

        assert first[0] == f"{collection.name}: created with a validator"
        assert len(first) > len(collection.unique)
        assert second == []

    def test_changed_indexes_are_made_anew_and_dropped_ones_dropped(
        self, store: MongoStore, raw: Database[dict[str, Any]]
    ) -> None:
        collection = a_collection()
        store.migrate([collection])
        raw[collection.name].create_index("by_hand")
        changed = replace(
            collection,
            fields=(Field(path="status"),),
            unique=(Unique(name="reference", paths=("status",)),),
            orders=(Order(name="by-due", by=(("status", "descending"),)),),
        )

        store.migrate([changed])

        indexes = raw[collection.name].index_information()
        assert sorted(indexes) == ["_id_", "by_hand_1", "order:by-due", "unique:reference"]
        assert indexes["order:by-due"]["key"] == [("status", -1), ("_id", 1)]
        assert indexes["unique:reference"]["key"] == [("status", 1)]

    def test_a_key_that_stored_documents_share_cannot_be_declared(self, store: MongoStore) -> None:
        bare = a_collection(unique=())
        store.migrate([bare])
        put_in(store.documents(bare), a_case("c1", keys=["k"]), a_case("c2", keys=["k"]))

        with pytest.raises(CannotMigrate, match="one-key"):
            store.migrate([replace(bare, unique=CASES.unique)])

    @pytest.mark.parametrize("document", [{"_id": 7, "version": 1}, {"_id": "c1"}, {"_id": "c1", "version": "1"}])
    def test_the_server_itself_refuses_a_document_without_a_text_id_and_a_version(
        self, store: MongoStore, raw: Database[dict[str, Any]], document: dict[str, Any]
    ) -> None:
        collection = a_collection()
        store.migrate([collection])

        with pytest.raises(OperationFailure, match="validation"):
            raw[collection.name].insert_one(document)

    def test_a_collection_made_by_hand_is_given_the_validator(
        self, store: MongoStore, raw: Database[dict[str, Any]]
    ) -> None:
        collection = a_collection()
        raw.create_collection(collection.name)

        told = store.migrate([collection])

        assert told[0] == f"{collection.name}: changed the validator"
        with pytest.raises(OperationFailure, match="validation"):
            raw[collection.name].insert_one({"_id": 7})

    def test_a_field_without_an_order_of_its_own_has_an_index(
        self, store: MongoStore, raw: Database[dict[str, Any]]
    ) -> None:
        collection = a_collection()
        store.migrate([collection])

        keys = [index["key"] for index in raw[collection.name].index_information().values() if not index.get("unique")]

        leading = {key[0][0] for key in keys}
        assert leading == {"_id", *(field.path for field in collection.fields)}


@pytest.mark.needs_mongodb
class TestLostReply:
    @pytest.fixture
    def wire(self, server: str) -> Iterator[CutWire]:
        target = urlsplit(server)
        with cut_wire((target.hostname or "127.0.0.1", target.port or 27017)) as wire:
            yield wire

    @pytest.fixture
    def far(self, wire: CutWire, store: MongoStore, mongodb_database: str) -> Iterator[Documents]:
        """A collection reached over the wire that can be cut."""
        collection = a_collection()
        store.migrate([collection])
        url = f"mongodb://127.0.0.1:{wire.port}/?directConnection=true"
        opened = MongoStore(url, mongodb_database, timeouts=MongoTimeouts(operation=patience(10)))
        yield opened.documents(collection)
        opened.close()

    def test_an_insert_whose_reply_is_lost_is_away_and_sent_once_only(
        self, far: Documents, wire: CutWire, store: MongoStore
    ) -> None:
        put_in(far, a_case("before"))
        wire.lose_replies_to(b"marked-insert")

        with pytest.raises(StoreAway):
            far.insert(a_case("marked-insert"))
        wire.mend()

        assert wire.messages_cut == 1
        assert far.get("marked-insert") == a_case("marked-insert")
        with pytest.raises(IdTaken):
            far.insert(a_case("marked-insert"))

    def test_a_replacement_whose_reply_is_lost_is_away_and_sent_once_only(self, far: Documents, wire: CutWire) -> None:
        put_in(far, a_case("c1"))
        wire.lose_replies_to(b"marked-replacement")

        with pytest.raises(StoreAway):
            far.replace(a_case("c1", 2, status="marked-replacement"), version=1)
        wire.mend()

        assert wire.messages_cut == 1
        assert found_ids(far, Equal(path="status", value="marked-replacement")) == ["c1"]

    def test_many_whose_reply_is_lost_are_away(self, far: Documents, wire: CutWire) -> None:
        put_in(far, a_case("before"))
        wire.lose_replies_to(b"marked-many")

        with pytest.raises(StoreAway):
            far.insert_many([a_case("marked-many"), a_case("other")])
        wire.mend()

        assert wire.messages_cut == 1
        assert found_ids(far) == ["before", "marked-many", "other"]


@pytest.mark.needs_mongodb
class TestPatchedProcess:
    def test_the_loop_turns_while_greenlets_wait_for_the_server(
        self, server: str, store: MongoStore, mongodb_database: str
    ) -> None:
        collection = a_collection()
        store.migrate([collection])
        store.documents(collection).insert(a_case("counter"))
        command = [sys.executable, "-W", "ignore", "-m", "tests.contract.store.processes.patched_mongo"]

        ended = subprocess.run(
            [*command, server, mongodb_database, collection.name], capture_output=True, timeout=patience(60), check=True
        )

        told = json.loads(ended.stdout)
        assert told["version"] == 21
        assert told["ticks"] > 20
