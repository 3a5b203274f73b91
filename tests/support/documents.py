"""A `Documents` store in memory, as strict as the real adapters, for tests of use cases.

It copies on the way in and out, keeps instants to the millisecond, and refuses what the port refuses; what a question
or a document may be is checked by the code that checks it for every adapter. A test may plan an interruption
(`StoreAway` before or after the next write) or a rival (a callable that runs just before the next write).
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, Literal

from shared.store.declarations import check_declaration
from shared.store.documents import (
    AnyOf,
    Between,
    Collection,
    Condition,
    Document,
    Equal,
    IdTaken,
    KeyTaken,
    Page,
    Prefix,
    StoreAway,
    Unique,
    VersionChanged,
)
from shared.store.questions import Question, ask, field_of
from shared.store.values import LARGEST_BYTES, check_document, declared_value, value_at

Moment = Literal["before", "after"]

_ID = "_id"


class InMemoryStore:
    """One service's database in memory: the same collection object for the same declaration's name."""

    def __init__(self) -> None:
        self._collections: dict[str, InMemoryDocuments] = {}

    def documents(self, collection: Collection) -> InMemoryDocuments:
        return self._collections.setdefault(collection.name, InMemoryDocuments(collection))

    def migrate(self, collections: Sequence[Collection]) -> list[str]:
        new = [collection for collection in collections if collection.name not in self._collections]
        for collection in new:
            self.documents(collection)
        return [f"created {collection.name}" for collection in new]

    def check(self) -> None:
        """Memory is always there."""

    def close(self) -> None:
        """Nothing to let go of."""


class Disk:
    """What of one service's collections would be there after a power cut: all up to its last write that is not lazy."""

    def __init__(self) -> None:
        self._collections: list[InMemoryDocuments] = []
        self._settled: list[dict[str, Document]] = []

    def holds(self, collection: InMemoryDocuments) -> None:
        """Counts this collection in."""
        self._collections.append(collection)
        self._settled.append({})

    def written(self, *, lazily: bool) -> None:
        """Something has been written."""
        if not lazily:
            self._settled = [dict(collection.by_id) for collection in self._collections]

    def cut_power(self) -> None:
        """Undoes what is not settled."""
        for collection, settled in zip(self._collections, self._settled, strict=True):
            collection.by_id = dict(settled)


