"""Kinds of abuse and neglect: stored at their finest, told in each scheme's own groups.

CE 7.9 has nine groups, the Care Act guidance ten types; where one splits what the other joins, the finer one is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Category:
    """One kind of abuse or neglect and where each scheme counts it; `None` where a scheme doesn't know it."""

    ce_group: str
    care_act_type: str | None


CATEGORIES: Mapping[str, Category] = {
    "physical": Category(ce_group="physical", care_act_type="physical"),
    "domestic": Category(ce_group="psychological", care_act_type="domestic"),
    "sexual": Category(ce_group="sexual", care_act_type="sexual"),
    "sexual-exploitation": Category(ce_group="sexual", care_act_type="sexual"),
    "psychological": Category(ce_group="psychological", care_act_type="psychological"),
    "financial": Category(ce_group="financial", care_act_type="financial"),
    "modern-slavery": Category(ce_group="modern-slavery", care_act_type="modern-slavery"),
    "discriminatory": Category(ce_group="discriminatory", care_act_type="discriminatory"),
    "organisational": Category(ce_group="organisational", care_act_type="organisational"),
    "neglect": Category(ce_group="neglect", care_act_type="neglect"),
    "self-neglect": Category(ce_group="neglect", care_act_type="self-neglect"),
    "radicalisation": Category(ce_group="radicalisation", care_act_type=None),
}
"""CE 7.9 counts domestic abuse as psychological and joins neglect with self-neglect; radicalisation is CE's alone."""


def ce_groups(categories: Iterable[str]) -> list[str]:
    """CE's groups of these categories, each once, in order (CE 7.9)."""
    return list(dict.fromkeys(CATEGORIES[category].ce_group for category in categories))


def care_act_types(categories: Iterable[str]) -> list[str]:
    """The Care Act guidance's types of these categories, each once, in order."""
    types = (CATEGORIES[category].care_act_type for category in categories)
    return list(dict.fromkeys(type for type in types if type is not None))
