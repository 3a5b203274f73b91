"""The engines that the contract is run against: SQLite always, MongoDB when its address is in the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from shared.store.documents import Collection, Documents, Store
from shared.store.mongo import MongoStore
from shared.store.sqlite import SqliteStore
from tests.contract.store.samples import CASES

MONGODB_URL = os.environ.get("STEWARD_TEST_MONGODB_URL")
ENGINES = [
    pytest.param("sqlite", id="sqlite"),
    *([pytest.param("mongodb", id="mongodb", marks=pytest.mark.needs_mongodb)] if MONGODB_URL else []),
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without an address, what talks to MongoDB is deselected, and reported as such."""
    needing = [] if MONGODB_URL else [item for item in items if item.get_closest_marker("needs_mongodb")]
    if needing:
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]


Open = Callable[[Collection], Documents]


@pytest.fixture(scope="session")
def mongodb_database() -> Iterator[str]:
    """The name of a database of this test run alone, dropped at its end."""
    name = f"steward_test_{uuid4().hex[:12]}"
    yield name
    with MongoClient[dict[str, object]](MONGODB_URL) as client:
        client.drop_database(name)


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of either engine."""
    if request.param == "sqlite":
        opened: Store = SqliteStore(tmp_path / "cases.sqlite3", synchronous="NORMAL")
    else:
        assert MONGODB_URL is not None
        opened = MongoStore(MONGODB_URL, request.getfixturevalue("mongodb_database"))
    yield opened
    opened.close()


@pytest.fixture
def open_documents(store: Store) -> Open:
    """Opens a declared collection under a name of its own, empty and migrated."""

    def open_empty(collection: Collection) -> Documents:
        fresh = Collection(
            name=f"{collection.name}_{uuid4().hex[:12]}",
            fields=collection.fields,
            unique=collection.unique,
            orders=collection.orders,
        )
        store.migrate([fresh])
        return store.documents(fresh)

    return open_empty


@pytest.fixture
def documents(open_documents: Open) -> Documents:
    """The sample collection, empty."""
    return open_documents(CASES)
