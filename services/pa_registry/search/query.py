"""What can be asked of the register, checked once and turned into a plan that every engine follows."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Literal

from services.pa_registry.search.analysis import words_sought
from services.pa_registry.search.facets import Catalogue, FacetValues, Mode
from shared.errors import FieldError, Invalid
from shared.geography import Point, miles_between

# Fixed choices: a radius or a date that can be chosen freely would let a searcher close in on one person.
RADII_MILES = (2, 5, 10, 20)
DBS_YEARS = (1, 2, 3)
DEFAULT_LIMIT, MAX_LIMIT = 20, 100
LONGEST_TEXT, MOST_WORDS = 200, 20
MOST_CHOSEN = 50
LONGEST_CURSOR = 120
_MOST_RANK, _MOST_TIE = 2**31, 2**63 - 1

Sort = Literal["relevance", "distance", "recent"]
SORTS: tuple[Sort, ...] = ("relevance", "distance", "recent")


@dataclass(frozen=True, kw_only=True)
class Near:
    """A place and one of `RADII_MILES` around it."""

    point: Point
    radius_miles: int


@dataclass(frozen=True, kw_only=True)
class DbsWithin:
    """The DBS check was made within one of `DBS_YEARS` before a day (usually today)."""

    years: int
    today_on: date

    @property
    def since_on(self) -> date:
        """The first day that is near enough; 29 February counts as the 28th in other years."""
        year = self.today_on.year - self.years
        try:
            return self.today_on.replace(year=year)
        except ValueError:
            return date(year, 2, 28)


@dataclass(frozen=True, kw_only=True)
class SearchQuery:
    """A question to the register.

    `council_ids` is the caller's scope (`None` only for a caller who may see every council); it and `published` are
    never lifted, whatever is counted. `sort`: `relevance` puts first whoever has more of the sought words in the
    headline, `distance` the nearer band, `recent` the later update; ties are broken in an order that has nothing to
    do with the person. `after` is the `next` of the page before.
    """

    council_ids: tuple[str, ...] | None
    published: bool = True
    text: str = ""
    selections: FacetValues = field(default_factory=dict)
    near: Near | None = None
    dbs_within: DbsWithin | None = None
    sort: Sort = "relevance"
    limit: int = DEFAULT_LIMIT
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a hit stands: `rank` by the chosen order (smaller first), then `tie`."""

    rank: int
    tie: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A checked query: its words, its choices in the catalogue's order and by mode, and where the page begins."""

    query: SearchQuery
    words: tuple[str, ...]
    chosen: Mapping[str, tuple[str, ...]]
    any_of: Mapping[str, tuple[str, ...]]
    all_of: Mapping[str, tuple[str, ...]]
    after: Position | None

    @property
    def ranks_words(self) -> bool:
        """Whether the words of the headline decide the order."""
        return self.query.sort == "relevance" and bool(self.words)

    @property
    def rings(self) -> tuple[int, ...]:
        """The distance bands of the answer, by their outer radius in miles."""
        near = self.query.near
        return tuple(radius for radius in RADII_MILES if near is not None and radius <= near.radius_miles)

    def band_of(self, miles: float) -> int:
        """The outer radius of the band in which a hit lies; an engine's last centimetre stays in the last band."""
        return next((radius for radius in self.rings if miles <= radius), self.rings[-1])

    def band_at(self, point: Point) -> int:
        """The band in which a hit at this point lies."""
        near = self.query.near
        if near is None:
            raise ValueError("the query has no place to measure from")
        return self.band_of(miles_between(near.point, point))


def plan_search(query: SearchQuery, catalogue: Catalogue) -> Plan:
    """Checks a query and prepares it. Raises `Invalid`, naming each field at fault."""
    words = words_sought(query.text[: LONGEST_TEXT + 1])
    faults = [*_faults(query, words), *catalogue.faults(query.selections, within="selections")]
    if faults:
        raise Invalid("The search cannot be made as asked.", errors=faults)
    chosen = {
        facet.name: tuple(dict.fromkeys(query.selections[facet.name]))
        for facet in catalogue
        if query.selections.get(facet.name)
    }
    return Plan(
        query=query,
        words=words,
        chosen=chosen,
        any_of={name: values for name, values in chosen.items() if catalogue[name].mode is Mode.OR},
        all_of={name: values for name, values in chosen.items() if catalogue[name].mode is Mode.AND},
        after=_position(query),
    )


