"""Categories of spend by name, however they are spelt."""

from __future__ import annotations

import re

SHORT_STAY = "short_stay"
"""The category of a residential stay that has an end; care for the long term is a category of the pack."""


def plain(category: str) -> str:
    """The category's name without case, hyphens and spaces: "Bingo tickets" is `bingo_tickets`."""
    return re.sub(r"[\s_-]+", "_", category.strip().lower())


def is_short_stay(category: str) -> bool:
    """Whether the days of such a spend count towards CP 6.17(f)."""
    return plain(category) == SHORT_STAY
