"""Writing to stored blocks behind the ledger's back, as whoever has the file or the server's password could."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import orjson
from pymongo import MongoClient

Document = dict[str, Any]


class Intruder(Protocol):
    """Reads and writes blocks as they lie in the store."""

    def insert(self, document: Document) -> None:
        """Adds a block, as the engine lets anybody. Raises what the engine raises."""
        ...

    def overwrite(self, id: str, change: Callable[[Document], Any]) -> None:
        """Changes a stored block, as the engine lets anybody. Raises what the engine raises."""
        ...

    def delete(self, id: str) -> None:
        """Takes a block away, as the engine lets anybody. Raises what the engine raises."""
        ...

    def loosen(self) -> None:
        """Takes the engine's own rules and keys off first."""
        ...


class SqliteIntruder:
    """Somebody with the file. Instants lie in it as `{"$at": milliseconds}`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            yield connection

    def insert(self, document: Document) -> None:
        body = orjson.dumps(document).decode()
        with self._open() as connection:
            connection.execute(
                "INSERT INTO blocks (_id, version, _body) VALUES (?, ?, ?)", (document.get("_id"), 1, body)
            )

    def overwrite(self, id: str, change: Callable[[Document], Any]) -> None:
        with self._open() as connection:
            [(body,)] = connection.execute("SELECT _body FROM blocks WHERE _id = ?", (id,)).fetchall()
            document = orjson.loads(body)
            change(document)
            connection.execute(
                "UPDATE blocks SET _id = ?, _body = ? WHERE _id = ?",
                (document["_id"], orjson.dumps(document).decode(), id),
            )

    def delete(self, id: str) -> None:
        with self._open() as connection:
            connection.execute("DELETE FROM blocks WHERE _id = ?", (id,))

    def loosen(self) -> None:
        with self._open() as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER [{name}]")


class MongoIntruder:
    """Somebody with the server's password."""

    def __init__(self, url: str, database: str) -> None:
        self._client: MongoClient[Document] = MongoClient(url, tz_aware=True)
        self._database = self._client[database]
        self._blocks = self._database["blocks"]

    def insert(self, document: Document) -> None:
        self._blocks.insert_one(document)

    def overwrite(self, id: str, change: Callable[[Document], Any]) -> None:
        document = self._blocks.find_one({"_id": id})
        assert document is not None
        change(document)
        if document["_id"] == id:
            self._blocks.replace_one({"_id": id}, document)
        else:
            self._blocks.delete_one({"_id": id})
            self._blocks.insert_one(document)

    def delete(self, id: str) -> None:
        self._blocks.delete_one({"_id": id})

    def loosen(self) -> None:
        self._database.command("collMod", "blocks", validator={})
        for name in self._blocks.index_information():
            if name.startswith("unique:"):
                self._blocks.drop_index(name)

    def close(self) -> None:
        """Lets go of the connection."""
        self._client.close()
