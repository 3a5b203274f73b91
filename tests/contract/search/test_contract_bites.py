"""The contract suite goes red when a safeguard of the engine is switched off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import Phase

from services.pa_registry.search import embedded, embedded_index
from services.pa_registry.search.bitsets import Bitsets, Mask
from services.pa_registry.search.embedded import EmbeddedSearchEngine
from services.pa_registry.search.embedded_index import EmbeddedIndex
from services.pa_registry.search.engine import SearchEngine
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS
from services.pa_registry.search.query import Plan
from tests.contract.search.asking import REGISTER
from tests.contract.search.contract import TIE_SEED, SearchEngineContract

Sabotage = Callable[[pytest.MonkeyPatch], None]


class UnshrunkContract(SearchEngineContract):
    """The contract without the search for the smallest counter-example."""

    phases = (Phase.generate,)


SUITE = UnshrunkContract()


def narrow_own_counts(patch: pytest.MonkeyPatch) -> None:
    honest = embedded._leave_one_out

    def narrowed(matching: Mask, choices: Mapping[str, Mask]) -> tuple[Mask, dict[str, Mask]]:
        full, without = honest(matching, choices)
        return full, dict.fromkeys(without, full)

    patch.setattr(embedded, "_leave_one_out", narrowed)


def lift_the_scope(patch: pytest.MonkeyPatch) -> None:
    def everybody(self: EmbeddedIndex, plan: Plan) -> Mask:
        return self.choice(embedded_index._PUBLISHED, ("yes", "no"))

    patch.setattr(EmbeddedIndex, "scope", everybody)


def take_any_version(patch: pytest.MonkeyPatch) -> None:
    honest = EmbeddedIndex.write

    def forgetful(self: EmbeddedIndex, documents: Any) -> Any:
        self._versions.clear()
        return honest(self, documents)

    patch.setattr(EmbeddedIndex, "write", forgetful)


def order_by_id(patch: pytest.MonkeyPatch) -> None:
    def by_id(id: str, seed: str) -> int:
        return int(id.rpartition("-")[2])

    patch.setattr(embedded_index, "tie_of", by_id)


def leave_old_values(patch: pytest.MonkeyPatch) -> None:
    def forget_to_clear(self: Bitsets, slot: int) -> None:
        pass

    patch.setattr(Bitsets, "clear", forget_to_clear)


def list_open_values_from_everywhere(patch: pytest.MonkeyPatch) -> None:
    def every_value(
        self: EmbeddedIndex, scope: Mask, rows: Mapping[str, int], values: dict[str, int]
    ) -> dict[str, int]:
        return dict(sorted(values.items()))

    patch.setattr(EmbeddedIndex, "_shown_in", every_value)


@pytest.mark.parametrize(
    ("sabotage", "test"),
    [
        (narrow_own_counts, SUITE.test_choosing_in_an_or_facet_does_not_narrow_its_own_counts),
        (lift_the_scope, SUITE.test_another_councils_people_and_their_open_values_stay_unseen),
        (lift_the_scope, SUITE.test_a_withdrawn_person_is_gone_from_search_and_a_late_write_does_not_bring_them_back),
        (take_any_version, SUITE.test_an_older_or_repeated_write_changes_nothing),
        (take_any_version, SUITE.test_a_withdrawn_person_is_gone_from_search_and_a_late_write_does_not_bring_them_back),
        (order_by_id, SUITE.test_equals_come_in_an_order_of_their_own_that_stays),
        (leave_old_values, SUITE.test_a_newer_write_replaces_every_field),
        (list_open_values_from_everywhere, SUITE.test_another_councils_people_and_their_open_values_stay_unseen),
    ],
)
def test_a_broken_engine_fails_the_contract(
    monkeypatch: pytest.MonkeyPatch, sabotage: Sabotage, test: Callable[[SearchEngine], None]
) -> None:
    test(EmbeddedSearchEngine(catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed=TIE_SEED))
    sabotage(monkeypatch)

    with pytest.raises(AssertionError):
        test(EmbeddedSearchEngine(catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed=TIE_SEED))


@pytest.mark.parametrize("sabotage", [narrow_own_counts, lift_the_scope, order_by_id])
def test_a_broken_engine_disagrees_with_looking_at_everybody(
    monkeypatch: pytest.MonkeyPatch, sabotage: Sabotage
) -> None:
    sabotage(monkeypatch)
    engine = EmbeddedSearchEngine(catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed=TIE_SEED)
    engine.index(REGISTER)

    with pytest.raises(AssertionError):
        SUITE.test_every_answer_agrees_with_looking_at_everybody(engine)
