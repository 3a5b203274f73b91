"""The register searched the slow and obvious way, to hold the engines against; and a made-up register to search.

Every document is looked at for every question, by definition and not by index. Shared with the engines are only the two
definitions that no answer can be without: what a word is (`words_of`) and the order of equals (`tie_of`).
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.pa_registry.search.analysis import words_of, words_sought
from services.pa_registry.search.engine import IndexDocument
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, Catalogue, Mode
from services.pa_registry.search.query import RADII_MILES, SearchQuery, tie_of
from shared.geography import Point, miles_between

TODAY_ON = date(2026, 3, 2)
COUNCILS = ("cheshire-east", "cambridgeshire-peterborough")
WORDS = (
    *(
        "cooking",
        "cooked",
        "cook",
        "meals",
        "shopping",
        "gardens",
        "gardening",
        "patient",
        "patiently",
        "caring",
        "cares",
    ),
    *("calm", "experienced", "experience", "swimming", "swim", "signing", "signs", "dementia", "reliable", "reliably"),
    *("José", "naïve", "Łódź", "driver's", "driving", "drives", "nights", "evenings"),
)
SECTORS = tuple(
    Point(latitude=round(53.0 + north * 0.031, 6), longitude=round(-2.6 + east * 0.047, 6))
    for north in range(9)
    for east in range(9)
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """The whole answer: hits in order with their bands and reasons, and every count."""

    hits: list[tuple[str, int | None, list[tuple[str, tuple[str, ...]]]]]
    facets: dict[str, dict[str, int]]


class SearchOracle:
    """Answers queries over documents by looking at each."""

    def __init__(self, documents: Iterable[IndexDocument], *, catalogue: Catalogue, tie_seed: str) -> None:
        newest: dict[str, IndexDocument] = {}
        for document in documents:
            if document.id not in newest or newest[document.id].version < document.version:
                newest[document.id] = document
        self._documents = list(newest.values())
        self._catalogue = catalogue
        self._tie_seed = tie_seed
        self._stems = stems_of(
            {word for document in self._documents for word in words_of(f"{document.headline} {document.about}")}
        )

    def search(self, query: SearchQuery) -> Found:
        sought = [self._stem(word) for word in words_sought(query.text)]
        hits = [document for document in self._documents if self._meets(document, query, sought, lifted=None)]
        hits.sort(key=lambda document: self._order(document, query, sought))
        return Found(
            hits=[(document.id, _band(document, query), self._reasons(document, query)) for document in hits],
            facets={facet.name: self._counts(facet.name, query, sought) for facet in self._catalogue},
        )

    def _meets(self, document: IndexDocument, query: SearchQuery, sought: list[str], *, lifted: str | None) -> bool:
        words = {self._stem(word) for word in words_of(f"{document.headline} {document.about}")}
        return (
            in_scope(document, query)
            and all(word in words for word in sought)
            and (query.near is None or _band(document, query) is not None)
            and (query.dbs_within is None or _checked_since(document, query.dbs_within.since_on))
            and all(
                self._meets_choice(document, name, values)
                for name, values in query.selections.items()
                if values and name != lifted
            )
        )

    def _meets_choice(self, document: IndexDocument, name: str, values: Collection[str]) -> bool:
        held = document.facets.get(name, ())
        quantifier = any if self._catalogue[name].mode is Mode.OR else all
        return quantifier(value in held for value in values)

    def _counts(self, name: str, query: SearchQuery, sought: list[str]) -> dict[str, int]:
        facet = self._catalogue[name]
        lifted = name if facet.mode is Mode.OR else None
        counted = [document for document in self._documents if self._meets(document, query, sought, lifted=lifted)]
        if facet.values is not None:
            values = list(facet.values)
        else:
            values = sorted({held for d in self._documents if in_scope(d, query) for held in d.facets.get(name, ())})
        return {value: sum(value in document.facets.get(name, ()) for document in counted) for value in values}

    def _order(self, document: IndexDocument, query: SearchQuery, sought: list[str]) -> tuple[int, int]:
        tie = tie_of(document.id, self._tie_seed)
        if query.sort == "recent":
            return (-document.updated_on.toordinal(), tie)
        if query.sort == "distance":
            return (_band(document, query) or 0, tie)
        headline = {self._stem(word) for word in words_of(document.headline)}
        return (-sum(word in headline for word in sought), tie)

    def _reasons(self, document: IndexDocument, query: SearchQuery) -> list[tuple[str, tuple[str, ...]]]:
        reasons = [
            (name, tuple(value for value in dict.fromkeys(values) if value in document.facets.get(name, ())))
            for name, values in query.selections.items()
            if values
        ]
        if words_sought(query.text):
            reasons.append(("text", words_sought(query.text)))
        if query.dbs_within is not None:
            reasons.append(("dbs_within_years", (str(query.dbs_within.years),)))
        if query.near is not None:
            reasons.append(("within_miles", (str(_band(document, query)),)))
        return sorted(reasons)

    def _stem(self, word: str) -> str:
        if word not in self._stems:
            self._stems |= stems_of({word})
        return self._stems[word]


def in_scope(document: IndexDocument, query: SearchQuery) -> bool:
    """The base filters."""
    return document.published is query.published and (
        query.council_ids is None or document.council_id in query.council_ids
    )


def _band(document: IndexDocument, query: SearchQuery) -> int | None:
    if query.near is None or document.point is None:
        return None
    miles = miles_between(query.near.point, document.point)
    return next((radius for radius in RADII_MILES if miles <= radius <= query.near.radius_miles), None)


def _checked_since(document: IndexDocument, since_on: date) -> bool:
    return document.dbs_checked_on is not None and document.dbs_checked_on >= since_on


def stems_of(words: Collection[str]) -> dict[str, str]:
    """The English stem of each word, asked of SQLite's Porter stemmer one word at a time."""
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table one using fts5(word, tokenize='porter ascii')")
    db.execute("create virtual table stem using fts5vocab(one, instance)")
    numbered = list(enumerate(words, start=1))
    db.executemany("insert into one (rowid, word) values (?, ?)", numbered)
    found: Mapping[int, str] = dict(db.execute("select doc, term from stem"))
    db.close()
    return {word: found[number] for number, word in numbered}


