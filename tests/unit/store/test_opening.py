"""Which adapter a store's address opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.store.mongo import MongoStore
from shared.store.opening import BadStoreUrl, StoreOptions, open_store
from shared.store.sqlite import SqliteStore


def test_an_absolute_folder_has_four_slashes(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/data folder", "ledger")

    store.check()

    assert isinstance(store, SqliteStore)
    assert (tmp_path / "data folder" / "ledger.sqlite3").exists()
    store.close()


def test_three_slashes_are_relative_to_where_the_process_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///var/some%20data", "pa_registry")

    store.check()

    assert (tmp_path / "var" / "some data" / "pa_registry.sqlite3").exists()
    store.close()


@pytest.mark.parametrize("url", ["mongodb://mongo.example/", "mongodb://one.example,two.example/?replicaSet=rs0"])
def test_a_server_is_opened_with_a_database_per_service(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, str]] = []

    def open_nothing(_: MongoStore, url: str, database: str, **_options: object) -> None:
        opened.append((url, database))

    monkeypatch.setattr(MongoStore, "__init__", open_nothing)

    store = open_store(url, "ledger")

    assert isinstance(store, MongoStore)
    assert opened == [(url, "steward_ledger")]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "data",
        "postgres://user:sample-secret@host/",
        "sqlite:data",
        "sqlite://data",
        "sqlite://",
        "sqlite:///",
        "sqlite:///data?mode=ro",
        "sqlite:///data#x",
    ],
)
def test_any_other_address_is_refused_with_what_is_expected_and_no_secret(url: str) -> None:
    with pytest.raises(BadStoreUrl, match="sqlite:///") as refused:
        open_store(url, "ledger")

    assert "sample-secret" not in str(refused.value)


@pytest.mark.parametrize("service", ["", "../ledger", "Ledger", "led ger", "ledger.x"])
def test_a_service_is_named_plainly(service: str) -> None:
    with pytest.raises(BadStoreUrl, match="service"):
        open_store("sqlite:///data", service)


def test_a_level_of_flushing_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadStoreUrl, match="FULL or NORMAL"):
        open_store("sqlite:///data", "ledger", options=StoreOptions(synchronous="OFF"))
