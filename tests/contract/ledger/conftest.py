"""The ledger's books on the real stores, and somebody who writes past the ledger."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from services.ledger.store import COLLECTIONS
from shared.messaging.processes import PROCESSES
from shared.store.documents import Store
from shared.store.mongo import MongoStore
from shared.store.sqlite import SqliteStore
from tests.support.ledger_builders import Ledger
from tests.support.past_the_ledger import Intruder, MongoIntruder, SqliteIntruder

STORES = ["sqlite", pytest.param("mongodb", marks=pytest.mark.needs_mongodb)]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A ledger on a real store, and the intruder there."""

    ledger: Ledger
    intruder: Intruder


@pytest.fixture(params=STORES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """An empty ledger on a real store."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite3"
        store = SqliteStore(path, synchronous="NORMAL")
        yield Kept(ledger=_ledger_on(store), intruder=SqliteIntruder(path))
        store.close()
        return
    with MongoDatabase() as (url, database, mongo):
        intruder = MongoIntruder(url, database)
        yield Kept(ledger=_ledger_on(mongo), intruder=intruder)
        intruder.close()


class MongoDatabase:
    """A database of its own on the server under test, dropped at the end."""

    def __enter__(self) -> tuple[str, str, MongoStore]:
        self._url = os.environ["STEWARD_TEST_MONGODB_URL"]
        self._name = f"steward_books_{uuid4().hex[:12]}"
        self._store = MongoStore(self._url, self._name)
        return self._url, self._name, self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()
        with MongoClient[dict[str, object]](self._url) as client:
            client.drop_database(self._name)


def _ledger_on(store: Store) -> Ledger:
    store.migrate((*COLLECTIONS, PROCESSES))
    return Ledger(store=store, attempts=100)