def cursor_of(query: SearchQuery, position: Position) -> str:
    """The cursor for the page that follows a position in the answer to this query."""
    return urlsafe_b64encode(json.dumps([_fingerprint(query), position.rank, position.tie]).encode()).decode()


def tie_of(id: str, seed: str) -> int:
    """A number of 63 bits that orders equals: the same for the same id and seed, and about nothing else."""
    digest = blake2b(id.encode(), key=blake2b(seed.encode(), digest_size=32).digest(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _faults(query: SearchQuery, words: tuple[str, ...]) -> Iterator[FieldError]:
    if not 1 <= query.limit <= MAX_LIMIT:
        yield FieldError(field="limit", rule="range", message=f"limit lies between 1 and {MAX_LIMIT}.")
    if query.sort not in SORTS:
        yield FieldError(field="sort", rule="choice", message=f"sort is one of {', '.join(SORTS)}.")
    if query.sort == "distance" and query.near is None:
        yield FieldError(field="sort", rule="needs-place", message="Sorting by distance needs a place.")
    if query.near is not None and query.near.radius_miles not in RADII_MILES:
        yield FieldError(field="near.radius_miles", rule="choice", message=f"The radius is one of {RADII_MILES} miles.")
    if query.dbs_within is not None and query.dbs_within.years not in DBS_YEARS:
        yield FieldError(field="dbs_within.years", rule="choice", message=f"The years are one of {DBS_YEARS}.")
    yield from _text_faults(query.text, words)
    for name, values in query.selections.items():
        if len(values) > MOST_CHOSEN:
            message = f"At most {MOST_CHOSEN} values of a facet can be chosen."
            yield FieldError(field=f"selections.{name[:64]}", rule="too-many", message=message)


def _text_faults(text: str, words: tuple[str, ...]) -> Iterator[FieldError]:
    if len(text) > LONGEST_TEXT:
        yield FieldError(field="text", rule="length", message=f"text has at most {LONGEST_TEXT} characters.")
    elif len(words) > MOST_WORDS:
        yield FieldError(field="text", rule="too-many", message=f"At most {MOST_WORDS} words can be sought.")
    elif text.strip() and not words:
        yield FieldError(field="text", rule="no-word", message="text has no letter or digit to look for.")


def _position(query: SearchQuery) -> Position | None:
    """Where the page begins. Raises `Invalid` for a cursor that was not issued for this query."""
    if query.after is None:
        return None
    message = "after is not a cursor that this search gave out."
    refusal = Invalid(message, errors=[FieldError(field="after", rule="cursor", message=message)])
    try:
        fingerprint, rank, tie = json.loads(urlsafe_b64decode(query.after[:LONGEST_CURSOR].encode()))
    except (ValueError, TypeError) as unreadable:
        raise refusal from unreadable
    if fingerprint != _fingerprint(query) or not _is_place(rank, _MOST_RANK) or not _is_place(tie, _MOST_TIE):
        raise refusal
    return Position(rank=rank, tie=tie)


def _is_place(value: object, most: int) -> bool:
    return type(value) is int and -most <= value <= most


def _fingerprint(query: SearchQuery) -> str:
    """What a cursor is good for: everything asked except how many and from where."""
    asked = (
        sorted(query.council_ids) if query.council_ids is not None else None,
        query.published,
        words_sought(query.text),
        sorted((name, sorted(values)) for name, values in query.selections.items()),
        repr(query.near),
        query.dbs_within.years if query.dbs_within is not None else None,
        query.sort,
    )
    return blake2b(repr(asked).encode(), digest_size=6).hexdigest()
