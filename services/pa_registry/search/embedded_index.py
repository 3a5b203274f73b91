"""One generation of the embedded index: bitsets for values, a word index for text, arrays for order and place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from services.pa_registry.search.bitsets import Bitsets, Mask, Slots, slots_in
from services.pa_registry.search.engine import IndexDocument, Indexed
from services.pa_registry.search.facets import Catalogue
from services.pa_registry.search.query import Plan, Position, tie_of
from services.pa_registry.search.word_index import Scope, WordIndex
from shared.geography import EARTH_RADIUS_KM, KM_PER_MILE, Point

_COUNCIL, _PUBLISHED = "@council", "@published"
_NOWHERE = -1
_NEVER = 0
_OUTSIDE = 255
_COLUMNS = {"tie": np.int64, "updated": np.int32, "dbs": np.int32, "place": np.int32}


class EmbeddedIndex:
    """Documents held as columns and bits. Not safe for threads: the engine's lock is."""

    def __init__(self, *, catalogue: Catalogue, tie_seed: str, words_on_disk: bool) -> None:
        self._catalogue = catalogue
        self._tie_seed = tie_seed
        self._ids: list[str] = []
        self._versions: dict[str, int] = {}
        self._slots: dict[str, int] = {}
        self._bits = Bitsets()
        self._rows: dict[str, dict[str, int]] = {}
        self._words = WordIndex(on_disk=words_on_disk)
        self._columns = {name: np.zeros(self._bits.slots, dtype=kind) for name, kind in _COLUMNS.items()}
        self._places: dict[Point, int] = {}
        self._radians = np.zeros((0, 2))
        for facet in catalogue:
            self._rows[facet.name] = {value: self._bits.add_row() for value in facet.values or ()}

    def __len__(self) -> int:
        return len(self._ids)

    def versions(self) -> dict[str, int]:
        """A copy of the ids and their versions."""
        return dict(self._versions)

    def close(self) -> None:
        self._words.close()

    # Writing

    def write(self, documents: Sequence[IndexDocument]) -> Indexed:
        """Takes in documents of different ids, ignoring those not newer than what is held."""
        newer = [document for document in documents if document.version > self._versions.get(document.id, -1)]
        replaced = [self._slots[document.id] for document in newer if document.id in self._slots]
        for slot in replaced:
            self._bits.clear(slot)
        slots = [self._slot_of(document.id) for document in newer]
        self._make_room()
        self._write_columns(newer, slots)
        self._write_values(newer, slots)
        texts = [(slot, document.headline, document.about) for slot, document in zip(slots, newer, strict=True)]
        self._words.write(texts, replaced=replaced)
        self._versions.update((document.id, document.version) for document in newer)
        return Indexed(written=len(newer), ignored=len(documents) - len(newer))

    def _slot_of(self, id: str) -> int:
        if id not in self._slots:
            self._slots[id] = len(self._ids)
            self._ids.append(id)
        return self._slots[id]

    def _make_room(self) -> None:
        self._bits.reserve(len(self._ids))
        for name, column in self._columns.items():
            if len(column) < self._bits.slots:
                self._columns[name] = np.concatenate((column, np.zeros(self._bits.slots - len(column), column.dtype)))

    def _write_columns(self, documents: Sequence[IndexDocument], slots: Sequence[int]) -> None:
        self._columns["tie"][slots] = [tie_of(document.id, self._tie_seed) for document in documents]
        self._columns["updated"][slots] = [document.updated_on.toordinal() for document in documents]
        self._columns["dbs"][slots] = [_day(document.dbs_checked_on) for document in documents]
        self._columns["place"][slots] = [self._place_of(document.point) for document in documents]

    def _place_of(self, point: Point | None) -> int:
        return _NOWHERE if point is None else self._places.setdefault(point, len(self._places))

    def _write_values(self, documents: Sequence[IndexDocument], slots: Sequence[int]) -> None:
        rows, columns = [], []
        for document, slot in zip(documents, slots, strict=True):
            for name, value in _values_of(document):
                rows.append(self._row_of(name, value))
                columns.append(slot)
        self._bits.set(rows, columns)

    def _row_of(self, name: str, value: str) -> int:
        rows = self._rows.setdefault(name, {})
        if value not in rows:
            rows[value] = self._bits.add_row()
        return rows[value]

    # Finding

    def scope(self, plan: Plan) -> Mask:
        """The documents that the caller may find at all: the base filters, which no count ever lifts."""
        query = plan.query
        published = self._any_of(_PUBLISHED, (_flag(query.published),))
        return published if query.council_ids is None else published & self._any_of(_COUNCIL, query.council_ids)

    def matching(self, plan: Plan, scope: Mask, rings: npt.NDArray[np.uint8] | None) -> Mask:
        """Of the scope, what meets every criterion except the choices in OR facets."""
        mask = scope
        for word in plan.words:
            mask = mask & self._with_word(word, "anywhere")
        for name, values in plan.all_of.items():
            for value in values:
                mask = mask & self._any_of(name, (value,))
        if plan.query.dbs_within is not None:
            mask = mask & self._bits.mask_of(self._columns["dbs"] >= plan.query.dbs_within.since_on.toordinal())
        return mask if rings is None else mask & self._bits.mask_of(rings != _OUTSIDE)

    def choice(self, name: str, values: Sequence[str]) -> Mask:
        """The documents that have any of these values of a facet."""
        return self._any_of(name, values)

    def rings(self, plan: Plan) -> npt.NDArray[np.uint8] | None:
        """For each slot the index of its distance band, `_OUTSIDE` beyond the radius; `None` without a place.

        Distances are worked out once for each different place, and those are postcode sectors.
        """
        near = plan.query.near
        if near is None:
            return None
        if len(self._radians) < len(self._places):
            self._radians = _radians_of(self._places)
        miles = _miles_from(near.point, self._radians)
        bands = np.searchsorted(np.array(plan.rings, dtype=np.float64), miles).astype(np.uint8)
        bands[bands == len(plan.rings)] = _OUTSIDE
        return np.append(bands, np.uint8(_OUTSIDE))[self._columns["place"]]  # the last stands for nowhere

    def counts(self, *, scope: Mask, full: Mask, without: Mapping[str, Mask]) -> dict[str, dict[str, int]]:
        """The count of each value of each facet, over what is full of all choices.

        `without` holds, for each OR facet chosen from, what its own choice does not narrow.
        """
        everywhere = self._bits.counts(full)
        counted = {}
        for facet in self._catalogue:
            rows = self._rows[facet.name]
            own = without.get(facet.name)
            numbers = (
                [everywhere[row] for row in rows.values()] if own is None else self._bits.counts(own, [*rows.values()])
            )
            values = dict(zip(rows, numbers, strict=True))
            counted[facet.name] = self._shown_in(scope, rows, values) if facet.is_open else values
        return counted

    def _shown_in(self, scope: Mask, rows: Mapping[str, int], values: Mapping[str, int]) -> dict[str, int]:
        """Of an open facet only the values that somebody in scope has, by name."""
        held = dict(zip(rows, self._bits.counts(scope, [*rows.values()]), strict=True))
        return {value: values[value] for value in sorted(values) if held[value]}

    def page(self, plan: Plan, full: Mask, rings: npt.NDArray[np.uint8] | None) -> tuple[Slots, npt.NDArray[np.int64]]:
        """The slots of the page in order, one more than asked if there are more, and the rank of each."""
        slots = slots_in(full)
        ranks, ties = self._ranks(plan, slots, rings), self._columns["tie"][slots]
        if plan.after is not None:
            later = _later(ranks, ties, plan.after)
            slots, ranks, ties = slots[later], ranks[later], ties[later]
        first = _first(ranks, ties, plan.query.limit + 1)
        return slots[first], ranks[first]

    def _ranks(self, plan: Plan, slots: Slots, rings: npt.NDArray[np.uint8] | None) -> npt.NDArray[np.int64]:
        if plan.ranks_words:
            missing = np.zeros(len(slots), dtype=np.int64)
            for word in plan.words:
                missing -= _flags(self._with_word(word, "headline"))[slots]
            return missing
        if plan.query.sort == "recent":
            return -self._columns["updated"][slots].astype(np.int64)
        if plan.query.sort == "distance" and rings is not None:
            return rings[slots].astype(np.int64)
        return np.zeros(len(slots), dtype=np.int64)

    def held(self, plan: Plan, slots: Slots) -> list[dict[str, tuple[str, ...]]]:
        """For each slot, the chosen values that it has."""
        chosen = [(name, value) for name, values in plan.chosen.items() for value in values]
        known = [(name, value) for name, value in chosen if value in self._rows[name]]
        table = self._bits.holds([self._rows[name][value] for name, value in known], slots)
        found: list[dict[str, tuple[str, ...]]] = []
        for column in range(len(slots)):
            values: dict[str, tuple[str, ...]] = {}
            for (name, value), holds in zip(known, table[:, column].tolist(), strict=True):
                values[name] = (*values.get(name, ()), value) if holds else values.get(name, ())
            found.append(values)
        return found

    def id_at(self, slot: int) -> str:
        return self._ids[slot]

    def tie_at(self, slot: int) -> int:
        return int(self._columns["tie"][slot])

    def _any_of(self, name: str, values: Sequence[str]) -> Mask:
        rows = self._rows.get(name, {})
        return self._bits.any_of([rows[value] for value in values if value in rows])

    def _with_word(self, word: str, scope: Scope) -> Mask:
        flags = np.zeros(self._bits.slots, dtype=np.bool_)
        flags[self._words.slots_with(word, scope)] = True
        return self._bits.mask_of(flags)


