from __future__ import annotations

import pytest

from services.safeguarding.model.categories import CATEGORIES, care_act_types, ce_groups

CE_7_9_GROUPS = {
    "neglect",
    "physical",
    "sexual",
    "psychological",
    "discriminatory",
    "organisational",
    "financial",
    "modern-slavery",
    "radicalisation",
}
CARE_ACT_TYPES = {
    "physical",
    "domestic",
    "sexual",
    "psychological",
    "financial",
    "modern-slavery",
    "discriminatory",
    "organisational",
    "neglect",
    "self-neglect",
}


def test_the_categories_cover_the_nine_groups_of_ce_and_the_ten_types_of_the_care_act() -> None:
    assert set(ce_groups(CATEGORIES)) == CE_7_9_GROUPS
    assert set(care_act_types(CATEGORIES)) == CARE_ACT_TYPES


@pytest.mark.parametrize(
    ("categories", "groups", "types"),
    [
        pytest.param(("self-neglect", "neglect"), ["neglect"], ["self-neglect", "neglect"], id="CE 7.9 joins neglect"),
        pytest.param(
            ("domestic",), ["psychological"], ["domestic"], id="CE 7.9 counts domestic abuse as psychological"
        ),
        pytest.param(("radicalisation",), ["radicalisation"], [], id="CE 7.9 alone knows radicalisation"),
        pytest.param(
            ("sexual-exploitation", "sexual"), ["sexual"], ["sexual"], id="the finest is stored, joined outward"
        ),
    ],
)
def test_a_category_is_told_in_each_schemes_own_groups(
    categories: tuple[str, ...], groups: list[str], types: list[str]
) -> None:
    assert ce_groups(categories) == groups
    assert care_act_types(categories) == types
