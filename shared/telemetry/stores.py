"""A store whose questions and writes are told of, whatever the port's methods are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

from shared.store.documents import Collection, Documents, Store

OPERATIONS = tuple(name for name, member in vars(Documents).items() if callable(member) and not name.startswith("_"))


class Told(Protocol):
    """Begins and ends what is told of one operation."""

    def __call__(self, *, system: str, collection: str, operation: str) -> AbstractContextManager[None]: ...


class TracedStore:
    """A store that gives told collections; all else is as it was."""

    def __init__(self, store: Store, *, told: Told, system: str) -> None:
        self._store = store
        self._told = told
        self._system = system

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def documents(self, collection: Collection) -> Documents:
        """See `Store.documents`."""
        return cast(Documents, TracedDocuments(self._store.documents(collection), told=self._told, system=self._system))


class TracedDocuments:
    """One collection, every operation of the port told of."""

    def __init__(self, documents: Documents, *, told: Told, system: str) -> None:
        self._documents = documents
        for operation in OPERATIONS:
            self.__dict__[operation] = self._traced(operation, told, system)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    def _traced(self, operation: str, told: Told, system: str) -> Callable[..., Any]:
        plain = getattr(self._documents, operation)
        collection = self._documents.collection.name

        def traced(*args: Any, **options: Any) -> Any:
            with told(system=system, collection=collection, operation=operation):
                return plain(*args, **options)

        return traced
