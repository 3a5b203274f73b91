from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.model.tables import NOBODY, Choice, Table, add_up, answer, choice_of, make_tables
from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, Catalogue, Facet, FacetValues, Mode
from shared.errors import Invalid

CATALOGUE = Catalogue(
    facets=(
        Facet(name="skills", label="Skills", mode=Mode.AND, values={"cook": "Cook", "swim": "Swim"}),
        Facet(name="driving", label="Driving", mode=Mode.OR, values={"car": "Car", "van": "Van"}),
        Facet(name="languages", label="Languages", mode=Mode.OR),
    )
)
VALUES = {"skills": ("cook", "swim"), "driving": ("car", "van"), "languages": ("welsh", "polish", "tamil")}
CHOICES = [None, *(Choice(facet=name, value=value) for name, values in VALUES.items() for value in values)]

people = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            name: st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)
            for name, values in VALUES.items()
        },
    ),
    max_size=40,
)


def has(shown: FacetValues, name: str, value: str) -> bool:
    return value in shown.get(name, ())


def meeting(crowd: Sequence[FacetValues], choice: Choice | None) -> list[FacetValues]:
    return [shown for shown in crowd if choice is None or has(shown, choice.facet, choice.value)]


@given(people, st.sampled_from(CHOICES))
def test_a_table_is_the_counts_rounded_down_with_small_pools_withheld(
    crowd: list[FacetValues], choice: Choice | None
) -> None:
    table = answer(make_tables(crowd, step=5), choice, CATALOGUE)

    members = meeting(crowd, choice)
    assert table.total == len(members) // 5 * 5
    for facet in CATALOGUE:
        own = choice is not None and choice.facet == facet.name and facet.mode is Mode.OR
        counted = crowd if own else members
        pool = sum(facet.name in shown for shown in counted)
        assert (facet.name in table.facets) == (pool >= 5)
        for value, count in table.facets.get(facet.name, {}).items():
            assert count == sum(has(shown, facet.name, value) for shown in counted) // 5 * 5


@given(people, st.sampled_from(CHOICES))
def test_a_choice_that_few_meet_looks_like_one_that_nobody_meets(
    crowd: list[FacetValues], choice: Choice | None
) -> None:
    if choice is None or len(meeting(crowd, choice)) >= 5:
        return
    tables = make_tables(crowd, step=5)
    nobodys = Choice(facet=choice.facet, value="a-value-nobody-has")

    assert answer(tables, choice, CATALOGUE) == answer(tables, nobodys, CATALOGUE)


@given(people)
def test_an_open_value_that_few_show_is_not_listed_anywhere(crowd: list[FacetValues]) -> None:
    tables = make_tables(crowd, step=5)
    rare = {v for v in VALUES["languages"] if sum(has(shown, "languages", v) for shown in crowd) < 5}

    for choice in CHOICES:
        assert rare.isdisjoint(answer(tables, choice, CATALOGUE).facets.get("languages", {}))


@given(people)
def test_what_is_kept_holds_no_count_that_is_not_a_multiple_of_the_step(crowd: list[FacetValues]) -> None:
    for table in make_tables(crowd, step=5).values():
        counts = [count for values in table.facets.values() for count in values.values()]
        assert all(count >= 5 and count % 5 == 0 for count in counts)


def test_known_values_are_listed_with_their_noughts() -> None:
    crowd = [{"driving": ("car",)}] * 5

    assert answer(make_tables(crowd, step=5), None, CATALOGUE).facets == {"driving": {"car": 5, "van": 0}}


def test_several_councils_tables_are_added_after_rounding() -> None:
    one = Table(total=5, facets={"driving": {"car": 5, "van": 0}})
    other = Table(total=10, facets={"driving": {"car": 10}, "skills": {"cook": 5}})

    total = add_up([one, other, NOBODY])

    assert total == Table(total=15, facets={"driving": {"car": 15, "van": 0}, "skills": {"cook": 5}})


@pytest.mark.parametrize(
    ("facet", "value", "field"),
    [
        ("skills", None, "value"),
        (None, "hoisting", "facet"),
        ("shoe_size", "9", "facet"),
        ("skills", "flying", "value"),
        ("languages", "Not A Value", "value"),
    ],
)
def test_a_choice_that_cannot_be_made_names_the_field(facet: str | None, value: str | None, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        choice_of(facet, value, PERSONAL_ASSISTANT_FACETS)

    assert [error.field for error in refused.value.errors] == [field]
