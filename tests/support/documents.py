"""A `Documents` store in memory, as strict as the real adapters, for tests of use cases.

It copies on the way in and out, keeps instants to the millisecond, and refuses what the port refuses: undeclared fields
and orders, values that are not JSON, taken ids and keys, changed versions, foreign cursors. A test may plan an
interruption (`StoreAway` before or after the next write) or a rival (a callable that runs just before the next write).
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, Literal

from shared.store.documents import (
    AnyOf,
    BadCursor,
    Between,
    Collection,
    Condition,
    Document,
    Equal,
    IdTaken,
    KeyTaken,
    Order,
    Page,
    Prefix,
    StoreAway,
    Undeclared,
    Unique,
    VersionChanged,
)

Moment = Literal["before", "after"]

_ID = "_id"
_BY_ID = Order(name="by-id", by=())


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


class InMemoryDocuments:
    """The whole `Documents` port over a dict, one lock around each call."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._documents: dict[str, Document] = {}
        self._lock = threading.RLock()
        self._interruptions: list[Moment] = []
        self._rivals: list[Callable[[], None]] = []

    # ------------------------------------------------------------------ what a test may plan

    def interrupt_next_write(self, moment: Moment) -> None:
        """The next write raises `StoreAway`, before anything is written or after it is safely written."""
        self._interruptions.append(moment)

    def before_next_write(self, rival: Callable[[], None]) -> None:
        """Runs `rival` just before the next write, as another process would in between."""
        self._rivals.append(rival)

    # ------------------------------------------------------------------ the port

    def get(self, id: str) -> Document | None:
        with self._lock:
            return copy.deepcopy(self._documents.get(id))

    def insert(self, document: Document) -> None:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            self._insert(document)

    def insert_many(self, documents: Sequence[Document]) -> list[Exception | None]:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            return [self._refusal_of(document) for document in documents]

    def replace(self, document: Document, *, version: int) -> None:
        self._let_rival_in()
        with self._lock, _Interrupted(self._interruptions):
            self._replace(_stored(document), version)

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
        chosen = _BY_ID if order is None else self.collection.order(order)
        question = _question(self.collection, where, chosen)
        with self._lock:
            found = _sorted(self._matching(where), chosen)
        if after is not None:
            found = _following(found, _opened(after, question), chosen)
        items = copy.deepcopy(found[:limit])
        more = len(found) > limit
        return Page(items=items, next=_cursor(items[-1], question, chosen) if more else None)

    def count(self, where: Sequence[Condition] = ()) -> int:
        with self._lock:
            return len(self._matching(where))

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        self.collection.field(path)
        with self._lock:
            return dict(Counter(value for found in self._matching(where) for value in _values(found, path)))

    # ------------------------------------------------------------------ how

    def _let_rival_in(self) -> None:
        if self._rivals:
            self._rivals.pop(0)()

    def _insert(self, document: Document) -> None:
        stored = _stored(document)
        if stored[_ID] in self._documents:
            raise IdTaken(f"{self.collection.name}: {stored[_ID]} is taken")
        self._refuse_taken_keys(stored)
        self._documents[stored[_ID]] = stored

    def _refusal_of(self, document: Document) -> Exception | None:
        try:
            self._insert(document)
        except (IdTaken, KeyTaken) as refusal:
            return refusal
        return None

    def _replace(self, stored: Document, version: int) -> None:
        if stored["version"] == version:
            raise ValueError("the new version must differ from the replaced one")
        current = self._documents.get(stored[_ID])
        if current is None or current["version"] != version:
            raise VersionChanged(f"{self.collection.name}: {stored[_ID]} is no longer at version {version}")
        self._refuse_taken_keys(stored)
        self._documents[stored[_ID]] = stored

    def _refuse_taken_keys(self, stored: Document) -> None:
        others = [other for other in self._documents.values() if other[_ID] != stored[_ID]]
        for unique in self.collection.unique:
            held = _key_values(stored, unique)
            if held and any(held & _key_values(other, unique) for other in others):
                raise KeyTaken(self.collection.name, unique.name)

    def _matching(self, where: Sequence[Condition]) -> list[Document]:
        for condition in where:
            _refuse_undeclared(self.collection, condition)
        return [document for document in self._documents.values() if all(_meets(document, each) for each in where)]


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


