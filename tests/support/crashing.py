"""Documents whose writer dies: a process's own view of a store that it shares with others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.store.documents import Collection, Condition, Document, Documents, Page


class Died(BaseException):
    """The process is killed here. No `except Exception` may survive it."""


class MortalDocuments:
    """A collection as one process sees it.

    `dies_at` counts this process's writes in half steps: 0 dies before the first write, 1 right after it, 2 before the
    second, and so on; `None` lives. `between` runs before each write, as other processes would.
    """

    def __init__(
        self, documents: Documents, *, dies_at: int | None = None, between: Callable[[], object] = lambda: None
    ) -> None:
        self.collection: Collection = documents.collection
        self.moments = 0
        self._documents = documents
        self._dies_at = dies_at
        self._between = between

    def get(self, id: str) -> Document | None:
        return self._documents.get(id)

    def insert(self, document: Document) -> None:
        self._write(lambda: self._documents.insert(document))

    def insert_many(self, documents: Sequence[Document]) -> list[Exception | None]:
        refused: list[list[Exception | None]] = []
        self._write(lambda: refused.append(self._documents.insert_many(documents)))
        return refused[0]

    def replace(self, document: Document, *, version: int) -> None:
        self._write(lambda: self._documents.replace(document, version=version))

    def find(
        self, where: Sequence[Condition] = (), *, order: str | None = None, after: str | None = None, limit: int = 50
    ) -> Page:
        return self._documents.find(where, order=order, after=after, limit=limit)

    def count(self, where: Sequence[Condition] = ()) -> int:
        return self._documents.count(where)

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        return self._documents.group_count(path, where)

    def _write(self, write: Callable[[], None]) -> None:
        self._between()
        self._pass()
        write()
        self._pass()

    def _pass(self) -> None:
        if self._dies_at is not None and self.moments >= self._dies_at:
            raise Died
        self.moments += 1