class InMemoryDocuments:
    """The whole `Documents` port over a dict, one lock around each call."""

    def __init__(self, collection: Collection, *, disk: Disk | None = None) -> None:
        check_declaration(collection)
        self.collection = collection
        self.by_id: dict[str, Document] = {}
        self._disk = disk
        if disk is not None:
            disk.holds(self)
        self._lock = threading.RLock()
        self._interruptions: list[Moment] = []
        self._rivals: list[Callable[[], object]] = []

    # ------------------------------------------------------------------ what a test may plan

    def interrupt_next_write(self, moment: Moment) -> None:
        """The next write raises `StoreAway`, before anything is written or after it is safely written."""
        self._interruptions.append(moment)

    def before_next_write(self, rival: Callable[[], object]) -> None:
        """Runs `rival` just before the next write, as another process would in between."""
        self._rivals.append(rival)

    def has_plans(self) -> bool:
        """Whether something planned has not happened yet."""
        return bool(self._interruptions or self._rivals)

    def forget_plans(self) -> None:
        """Drops what was planned and has not happened."""
        self._interruptions.clear()
        self._rivals.clear()

    # ------------------------------------------------------------------ the port

    def get(self, id: str) -> Document | None:
        with self._lock:
            found = self.by_id.get(id)
        if threading.active_count() > 1:
            time.sleep(0)  # lets another thread in, as a call to an engine would
        return None if found is None else _copied(found)

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        found = {id: document for id in ids if (document := self.get(id)) is not None}
        return {
            id: {name: document[name] for name in (_ID, *names) if name in document} for id, document in found.items()
        }

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            self._insert(_stored(document, self.collection))
            self._written(lazily=lazily)

    def insert_many(self, documents: Sequence[Document], *, lazily: bool = False) -> list[Exception | None]:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            kept = [_stored(document, self.collection) for document in documents]
            refusals = [_refusal_of(self._insert, stored) for stored in kept]
            self._written(lazily=lazily or not kept)
            return refusals

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            self._replace(_stored(document, self.collection), version)
            self._written(lazily=lazily)

    def replace_many(self, changes: Sequence[tuple[Document, int]], *, lazily: bool = False) -> list[Exception | None]:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            kept = [(_stored(document, self.collection), version) for document, version in changes]
            refusals = [_refusal_of(self._replace, stored, version) for stored, version in kept]
            self._written(lazily=lazily or not kept)
            return refusals

    def find(
        self,
        where: Sequence[Condition] = (),
        *,
        order: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        question = ask(self.collection, where, order)
        place = None if after is None else question.place_of(after)
        with self._lock:
            found = _sorted(self._matching(where), question)
        if place is not None:
            found = [document for document in found if _comes_after(_place(document, question), place, question)]
        items = [_copied(document) for document in found[:limit]]
        return Page(items=items, next=question.cursor_after(items[-1]) if len(found) > limit else None)

    def each(self, where: Sequence[Condition] = ()) -> Iterator[Document]:
        ask(self.collection, where)
        with self._lock:
            found = sorted(self._matching(where), key=lambda document: str(document[_ID]))
        return map(_copied, found)

    def count(self, where: Sequence[Condition] = ()) -> int:
        ask(self.collection, where)
        with self._lock:
            return len(self._matching(where))

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        ask(self.collection, where)
        field_of(self.collection, path)
        with self._lock:
            return dict(Counter(value for found in self._matching(where) for value in _values(found, path)))

    # ------------------------------------------------------------------ how

    def _written(self, *, lazily: bool) -> None:
        if self._disk is not None:
            self._disk.written(lazily=lazily)

    def _let_rival_in(self) -> None:
        if self._rivals:
            self._rivals.pop(0)()

    def _insert(self, stored: Document) -> None:
        if stored[_ID] in self.by_id:
            raise IdTaken(f"{self.collection.name}: {stored[_ID]} is taken")
        self._refuse_taken_keys(stored)
        self.by_id[stored[_ID]] = stored

    def _replace(self, stored: Document, version: int) -> None:
        if stored["version"] == version:
            raise ValueError("the new version must differ from the replaced one")
        current = self.by_id.get(stored[_ID])
        if current is None or current["version"] != version:
            raise VersionChanged(f"{self.collection.name}: {stored[_ID]} is no longer at version {version}")
        self._refuse_taken_keys(stored)
        self.by_id[stored[_ID]] = stored

    def _refuse_taken_keys(self, stored: Document) -> None:
        others = [other for other in self.by_id.values() if other[_ID] != stored[_ID]]
        for unique in self.collection.unique:
            held = _key_values(stored, unique)
            if held and any(held & _key_values(other, unique) for other in others):
                raise KeyTaken(self.collection.name, unique.name)

    def _matching(self, where: Sequence[Condition]) -> list[Document]:
        return [document for document in self.by_id.values() if all(_meets(document, each) for each in where)]


def _refusal_of(write: Callable[..., None], *what: Any) -> Exception | None:
    try:
        write(*what)
    except (IdTaken, KeyTaken, VersionChanged) as refusal:
        return refusal
    return None


class _Interrupted:
    """Raises a planned `StoreAway` on the way in, or on the way out of a write that went well."""

    def __init__(self, planned: list[Moment]) -> None:
        self._moment: Moment | None = planned.pop(0) if planned else None

    def __enter__(self) -> None:
        if self._moment == "before":
            raise StoreAway("the store went away before the write")

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self._moment == "after" and error is None:
            raise StoreAway("the store went away after the write")


# ---------------------------------------------------------------------- values


def _stored(document: Document, collection: Collection) -> Document:
    check_document(document)
    for field in collection.fields:
        declared_value(document, field.path, field.kind)
    kept: Document = _kept(document)
    if len(json.dumps(kept, default=str)) > LARGEST_BYTES:
        raise TypeError(f"{document[_ID]} is larger than a document may be ({LARGEST_BYTES} bytes)")
    return kept


def _copied(value: Any) -> Any:
    """What a reader may change without changing what is kept; within it nothing but containers can change."""
    if type(value) is dict:
        return {key: _copied(each) if type(each) in (dict, list) else each for key, each in value.items()}
    return [_copied(each) for each in value] if type(value) is list else value


def _kept(value: Any) -> Any:
    if type(value) in (str, int):
        return value
    if isinstance(value, dict | Mapping):
        return {key: _kept(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    if isinstance(value, datetime):
        return _to_the_millisecond(value)
    return _plain(value)


def _plain(value: Any) -> Any:
    """A text or number without its subclass, such as an enumeration's member."""
    if value is None or isinstance(value, bool):
        return value
    return str.__str__(value) if isinstance(value, str) else int(value)


def _to_the_millisecond(value: datetime) -> datetime:
    instant = value.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _values(document: Document, path: str) -> list[Any]:
    value = value_at(document, path)
    if isinstance(value, list):
        return list(dict.fromkeys(value))
    return [] if value is None else [value]


def _key_values(document: Document, unique: Unique) -> set[tuple[Any, ...]]:
    return set(product(*(_values(document, path) for path in unique.paths)))


# ---------------------------------------------------------------------- conditions


def _meets(document: Document, condition: Condition) -> bool:
    values = _values(document, condition.path)
    match condition:
        case Equal(value=None):
            return value_at(document, condition.path) is None
        case Equal(value=wanted):
            return _kept(wanted) in values
        case AnyOf(path=path, values=wanted_any):
            return any(_meets(document, Equal(path=path, value=wanted)) for wanted in wanted_any)
        case Prefix(start=start):
            return any(value.startswith(start) for value in values)
        case Between():
            return any(_is_between(value, condition) for value in values)


def _is_between(value: Any, condition: Between) -> bool:
    low, high = _kept(condition.low), _kept(condition.high)
    if low is not None and value < low:
        return False
    return high is None or bool(value < high) or (condition.including_high and bool(value == high))


# ---------------------------------------------------------------------- orders


def _sorted(documents: list[Document], question: Question) -> list[Document]:
    ordered = list(documents)
    for place, step in reversed(list(enumerate(question.steps))):
        ordered.sort(key=lambda document, at=place: _rank(_place(document, question)[at]), reverse=step.descending)  # type: ignore[misc]
    return ordered


def _place(document: Document, question: Question) -> list[Any]:
    return [value_at(document, step.field.path) for step in question.steps]


def _rank(value: Any) -> tuple[bool, Any]:
    """Absent values come first, ascending."""
    return (False, 0) if value is None else (True, value)


def _comes_after(here: Sequence[Any], there: Sequence[Any], question: Question) -> bool:
    for mine, theirs, step in zip(here, there, question.steps, strict=True):
        if mine != theirs:
            return bool((_rank(mine) > _rank(theirs)) != step.descending)
    return False
