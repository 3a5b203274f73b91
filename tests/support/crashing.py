"""A process that dies between two writes: its own view of collections that it shares with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.store.documents import Collection, Condition, Document, Documents, Page


class Died(BaseException):
    """The process is killed here. No `except Exception` may survive it."""


@dataclass(kw_only=True)
class Life:
    """One process's life, over all its collections.

    `dies_at` counts its writes in half steps: 0 dies before the first write, 1 right after it, 2 before the second, and so
    on; `None` lives. `between` runs before each write, as other processes would. Who has died does nothing more.
    """

    dies_at: int | None = None
    between: Callable[[], object] = lambda: None
    moments: int = 0

    def write(self, write: Callable[[], None]) -> None:
        """Writes, or dies before or after it."""
        self.between()
        self._pass()
        write()
        self._pass()

    def _pass(self) -> None:
        if self.dies_at is not None and self.moments >= self.dies_at:
            raise Died
        self.moments += 1


class MortalDocuments:
    """A collection as one process sees it."""

    def __init__(self, documents: Documents, life: Life) -> None:
        self.collection: Collection = documents.collection
        self._documents = documents
        self._life = life

    def get(self, id: str) -> Document | None:
        return self._documents.get(id)

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        return self._documents.parts(ids, names)

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        self._life.write(lambda: self._documents.insert(document, lazily=lazily))

    def insert_many(self, documents: Sequence[Document], *, lazily: bool = False) -> list[Exception | None]:
        refused: list[list[Exception | None]] = []
        self._life.write(lambda: refused.append(self._documents.insert_many(documents, lazily=lazily)))
        return refused[0]

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        self._life.write(lambda: self._documents.replace(document, version=version, lazily=lazily))

    def replace_many(self, changes: Sequence[tuple[Document, int]], *, lazily: bool = False) -> list[Exception | None]:
        refused: list[list[Exception | None]] = []
        self._life.write(lambda: refused.append(self._documents.replace_many(changes, lazily=lazily)))
        return refused[0]

    def find(
        self, where: Sequence[Condition] = (), *, order: str | None = None, after: str | None = None, limit: int = 50
    ) -> Page:
        return self._documents.find(where, order=order, after=after, limit=limit)

    def each(self, where: Sequence[Condition] = ()) -> Iterator[Document]:
        return self._documents.each(where)

    def count(self, where: Sequence[Condition] = ()) -> int:
        return self._documents.count(where)

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        return self._documents.group_count(path, where)
