"""The search port: what is indexed, what is found, and what every engine promises.

Both engines pass the same contract suite (tests/contract/search) against a brute-force oracle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Protocol

from services.pa_registry.search.facets import FacetValues
from services.pa_registry.search.query import Plan, SearchQuery
from shared.errors import Conflict, Unavailable
from shared.geography import Point


@dataclass(frozen=True, kw_only=True)
class IndexDocument:
    """What search may know of one personal assistant: published words, and of the fields only those agreed to be shown.

    `version` is the register's and rises with every change. A withdrawn or withheld person is indexed with
    `published=False`, never deleted, so that a late older write cannot bring the person back.
    `point` is the centroid of the postcode sector. `dbs_checked_on` is absent without consent to show the DBS status.
    """

    id: str
    version: int
    council_id: str
    published: bool
    updated_on: date
    headline: str = ""
    about: str = ""
    facets: FacetValues = field(default_factory=dict)
    point: Point | None = None
    dbs_checked_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A criterion of the query that a hit meets, and how: the chosen values it has, the words found, the distance."""

    criterion: str
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One personal assistant found.

    `within_miles` is the smallest of the offered radii that reaches the person, when the query has a place: a band,
    never the distance.
    """

    id: str
    within_miles: int | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """A page of hits, how many there are in all, and for every facet the count of each value.

    `next` asks for the following page; `None` at the end.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class Indexed:
    """What became of a batch: `ignored` were older than, or the same as, what the index holds."""

    written: int = 0
    ignored: int = 0

    def __add__(self, other: Indexed) -> Indexed:
        return Indexed(written=self.written + other.written, ignored=self.ignored + other.ignored)


@dataclass(frozen=True, kw_only=True)
class Rebuilt:
    """A finished rebuild: how many documents the index now holds, and the checksum of their ids and versions."""

    documents: int
    checksum: str


@dataclass(frozen=True, kw_only=True)
class EngineCheck:
    """The state of an engine that answers. `needs_rebuild`: its index was laid out by another release."""

    engine: str
    documents: int
    needs_rebuild: bool


class RebuildUnderWay(Conflict):
    """Another rebuild of this index has begun and has not ended."""


class RebuildIncomplete(Unavailable):
    """The new index does not hold what the register holds; the old one stays in use."""


class SearchEngine(Protocol):
    """An index of personal assistants. Every method may raise `Unavailable`. Safe to share between threads."""

    def index(self, documents: Iterable[IndexDocument]) -> Indexed:
        """Writes documents, ignoring those not newer than what is held.

        Raises `Invalid` for a facet or value that the catalogue does not have.
        """
        ...

    def search(self, query: SearchQuery) -> SearchResult:
        """A page of hits with exact counts. Raises `Invalid`, naming each field at fault."""
        ...

    def rebuild(self, source: Iterable[IndexDocument], *, take_over: bool = False) -> Rebuilt:
        """Builds a new index from the register and swaps it in once it is shown to be complete.

        Searches are answered from the old index until then, and writes meanwhile go to both. `source` is first read
        after the new index takes writes. Raises `RebuildUnderWay`, unless `take_over` sets an earlier one aside, and
        `RebuildIncomplete`.
        """
        ...

    def check(self) -> EngineCheck:
        """The state of the engine."""
        ...

    def close(self) -> None:
        """Lets go of connections and memory."""
        ...


def reasons_of(plan: Plan, *, held: FacetValues, within_miles: int | None) -> tuple[Reason, ...]:
    """The criteria of a query that a hit meets; `held` are the facet values that it has among those chosen."""
    reasons = [Reason(criterion=name, values=_kept(values, held.get(name, ()))) for name, values in plan.chosen.items()]
    if plan.words:
        reasons.append(Reason(criterion="text", values=plan.words))
    if plan.query.dbs_within is not None:
        reasons.append(Reason(criterion="dbs_within_years", values=(str(plan.query.dbs_within.years),)))
    if within_miles is not None:
        reasons.append(Reason(criterion="within_miles", values=(str(within_miles),)))
    return tuple(reasons)


def _kept(values: tuple[str, ...], held: Collection[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value in held)


def in_chunks(documents: Iterable[IndexDocument], size: int) -> Iterator[list[IndexDocument]]:
    """The documents in order, at most `size` at a time, and of each id only the newest within a chunk."""
    chunk: dict[str, IndexDocument] = {}
    for document in documents:
        held = chunk.get(document.id)
        if held is None or held.version < document.version:
            chunk[document.id] = document
        if len(chunk) >= size:
            yield list(chunk.values())
            chunk = {}
    if chunk:
        yield list(chunk.values())


def verify_rebuild(expected: Mapping[str, int], found: Iterable[tuple[str, int]]) -> Rebuilt:
    """Holds the new index's ids and versions against the register's. Raises `RebuildIncomplete`.

    A newer version than expected is one written while the index was built.
    """
    held = dict(found)
    missing = sum(1 for id, version in expected.items() if held.get(id, -1) < version)
    if missing:
        raise RebuildIncomplete(
            f"The new index lacks {missing} of {len(expected)} documents; the old one stays in use."
        )
    return Rebuilt(documents=len(held), checksum=checksum_of(held.items()))


def checksum_of(versions: Iterable[tuple[str, int]]) -> str:
    """A checksum of ids and versions in any order: the sum of their hashes, as 16 hexadecimal digits."""
    total = 0
    for id, version in versions:
        total += int.from_bytes(blake2b(f"{version} {id}".encode(), digest_size=8).digest())
    return f"{total % 2**64:016x}"
