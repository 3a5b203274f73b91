"""What only the engine inside the process promises."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

from services.pa_registry.search.embedded import EmbeddedSearchEngine
from services.pa_registry.search.engine import IndexDocument
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS
from services.pa_registry.search.query import SearchQuery
from tests.support.search_oracle import a_register

EVERYONE = SearchQuery(council_ids=None)


def test_long_work_pauses_often_and_others_can_search_meanwhile() -> None:
    register = a_register(1_000, seed=3)
    totals: list[int] = []

    def search_from_another_thread() -> None:
        thread = Thread(target=lambda: totals.append(engine.search(EVERYONE).total))
        thread.start()
        thread.join(timeout=10)

    engine = EmbeddedSearchEngine(
        catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed="seed", pause=search_from_another_thread
    )
    engine.index(register)

    assert len(totals) == 5
    assert totals == sorted(totals)
    assert totals[0] < totals[-1] == sum(person.published for person in register)
    engine.close()


def test_two_engines_with_the_same_people_answer_alike_whatever_the_order_of_writing() -> None:
    register = a_register(300, seed=5)
    engines = [EmbeddedSearchEngine(catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed="seed") for _ in range(2)]

    engines[0].index(register)
    engines[1].index(reversed(register))

    assert engines[0].search(EVERYONE) == engines[1].search(EVERYONE)
    for engine in engines:
        engine.close()


def test_a_rebuild_reads_its_source_once_and_only_after_the_new_index_takes_writes() -> None:
    engine = EmbeddedSearchEngine(catalogue=PERSONAL_ASSISTANT_FACETS, tie_seed="seed")
    late = a_register(1, seed=9)
    begun: list[bool] = []

    def source() -> Iterator[IndexDocument]:
        begun.append(True)
        engine.index(late)
        yield from ()

    rebuilt = engine.rebuild(source())

    assert begun == [True]
    assert rebuilt.documents == 1
    engine.close()
