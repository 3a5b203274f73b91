"""The field groups of the register as facets (CE 3.2 "PA Finder")."""

from __future__ import annotations

import pytest

from services.pa_registry.search.facets import PERSONAL_ASSISTANT_FACETS, Catalogue, Facet, Mode, consented
from shared.errors import Invalid

# One row per field group of the clause, with how several chosen values are meant.
FIELD_GROUPS = [
    ("skills", Mode.AND),
    ("qualifications", Mode.AND),
    ("languages", Mode.OR),
    ("client_groups", Mode.OR),
    ("ages", Mode.AND),
    ("gender", Mode.OR),
    ("areas", Mode.OR),
    ("smoker", Mode.OR),
    ("availability", Mode.AND),
    ("dbs", Mode.OR),
    ("driving", Mode.OR),
]


def test_the_eleven_field_groups_are_facets_in_the_order_of_the_clause() -> None:
    assert [(facet.name, facet.mode) for facet in PERSONAL_ASSISTANT_FACETS] == FIELD_GROUPS


def test_availability_keeps_each_weekday_with_its_time_of_day() -> None:
    values = PERSONAL_ASSISTANT_FACETS["availability"].values or {}

    assert len(values) == 28
    assert values["sunday-night"] == "Sunday night"


def test_every_known_value_has_the_form_of_a_value_and_a_label_of_its_own() -> None:
    for facet in PERSONAL_ASSISTANT_FACETS:
        values = facet.values or {}
        assert [facet.fault_of(value) for value in values] == [None] * len(values)
        assert len(set(values.values())) == len(values)


def test_an_open_value_is_labelled_by_its_name() -> None:
    assert PERSONAL_ASSISTANT_FACETS["languages"].label_of("british-sign-language") == "British sign language"
    assert PERSONAL_ASSISTANT_FACETS["dbs"].label_of("update-service") == "Update Service"


@pytest.mark.parametrize("value", ["", "Polish", "a b", "ż", "x" * 65, "-a", "a:b"])
def test_an_open_facet_takes_only_plain_names(value: str) -> None:
    with pytest.raises(Invalid):
        PERSONAL_ASSISTANT_FACETS.require({"languages": (value,)})


def test_each_unknown_facet_and_value_is_named() -> None:
    faults = PERSONAL_ASSISTANT_FACETS.faults({"creed": ("any",), "gender": ("man", "wizard")}, within="selections")

    assert [(fault.field, fault.rule) for fault in faults] == [
        ("selections", "facet-unknown"),
        ("selections.gender", "facet-value"),
    ]


def test_two_facets_cannot_share_a_name() -> None:
    facet = Facet(name="skills", label="Skills", mode=Mode.OR)

    with pytest.raises(ValueError, match="same name"):
        Catalogue(facets=(facet, facet))


def test_what_the_personal_assistant_does_not_agree_to_show_is_left_out() -> None:
    values = {"gender": ("woman",), "smoker": ("smokes",), "skills": ()}

    assert consented(values, shown={"gender", "skills"}) == {"gender": ("woman",)}