def _stored(document: Document) -> Document:
    if not isinstance(document.get(_ID), str) or not document[_ID]:
        raise TypeError("_id must be a text")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise TypeError("version must be a whole number from 1")
    kept: Document = _kept(document)
    return kept


def _kept(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_text_key(key): _kept(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(each) for each in value]
    if isinstance(value, datetime):
        return _kept_instant(value)
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise TypeError(f"a document cannot hold {type(value).__name__}")


def _text_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("a document's field names are texts")
    return key


def _kept_instant(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise TypeError("an instant must be timezone-aware")
    instant = value.astimezone(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _at(document: Mapping[str, Any], path: str) -> Any:
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _values(document: Document, path: str) -> list[Any]:
    value = _at(document, path)
    if isinstance(value, list):
        return list(dict.fromkeys(value))
    return [] if value is None else [value]


def _key_values(document: Document, unique: Unique) -> set[tuple[Any, ...]]:
    return set(product(*(_values(document, path) for path in unique.paths)))


# ---------------------------------------------------------------------- conditions


def _refuse_undeclared(collection: Collection, condition: Condition) -> None:
    kind = "text" if condition.path == _ID else collection.field(condition.path).kind
    if isinstance(condition, Prefix) and kind != "text":
        raise Undeclared(f"{collection.name}: a prefix can be asked of a text field only, not of {condition.path!r}")
    if isinstance(condition, Between) and kind in ("texts", "flag"):
        raise Undeclared(f"{collection.name}: a range cannot be asked of {condition.path!r}")


def _meets(document: Document, condition: Condition) -> bool:
    values = _values(document, condition.path)
    match condition:
        case Equal(value=wanted):
            return _has(values, wanted)
        case AnyOf(values=wanted_any):
            return any(_has(values, wanted) for wanted in wanted_any)
        case Prefix(start=start):
            return any(isinstance(value, str) and value.startswith(start) for value in values)
        case Between():
            return any(_is_between(value, condition) for value in values)


def _has(values: list[Any], wanted: Any) -> bool:
    if wanted is None:
        return not values
    wanted = _kept(wanted)
    return any(type(value) is type(wanted) and value == wanted for value in values)


def _is_between(value: Any, condition: Between) -> bool:
    low, high = _kept(condition.low), _kept(condition.high)
    if low is not None and value < low:
        return False
    if high is None:
        return True
    return bool(value < high or (condition.including_high and value == high))


# ---------------------------------------------------------------------- orders and cursors


def _sorted(documents: list[Document], order: Order) -> list[Document]:
    ordered = sorted(documents, key=lambda document: document[_ID])
    for path, direction in reversed(order.by):
        ordered.sort(key=lambda document, path=path: _rank(_at(document, path)), reverse=direction == "descending")  # type: ignore[misc]
    return ordered


def _rank(value: Any) -> tuple[bool, Any]:
    """Absent values come first, ascending."""
    return (False, 0) if value is None else (True, value)


def _following(found: list[Document], last: list[Any], order: Order) -> list[Document]:
    return [document for document in found if _comes_after(_place(document, order), last, order)]


def _comes_after(place: list[Any], last: list[Any], order: Order) -> bool:
    directions = [*(direction for _, direction in order.by), "ascending"]
    for here, there, direction in zip(place, last, directions, strict=True):
        if here != there:
            return bool((_rank(here) > _rank(there)) == (direction == "ascending"))
    return False


def _place(document: Document, order: Order) -> list[Any]:
    return [*(_at(document, path) for path, _ in order.by), document[_ID]]


def _question(collection: Collection, where: Sequence[Condition], order: Order) -> str:
    asked = repr((collection.name, sorted(repr(condition) for condition in where), order))
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _cursor(last: Document, question: str, order: Order) -> str:
    place = list(_coded(_place(last, order)))
    return base64.urlsafe_b64encode(json.dumps([question, place]).encode()).decode()


def _coded(place: list[Any]) -> Iterator[Any]:
    for value in place:
        yield {"at": value.isoformat()} if isinstance(value, datetime) else value


def _opened(cursor: str, question: str) -> list[Any]:
    try:
        asked, place = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (TypeError, ValueError) as error:
        raise BadCursor("not a cursor of this store") from error
    if asked != question:
        raise BadCursor("the cursor belongs to another question")
    return [datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value for value in place]
