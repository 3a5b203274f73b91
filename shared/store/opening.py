"""Opens a service's store from the address in its settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.store.blocking import Blocking
from shared.store.documents import Store

_SERVICE = re.compile(r"[a-z][a-z0-9_]*")
_FORMS = "sqlite:///folder (relative), sqlite:////folder (absolute) or mongodb://host/"


class BadStoreUrl(ValueError):
    """A store address that no adapter can open; the message says what is expected."""


@dataclass(frozen=True, kw_only=True)
class StoreOptions:
    """Limits of either adapter; times in seconds. Each adapter documents its own."""

    synchronous: str = "FULL"
    busy_timeout_seconds: float = 10.0
    quick_flush_seconds: float = 0.002
    most_writes_in_a_group: int = 256
    selection_timeout_seconds: float = 5.0
    connection_timeout_seconds: float = 5.0
    operation_timeout_seconds: float = 20.0
    most_connections: int = 50


def open_store(
    url: str, service: str, *, blocking: Blocking | None = None, options: StoreOptions | None = None
) -> Store:
    """The store of one service: `<service>.sqlite3` in a folder, or the database `steward_<service>` on a server.

    Raises `BadStoreUrl`. `blocking` is how this process waits for a disk; a server is waited for through sockets.
    """
    if not _SERVICE.fullmatch(service):
        raise BadStoreUrl(f"{service!r} is not a service's name")
    scheme = url.partition("://")[0]
    limits = options or StoreOptions()
    if scheme == "sqlite":
        return _open_sqlite(_folder(url) / f"{service}.sqlite3", blocking, limits)
    if scheme in ("mongodb", "mongodb+srv"):
        return _open_mongo(url, f"steward_{service}", limits)
    raise BadStoreUrl(f"a store address begins with {_FORMS}; this one begins with {scheme[:20]!r}")


def _folder(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc or not parts.path.removeprefix("/") or parts.query or parts.fragment:
        raise BadStoreUrl(f"a SQLite store is named by its folder alone, with three slashes: {_FORMS}")
    return Path(unquote(parts.path.removeprefix("/")))


def _open_sqlite(path: Path, blocking: Blocking | None, options: StoreOptions) -> Store:
    from shared.store.sqlite import SqliteStore

    if options.synchronous not in ("FULL", "NORMAL"):
        raise BadStoreUrl(f"a SQLite store is synchronous FULL or NORMAL, not {options.synchronous!r}")
    return SqliteStore(
        path,
        synchronous="NORMAL" if options.synchronous == "NORMAL" else "FULL",
        busy_timeout_seconds=options.busy_timeout_seconds,
        quick_flush_seconds=options.quick_flush_seconds,
        most_in_a_group=options.most_writes_in_a_group,
        blocking=blocking,
    )


def _open_mongo(url: str, database: str, options: StoreOptions) -> Store:
    from shared.store.mongo import MongoStore, MongoTimeouts

    timeouts = MongoTimeouts(
        selection=options.selection_timeout_seconds,
        connection=options.connection_timeout_seconds,
        operation=options.operation_timeout_seconds,
        most_connections=options.most_connections,
    )
    return MongoStore(url, database, timeouts=timeouts)
