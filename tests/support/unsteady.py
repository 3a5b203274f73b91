"""A store of any engine that a test may interrupt before or after any write, and let a rival in just before one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from shared.store.documents import Collection, Document, Documents, Store, StoreAway

Moment = Literal["before", "after"]


class UnsteadyDocuments:
    """One collection; questions pass through, writes go by the store's plans."""

    def __init__(self, documents: Documents, store: UnsteadyStore) -> None:
        self._documents = documents
        self._store = store
        self.collection = documents.collection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        """The collection's insert, by the plans."""
        self._store.write(lambda: self._documents.insert(document, lazily=lazily), self.collection)

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        """The collection's replace, by the plans."""
        self._store.write(lambda: self._documents.replace(document, version=version, lazily=lazily), self.collection)


class UnsteadyStore:
    """A store whose `nth` write from now on is interrupted, or has a rival just before it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._until: int | None = None
        self._moment: Moment = "before"
        self._rival: Callable[[], object] | None = None
        self._rivals_in = ""

    def documents(self, collection: Collection) -> UnsteadyDocuments:
        return UnsteadyDocuments(self._store.documents(collection), self)

    def migrate(self, collections: Sequence[Collection]) -> list[str]:
        return self._store.migrate(collections)

    def check(self) -> None:
        self._store.check()

    def close(self) -> None:
        self._store.close()

    def interrupt_write(self, nth: int, moment: Moment) -> None:
        """The nth write from now on raises `StoreAway`, with nothing written or everything."""
        self._until, self._moment = nth, moment

    def let_in(self, rival: Callable[[], object], collection: Collection) -> None:
        """Runs the rival just before the next write to this collection."""
        self._rival, self._rivals_in = rival, collection.name

    def forget(self) -> None:
        """Drops what was planned and has not happened."""
        self._until, self._rival = None, None

    def write(self, write: Callable[[], None], collection: Collection) -> None:
        """A write by the plans."""
        if self._rival is not None and collection.name == self._rivals_in:
            rival, self._rival = self._rival, None
            rival()
        is_hit = self._is_hit()
        if is_hit and self._moment == "before":
            raise StoreAway("the store went away before the write")
        write()
        if is_hit:
            raise StoreAway("the store went away after the write")

    def _is_hit(self) -> bool:
        if self._until is None:
            return False
        self._until -= 1
        if self._until:
            return False
        self._until = None
        return True
