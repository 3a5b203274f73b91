"""The search engine inside the process: nothing to install, exact, and rebuilt from the register at each start."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import accumulate
from operator import and_
from threading import RLock

import numpy as np
import numpy.typing as npt

from services.pa_registry.search.bitsets import Mask, Slots
from services.pa_registry.search.embedded_index import EmbeddedIndex
from services.pa_registry.search.engine import (
    EngineCheck,
    Hit,
    IndexDocument,
    Indexed,
    RebuildUnderWay,
    Rebuilt,
    SearchResult,
    in_chunks,
    reasons_of,
    verify_rebuild,
)
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, Catalogue
from services.pa_registry.search.query import Plan, Position, SearchQuery, cursor_of, plan_search
from services.pa_registry.settings import RegistrySettings
from shared.settings import read_settings

_CHUNK = 200


class EmbeddedSearchEngine:
    """A `SearchEngine` in memory.

    `tie_seed` orders equals. `pause` is called between chunks of long work, outside the lock, so that an event loop
    can serve others. `words_on_disk` keeps the word index in a temporary file.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        tie_seed: str,
        words_on_disk: bool = False,
        pause: Callable[[], None] = lambda: None,
    ) -> None:
        self._catalogue = catalogue
        self._tie_seed = tie_seed
        self._words_on_disk = words_on_disk
        self._pause = pause
        self._lock = RLock()
        self._live = self._new_index()
        self._next: EmbeddedIndex | None = None

    def index(self, documents: Iterable[IndexDocument]) -> Indexed:
        outcome = Indexed()
        for chunk in self._checked_chunks(documents):
            with self._lock:
                outcome += self._live.write(chunk)
                if self._next is not None:
                    self._next.write(chunk)
        return outcome

    def search(self, query: SearchQuery) -> SearchResult:
        plan = plan_search(query, self._catalogue)
        with self._lock:
            return _answer(self._live, plan)

    def rebuild(self, source: Iterable[IndexDocument], *, take_over: bool = False) -> Rebuilt:
        new = self._begin_rebuild(take_over=take_over)
        try:
            return self._finish_rebuild(new, source)
        finally:
            with self._lock:
                if self._next is new:
                    self._next = None

    def check(self) -> EngineCheck:
        with self._lock:
            return EngineCheck(engine="embedded", documents=len(self._live), needs_rebuild=False)

    def close(self) -> None:
        with self._lock:
            self._live.close()

    def _new_index(self) -> EmbeddedIndex:
        return EmbeddedIndex(catalogue=self._catalogue, tie_seed=self._tie_seed, words_on_disk=self._words_on_disk)

    def _begin_rebuild(self, *, take_over: bool) -> EmbeddedIndex:
        with self._lock:
            if self._next is not None and not take_over:
                raise RebuildUnderWay("The search index is being rebuilt already.")
            self._next = self._new_index()
            return self._next

    def _finish_rebuild(self, new: EmbeddedIndex, source: Iterable[IndexDocument]) -> Rebuilt:
        expected: dict[str, int] = {}
        for chunk in self._checked_chunks(source):
            for document in chunk:
                expected[document.id] = max(document.version, expected.get(document.id, -1))
            with self._lock:
                new.write(chunk)
        with self._lock:
            held = new.versions()
        rebuilt = verify_rebuild(expected, self._paced(held))
        with self._lock:
            if self._next is not new:
                raise RebuildUnderWay("Another rebuild took this one's place.")
            self._live.close()
            self._live = new
        return rebuilt

    def _checked_chunks(self, documents: Iterable[IndexDocument]) -> Iterator[list[IndexDocument]]:
        for chunk in in_chunks(documents, _CHUNK):
            for document in chunk:
                self._catalogue.require(document.facets)
            yield chunk
            self._pause()

    def _paced(self, versions: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        for number, pair in enumerate(versions.items()):
            if number % _CHUNK == 0:
                self._pause()
            yield pair


def build(*, url: str) -> EmbeddedSearchEngine:
    """The engine for `STEWARD_SEARCH_URL=embedded:`.

    Its index is this process's own: for one process, not for replicas. There is nothing to connect to.
    """
    settings = read_settings(RegistrySettings)
    return EmbeddedSearchEngine(
        catalogue=PERSONAL_ASSISTANT_FACETS,
        tie_seed=settings.tie_seed,
        words_on_disk=settings.words_on_disk,
        pause=lambda: time.sleep(0),  # in a patched process this lets the loop serve others
    )


def _answer(index: EmbeddedIndex, plan: Plan) -> SearchResult:
    scope, rings = index.scope(plan), index.rings(plan)
    matching = index.matching(plan, scope, rings)
    choices = {name: index.choice(name, values) for name, values in plan.any_of.items()}
    full, without = _leave_one_out(matching, choices)
    slots, ranks = index.page(plan, full, rings)
    shown = slots[: plan.query.limit]
    hits = tuple(
        Hit(id=index.id_at(slot), within_miles=band, reasons=reasons_of(plan, held=held, within_miles=band))
        for slot, held, band in zip(shown.tolist(), index.held(plan, shown), _bands(plan, shown, rings), strict=True)
    )
    more = len(slots) > len(shown)
    last = Position(rank=int(ranks[len(shown) - 1]), tie=index.tie_at(int(shown[-1]))) if more else None
    return SearchResult(
        hits=hits,
        total=int(np.bitwise_count(full).sum()),
        facets=index.counts(scope=scope, full=full, without=without),
        next=cursor_of(plan.query, last) if last is not None else None,
    )


def _leave_one_out(matching: Mask, choices: Mapping[str, Mask]) -> tuple[Mask, dict[str, Mask]]:
    """What meets all choices, and for each facet what meets all choices but its own: 2k conjunctions for k choices."""
    masks = list(choices.values())
    before = list(accumulate(masks, and_, initial=matching))
    after = list(accumulate(reversed(masks), and_))[::-1]
    others = [head & tail for head, tail in zip(before[:-2], after[1:], strict=True)] + before[-2:-1] if masks else []
    return before[-1], dict(zip(choices, others, strict=True))


def _bands(plan: Plan, slots: Slots, rings: npt.NDArray[np.uint8] | None) -> list[int | None]:
    if rings is None:
        return [None] * len(slots)
    return [plan.rings[ring] for ring in rings[slots].tolist()]