def _values_of(document: IndexDocument) -> Iterator[tuple[str, str]]:
    yield _COUNCIL, document.council_id
    yield _PUBLISHED, _flag(document.published)
    for name, values in document.facets.items():
        for value in values:
            yield name, value


def _flag(up: bool) -> str:
    return "yes" if up else "no"


def _day(on: date | None) -> int:
    return _NEVER if on is None else on.toordinal()


def _flags(mask: Mask) -> npt.NDArray[np.uint8]:
    return np.unpackbits(mask.view(np.uint8), bitorder="little")


def _radians_of(places: Iterable[Point]) -> npt.NDArray[np.float64]:
    """A row of latitude and longitude for each place."""
    degrees = np.array([(place.latitude, place.longitude) for place in places], dtype=np.float64)
    return np.radians(degrees)


def _miles_from(origin: Point, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The haversine distance of each place, as `shared.geography.miles_between` has it."""
    latitudes, longitudes = places.T
    latitude, longitude = np.radians(origin.latitude), np.radians(origin.longitude)
    chords = np.sin((latitudes - latitude) / 2) ** 2
    chords += np.cos(latitude) * np.cos(latitudes) * np.sin((longitudes - longitude) / 2) ** 2
    miles: npt.NDArray[np.float64] = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(1.0, chords))) / KM_PER_MILE
    return miles


def _later(ranks: npt.NDArray[np.int64], ties: npt.NDArray[np.int64], after: Position) -> npt.NDArray[np.bool_]:
    later: npt.NDArray[np.bool_] = (ranks > after.rank) | ((ranks == after.rank) & (ties > after.tie))
    return later


def _first(ranks: npt.NDArray[np.int64], ties: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.intp]:
    """The positions of the `n` smallest by rank, then tie, in order, without sorting everything."""
    some = np.arange(len(ranks))
    if len(ranks) > n:
        limit = np.partition(ranks, n - 1)[n - 1]
        below, level = np.flatnonzero(ranks < limit), np.flatnonzero(ranks == limit)
        wanted = n - len(below)
        some = np.concatenate((below, level[np.argpartition(ties[level], wanted - 1)[:wanted]]))
    return some[np.lexsort((ties[some], ranks[some]))]
