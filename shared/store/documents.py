"""The `Documents` port: one collection of one service, and how a service declares it.

Documents are dicts of JSON values and aware UTC datetimes (kept to the millisecond), with `_id` (str) and `version`
(int, from 1). A collection can be asked only about the fields it declares, so that every question has an index in every
adapter. Writes touch one document at a time and are atomic; there are no transactions across documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Document = dict[str, Any]
Kind = Literal["text", "number", "flag", "instant", "texts"]


@dataclass(frozen=True, kw_only=True)
class Field:
    """A declared field: a dotted `path` in the document and what it holds (`texts` is a list of strings).

    `absence_asked` is whether questions may ask for documents that lack it. Where not, those cost no entry in any index;
    an order that begins with the field is then asked for together with a condition on it.
    """

    path: str
    kind: Kind = "text"
    absence_asked: bool = True


@dataclass(frozen=True, kw_only=True)
class Unique:
    """A unique key over one or more declared fields; documents lacking any of them are outside it.

    Over a `texts` field it means: no two documents share an element.
    """

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Order:
    """A declared order: fields with their direction; `_id` breaks ties, ascending.

    An order that begins with fields usually asked for by `Equal` (council, status) serves both from one index.
    """

    name: str
    by: tuple[tuple[str, Literal["ascending", "descending"]], ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Belt:
    """What the engine itself refuses, whoever writes past this program: the same rule in each engine's own words.

    `mongo` is a condition that every stored document meets. `sqlite` is an expression over `NEW._id` and `NEW._body` (the
    document as JSON) that is true for what may be stored. `kept` are fields that no later write may change; a document
    that has them is never deleted either. (MongoDB has no rule for that.)
    """

    mongo: Mapping[str, Any]
    sqlite: str
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Collection:
    """A collection's declaration: its name, what may be asked of it, and what its engine refuses by itself."""

    name: str
    fields: tuple[Field, ...] = ()
    unique: tuple[Unique, ...] = ()
    orders: tuple[Order, ...] = ()
    belt: Belt | None = None

    def field(self, path: str) -> Field:
        """The declared field, or `Undeclared`."""
        for declared in self.fields:
            if declared.path == path:
                return declared
        raise Undeclared(f"{self.name}: field {path!r} is not declared")

    def order(self, name: str) -> Order:
        """The declared order, or `Undeclared`."""
        for declared in self.orders:
            if declared.name == name:
                return declared
        raise Undeclared(f"{self.name}: order {name!r} is not declared")


@dataclass(frozen=True, kw_only=True)
class Equal:
    """The field has this value (for `texts`: contains it); `None` means absent or null."""

    path: str
    value: Any


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """The field has one of these values (for `texts`: contains one of them)."""

    path: str
    values: Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class Between:
    """The field is at or above `low` and below `high`; either end may be open. Absent values never match."""

    path: str
    low: Any = None
    high: Any = None
    including_high: bool = False


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """The text field (or `_id`) starts with this."""

    path: str
    start: str


Condition = Equal | AnyOf | Between | Prefix


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some documents in order, and the cursor that asks for the following ones (`None` at the end)."""

    items: list[Document] = field(default_factory=list)
    next: str | None = None


class Undeclared(Exception):
    """A question about a field or an order that the collection does not declare, or about an absence that it does not."""


class IdTaken(Exception):
    """A document with this `_id` is there already."""


class KeyTaken(Exception):
    """Another document holds this unique key; `key` is its declared name."""

    def __init__(self, collection: str, key: str) -> None:
        super().__init__(f"{collection}: {key} is taken")
        self.collection = collection
        self.key = key


class VersionChanged(Exception):
    """The stored version is not the expected one (or the document is not there): somebody else wrote first."""


class BadCursor(ValueError):
    """The cursor was not issued for this question."""


class RefusedByBelt(Exception):
    """The engine's own rule of the collection refuses the document: whoever wrote it would have stored nonsense."""


class StoreAway(Exception):
    """The store cannot be reached or did not answer in time: nothing is known about the last write."""


class DamagedDocument(Exception):
    """What is stored cannot be read as a document; the message names it as far as it can."""


class Documents(Protocol):
    """One collection of one service.

    Every method may raise `StoreAway`. `_id` may be used in conditions and needs no declaration. `Undeclared` for a
    question that the declaration does not allow. `TypeError` for a value that not every engine keeps exactly: a float,
    an instant without a zone, a whole number beyond 64 bits, a key that is no text or holds '.' or begins with '$', and
    a value (stored or asked for) that is not of its field's declared kind. `RefusedByBelt` for what the collection's belt
    forbids, in the engines that keep one.
    """

    collection: Collection

    def get(self, id: str) -> Document | None:
        """The document, or `None`."""
        ...

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, Document]:
        """Of each of these documents that is there, by its id: what it has under these names at its top, and its `_id`.

        What is null may be left out. `DamagedDocument` if one of them cannot be read.
        """
        ...

    def insert(self, document: Document, *, lazily: bool = False) -> None:
        """Adds a document. Raises `IdTaken` or `KeyTaken`; then nothing is written.

        `lazily`, here and below, is for what would be written again if it were missing: a power cut may undo it, as long as
        nothing was written after it in the same store that is not lazy.
        """
        ...

    def insert_many(self, documents: Sequence[Document], *, lazily: bool = False) -> list[Exception | None]:
        """Adds each document on its own; per document `None` or the `IdTaken` / `KeyTaken` that refused it.

        If one of them cannot be kept (`TypeError`), none is written.
        """
        ...

    def replace(self, document: Document, *, version: int, lazily: bool = False) -> None:
        """Puts `document` in the place of the stored one if that still has `version`; else `VersionChanged`.

        The document's own `version` must be another one. Raises `KeyTaken` if it would break a unique key.
        """
        ...

    def replace_many(self, changes: Sequence[tuple[Document, int]], *, lazily: bool = False) -> list[Exception | None]:
        """Compare-and-set of each document on its version, on its own, durably or `lazily`; for each `None` or its refusal.

        `VersionChanged` may also be said of a replacement that was made and replaced again at once, so this is for what
        may be looked at and written again. Raises `StoreAway`, and `TypeError` for what cannot be kept.
        """
        ...

    def find(
        self,
        where: Sequence[Condition] = (),
        *,
        order: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Documents that meet every condition, by a declared order (default: by `_id`).

        Absent values come first ascending, last descending. `BadCursor` for a cursor of another question.
        """
        ...

    def each(self, where: Sequence[Condition] = ()) -> Iterator[Document]:
        """Every document that meets every condition, by `_id`, for reading a great many through once.

        An instant may come as its text in UTC, to the millisecond and with the offset. What is written meanwhile may be
        among them or not.
        """
        ...

    def count(self, where: Sequence[Condition] = ()) -> int:
        """How many documents meet every condition."""
        ...

    def group_count(self, path: str, where: Sequence[Condition] = ()) -> Mapping[Any, int]:
        """How many of them have each value of a declared field (each element, for `texts`, once per document).

        Documents without the field are not counted.
        """
        ...


class Store(Protocol):
    """One service's database."""

    def documents(self, collection: Collection) -> Documents:
        """The collection, ready to use."""
        ...

    def migrate(self, collections: Sequence[Collection]) -> list[str]:
        """Creates what the declarations need (indexes, validators); says what it did, one sentence each."""
        ...

    def check(self) -> None:
        """Raises `StoreAway` with a sentence if the store cannot be used."""
        ...

    def close(self) -> None:
        """Lets go of files and connections."""
        ...