def a_register(n: int, *, seed: int, catalogue: Catalogue = PERSONAL_ASSISTANT_FACETS) -> list[IndexDocument]:
    """`n` made-up personal assistants, the same for the same seed."""
    dice = random.Random(seed)
    return [_someone(number, dice, catalogue) for number in range(n)]


def _someone(number: int, dice: random.Random, catalogue: Catalogue) -> IndexDocument:
    return IndexDocument(
        id=f"pa-{number:05d}",
        version=dice.randint(1, 9),
        council_id=dice.choice(COUNCILS),
        published=dice.random() < 0.9,
        updated_on=TODAY_ON - timedelta(days=dice.randint(0, 40)),
        headline=" ".join(dice.sample(WORDS, dice.randint(0, 4))),
        about=" ".join(dice.choices(WORDS, k=dice.randint(0, 9))),
        facets={
            facet.name: tuple(dict.fromkeys(dice.choices(_values(facet.name, catalogue), k=dice.randint(1, 4))))
            for facet in catalogue
            if dice.random() < 0.85
        },
        point=dice.choice(SECTORS) if dice.random() < 0.9 else None,
        dbs_checked_on=TODAY_ON - timedelta(days=dice.randint(0, 1_500)) if dice.random() < 0.7 else None,
    )


def _values(name: str, catalogue: Catalogue) -> list[str]:
    known = catalogue[name].values
    return list(known)[:8] if known is not None else [f"{name}-{number}" for number in range(6)]
