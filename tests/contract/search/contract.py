"""What every search engine must do, whatever it is made of. A new engine inherits this class and passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.pa_registry.search.engine import (
    IndexDocument,
    RebuildIncomplete,
    RebuildUnderWay,
    SearchEngine,
    checksum_of,
)
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS as CATALOGUE
from services.pa_registry.search.query import DbsWithin, Near, SearchQuery
from shared.errors import Invalid
from shared.geography import Point
from tests.contract.search.asking import EVERYONE, REGISTER, ids_of, queries, someone
from tests.support.search_oracle import COUNCILS, SECTORS, TODAY_ON, SearchOracle

TIE_SEED = "contract"

EngineFactory = Callable[[], SearchEngine]


class SearchEngineContract:
    """Inherit and provide the fixture `new_engine`: a factory of empty engines for `CATALOGUE` and `TIE_SEED`."""

    examples = 100
    phases = tuple(Phase)

    @pytest.fixture
    def engine(self, new_engine: EngineFactory) -> SearchEngine:
        return new_engine()

    @pytest.fixture(scope="class")
    @classmethod
    def register(cls, new_engine: EngineFactory) -> SearchEngine:
        """An engine that holds `REGISTER`, for tests that only search."""
        engine = new_engine()
        engine.index(REGISTER)
        return engine

    def test_every_answer_agrees_with_looking_at_everybody(self, register: SearchEngine) -> None:
        oracle = SearchOracle(REGISTER, catalogue=CATALOGUE, tie_seed=TIE_SEED)

        @settings(
            max_examples=self.examples, phases=self.phases, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(queries())
        def agrees(query: SearchQuery) -> None:
            expected = oracle.search(query)

            result = register.search(query)

            assert {name: dict(counts) for name, counts in result.facets.items()} == expected.facets
            assert result.total == len(expected.hits)
            shown = [
                (hit.id, hit.within_miles, sorted((reason.criterion, reason.values) for reason in hit.reasons))
                for hit in result.hits
            ]
            assert shown == expected.hits[: query.limit]
            assert (result.next is not None) == (len(expected.hits) > query.limit)

        agrees()

    def test_pages_follow_one_another_without_gap_or_repeat(self, register: SearchEngine) -> None:
        oracle = SearchOracle(REGISTER, catalogue=CATALOGUE, tie_seed=TIE_SEED)

        @settings(max_examples=self.examples // 5, deadline=None, suppress_health_check=list(HealthCheck))
        @given(queries())
        def follows(query: SearchQuery) -> None:
            query = replace(query, limit=max(query.limit, 9))
            walked: list[str] = []
            after: str | None = None
            while True:
                page = register.search(replace(query, after=after))
                walked += [hit.id for hit in page.hits]
                after = page.next
                if after is None:
                    break

            assert walked == [id for id, _, _ in oracle.search(query).hits]

        follows()

    def test_facets_come_in_the_catalogues_order_with_every_known_value(self, engine: SearchEngine) -> None:
        facets = engine.search(EVERYONE).facets

        assert list(facets) == [facet.name for facet in CATALOGUE]
        assert {name: list(counts) for name, counts in facets.items()} == {
            facet.name: list(facet.values or ()) for facet in CATALOGUE
        }
        assert {number for counts in facets.values() for number in counts.values()} == {0}

    def test_choosing_in_an_or_facet_does_not_narrow_its_own_counts(self, engine: SearchEngine) -> None:
        engine.index([someone("a", facets={"gender": ("woman",)}), someone("b", facets={"gender": ("man",)})])

        result = engine.search(replace(EVERYONE, selections={"gender": ("woman",)}))

        assert [hit.id for hit in result.hits] == ["a"]
        assert result.facets["gender"] == {"woman": 1, "man": 1, "non-binary": 0}

    def test_choosing_in_an_and_facet_counts_what_would_be_left(self, engine: SearchEngine) -> None:
        engine.index(
            [someone("a", facets={"skills": ("hoisting", "shopping")}), someone("b", facets={"skills": ("shopping",)})]
        )

        result = engine.search(replace(EVERYONE, selections={"skills": ("hoisting",)}))

        assert [hit.id for hit in result.hits] == ["a"]
        assert (result.facets["skills"]["hoisting"], result.facets["skills"]["shopping"]) == (1, 1)
        assert ids_of(engine, replace(EVERYONE, selections={"skills": ("hoisting", "housework")})) == []

    def test_a_field_that_is_not_shown_is_in_no_count_and_finds_nobody(self, engine: SearchEngine) -> None:
        engine.index([someone("a", facets={"smoker": ("smokes",)}), someone("b")])

        result = engine.search(EVERYONE)

        assert result.total == 2
        assert result.facets["smoker"] == {"does-not-smoke": 0, "smokes": 1}
        assert ids_of(engine, replace(EVERYONE, selections={"smoker": ("does-not-smoke", "smokes")})) == ["a"]

    def test_another_councils_people_and_their_open_values_stay_unseen(self, engine: SearchEngine) -> None:
        engine.index(
            [
                someone("a", facets={"languages": ("polish",)}),
                someone("b", council_id=COUNCILS[1], facets={"languages": ("welsh",)}),
                someone("c", published=False, facets={"languages": ("latvian",)}),
            ]
        )

        own = engine.search(
            replace(EVERYONE, council_ids=(COUNCILS[0],), selections={"languages": ("welsh", "latvian")})
        )
        nobodys = engine.search(replace(EVERYONE, council_ids=()))

        assert (own.total, own.facets["languages"]) == (0, {"polish": 1})
        assert (nobodys.total, nobodys.facets["languages"]) == (0, {})

    def test_an_older_or_repeated_write_changes_nothing(self, engine: SearchEngine) -> None:
        first = engine.index([someone(version=2, headline="cooking")])

        repeated = engine.index([someone(version=2, headline="gardening")])
        older = engine.index([someone(version=1, published=False)])

        assert (first.written, first.ignored) == (1, 0)
        assert [(outcome.written, outcome.ignored) for outcome in (repeated, older)] == [(0, 1), (0, 1)]
        assert ids_of(engine, replace(EVERYONE, text="cook")) == ["pa-x"]
        assert ids_of(engine, replace(EVERYONE, text="gardening")) == []

    def test_a_newer_write_replaces_every_field(self, engine: SearchEngine) -> None:
        near = Near(point=SECTORS[0], radius_miles=2)
        engine.index(
            [
                someone(headline="cooking", facets={"gender": ("man",)}, point=SECTORS[0], dbs_checked_on=TODAY_ON),
                someone("pa-y", headline="cooking"),
            ]
        )

        engine.index([someone(version=2, about="gardening", facets={"areas": ("crewe",)})])

        assert ids_of(engine, replace(EVERYONE, text="cooking")) == ["pa-y"]
        assert ids_of(engine, replace(EVERYONE, text="gardening")) == ["pa-x"]
        assert ids_of(engine, replace(EVERYONE, near=near)) == []
        assert ids_of(engine, replace(EVERYONE, dbs_within=DbsWithin(years=3, today_on=TODAY_ON))) == []
        result = engine.search(EVERYONE)
        assert (result.facets["gender"]["man"], result.facets["areas"]) == (0, {"crewe": 1})

    def test_a_withdrawn_person_is_gone_from_search_and_a_late_write_does_not_bring_them_back(
        self, engine: SearchEngine
    ) -> None:
        engine.index([someone(version=1)])

        engine.index([someone(version=3, published=False)])
        engine.index([someone(version=2)])

        assert ids_of(engine) == []
        assert engine.check().documents == 1

    def test_the_newest_of_several_versions_in_one_batch_wins(self, engine: SearchEngine) -> None:
        engine.index(
            [someone(version=1), someone(version=3, headline="cooking"), someone(version=2, headline="swimming")]
        )

        assert ids_of(engine, replace(EVERYONE, text="cooking")) == ["pa-x"]
        assert ids_of(engine, replace(EVERYONE, text="swimming")) == []

    @pytest.mark.parametrize(
        ("written", "sought"),
        [
            ("Cooking", "cooked"),
            ("José", "jose"),
            ("Łódź", "LODZ"),
            ("the person’s carer's choice", "carer choices"),
            ("ＦＵＬＬ width", "full WIDTH"),
            ("24-hour care", "24 hour"),
            ("Straße", "strasse"),
            ("Польский", "польский"),
            ("日本語", "日本語"),
        ],
    )
    def test_a_word_is_found_in_its_other_forms(self, engine: SearchEngine, written: str, sought: str) -> None:
        engine.index([someone(about=written), someone("pa-y", about="nothing of the kind")])

        assert ids_of(engine, replace(EVERYONE, text=sought)) == ["pa-x"]

    @pytest.mark.parametrize(
        "text",
        [
            'cooking" OR "gardening',
            "cooking OR gardening",
            "cooking -gardening",
            "gard*",
            "headline:cooking gardening",
            "NOT gardening",
            "_exists_:headline",
            "cooking AND (gardening)",
            "gardenin~1",
            "^gardening NEAR(cooking)",
            '{"match_all": {}}',
            "'; drop table text; --",
        ],
    )
    def test_text_is_only_ever_words(self, engine: SearchEngine, text: str) -> None:
        engine.index([someone(headline="cooking", about="cheerful"), someone("pa-y", about="gardening")])

        assert ids_of(engine, replace(EVERYONE, text=text)) == []

    def test_who_has_the_word_in_the_headline_comes_first(self, engine: SearchEngine) -> None:
        engine.index([someone(f"pa-{n}", headline="cooking" if n == 7 else "", about="cooking") for n in range(9)])

        assert ids_of(engine, replace(EVERYONE, text="cook"))[0] == "pa-7"

    def test_equals_come_in_an_order_of_their_own_that_stays(self, engine: SearchEngine) -> None:
        people = [someone(f"pa-{n:02d}") for n in range(30)]
        engine.index(people)

        order = ids_of(engine, replace(EVERYONE, limit=30))
        engine.index([replace(person, version=2, headline="now with a headline") for person in people])

        assert sorted(order) == [person.id for person in people]
        assert order != sorted(order)
        assert ids_of(engine, replace(EVERYONE, limit=30)) == order

    def test_a_band_is_shown_and_never_a_distance(self, engine: SearchEngine) -> None:
        north = [Point(latitude=53 + miles / 69.0934, longitude=-2.4) for miles in (0, 1.9, 2.1, 9.9, 10.1, 21)]
        engine.index([someone(f"pa-{n}", point=point) for n, point in enumerate(north)])
        query = replace(EVERYONE, near=Near(point=north[0], radius_miles=20), sort="distance")

        bands = {hit.id: hit.within_miles for hit in engine.search(query).hits}

        assert bands == {"pa-0": 2, "pa-1": 2, "pa-2": 5, "pa-3": 10, "pa-4": 20}

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"limit": 1_000_000}, "limit"),
            ({"sort": "age"}, "sort"),
            ({"sort": "distance"}, "sort"),
            ({"near": Near(point=SECTORS[0], radius_miles=3)}, "near.radius_miles"),
            ({"dbs_within": DbsWithin(years=4, today_on=TODAY_ON)}, "dbs_within.years"),
            ({"text": "x" * 201}, "text"),
            ({"text": " ".join(f"w{n}" for n in range(40))}, "text"),
            ({"text": "?!"}, "text"),
            ({"selections": {"religion": ("any",)}}, "selections"),
            ({"selections": {"gender": ("wizard",)}}, "selections.gender"),
            ({"selections": {"languages": ("Not A Name",)}}, "selections.languages"),
            ({"selections": {"languages": tuple(f"l{n}" for n in range(51))}}, "selections.languages"),
            ({"after": "nonsense"}, "after"),
            ({"after": "W10="}, "after"),
            ({"after": "ŵ"}, "after"),
        ],
    )
    def test_a_query_that_cannot_be_asked_names_the_field(
        self, register: SearchEngine, change: dict[str, object], field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            register.search(replace(EVERYONE, **change))  # type: ignore[arg-type]

        assert [error.field for error in refused.value.errors] == [field]

    def test_a_cursor_is_good_only_for_the_search_that_gave_it(self, register: SearchEngine) -> None:
        cursor = register.search(replace(EVERYONE, limit=5)).next

        assert ids_of(register, replace(EVERYONE, limit=7, after=cursor))
        with pytest.raises(Invalid):
            register.search(replace(EVERYONE, council_ids=(COUNCILS[0],), after=cursor))

    def test_a_value_that_the_catalogue_does_not_have_is_not_indexed(self, engine: SearchEngine) -> None:
        with pytest.raises(Invalid):
            engine.index([someone(facets={"gender": ("wizard",)})])

        assert engine.check().documents == 0

    def test_a_rebuild_holds_what_the_register_holds_and_nothing_else(self, engine: SearchEngine) -> None:
        engine.index([someone("gone"), someone("stale", headline="cooking")])
        source = [someone("stale", version=2, headline="gardening"), someone("new")]

        rebuilt = engine.rebuild(iter(source))

        assert (rebuilt.documents, rebuilt.checksum) == (2, checksum_of([("stale", 2), ("new", 1)]))
        assert sorted(ids_of(engine)) == ["new", "stale"]
        assert ids_of(engine, replace(EVERYONE, text="cooking")) == []
        assert not engine.check().needs_rebuild

    def test_what_is_written_during_a_rebuild_is_in_the_old_index_and_in_the_new(self, engine: SearchEngine) -> None:
        engine.index([someone("a"), someone("b")])
        seen_meanwhile: list[list[str]] = []

        def source() -> Iterator[IndexDocument]:
            yield someone("a")
            engine.index([someone("b", version=2, published=False), someone("c", version=5, headline="cooking")])
            seen_meanwhile.append(ids_of(engine))
            yield someone("b")
            yield someone("c", version=4)

        engine.rebuild(source())

        assert sorted(seen_meanwhile[0]) == ["a", "c"]
        assert sorted(ids_of(engine)) == ["a", "c"]
        assert ids_of(engine, replace(EVERYONE, text="cooking")) == ["c"]

    def test_a_rebuild_that_breaks_off_leaves_the_old_index_in_use(self, engine: SearchEngine) -> None:
        engine.index([someone("a")])

        def source() -> Iterator[IndexDocument]:
            yield someone("b")
            raise RuntimeError("the register went away")

        with pytest.raises(RuntimeError):
            engine.rebuild(source())

        assert ids_of(engine) == ["a"]
        assert engine.rebuild([someone("c")]).documents == 1
        assert ids_of(engine) == ["c"]

    def test_two_rebuilds_do_not_run_at_once_unless_one_is_set_aside(self, engine: SearchEngine) -> None:
        def rebuilding_meanwhile(*, take_over: bool) -> Iterator[IndexDocument]:
            yield someone("first")
            engine.rebuild([someone("second")], take_over=take_over)

        with pytest.raises(RebuildUnderWay):
            engine.rebuild(rebuilding_meanwhile(take_over=False))
        with pytest.raises((RebuildUnderWay, RebuildIncomplete, self.taken_over)):
            engine.rebuild(rebuilding_meanwhile(take_over=True))

        assert ids_of(engine) == ["second"]

    taken_over: type[Exception] = RebuildUnderWay

    def test_many_may_search_and_write_at_once(self, engine: SearchEngine) -> None:
        engine.index([someone(f"pa-{n}", headline="cooking") for n in range(20)])

        def write(number: int) -> None:
            engine.index([someone(f"pa-{n}", version=2 + number, headline="cooking") for n in range(20)])

        def search(number: int) -> int:
            return engine.search(replace(EVERYONE, text="cooking")).total

        with ThreadPoolExecutor(max_workers=4) as pool:
            writes = [pool.submit(write, number) for number in range(6)]
            totals = [pool.submit(search, number) for number in range(12)]

        assert [write.result() for write in writes] == [None] * 6
        assert {total.result() for total in totals} == {20}

    def test_a_search_reaches_back_through_the_whole_register(self, register: SearchEngine) -> None:
        query = replace(EVERYONE, sort="recent", limit=100)
        first = register.search(query)
        second = register.search(replace(query, after=first.next))

        by_id = {person.id: person for person in REGISTER}
        days = [by_id[hit.id].updated_on for hit in (*first.hits, *second.hits)]
        assert days == sorted(days, reverse=True)
        assert days[-1] <= days[0] - timedelta(days=5)
