"""Dividing a whole number by given weights, so that the parts are exact and add up."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TypeVar

Part = TypeVar("Part", bound=str)


def divided(total: int, weights: Mapping[Part, int]) -> dict[Part, int]:
    """`total` in the proportions of the weights: what is left after rounding down goes to the largest remainders."""
    whole = sum(weights.values())
    parts = {part: total * weight // whole for part, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda part: (-(total * weights[part] % whole), part))
    for part in by_remainder[: total - sum(parts.values())]:
        parts[part] += 1
    return parts


def percent_of(total: int, percent: int) -> int:
    """So many of a hundred, the nearest whole number."""
    return (total * percent + 50) // 100


def dealt(parts: Mapping[Part, int], draw: random.Random) -> list[Part]:
    """Each part as often as it says, in a drawn order."""
    cards = [part for part, count in parts.items() for _ in range(count)]
    draw.shuffle(cards)
    return cards
