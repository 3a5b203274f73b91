"""Figures of a service's own, beyond those that every service has: plain numbers, declared where they are counted.

A service counts with `resources.figures.own`; whoever reads `/metrics` finds the figure under its name, with `service`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0)
"""Upper bounds of the buckets of every duration, seconds."""
MOST_SETS = 500
"""Different values of one figure's labels; what comes beyond is counted together, so that nobody can make figures grow."""
OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure: a counter (Prometheus adds `_total`), or the buckets of a duration whose name ends `_seconds`."""

    name: str
    about: str
    labels: tuple[str, ...] = ()


class Durations:
    """How often something took how long."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    @property
    def count(self) -> int:
        return sum(self.buckets)


class OwnFigures:
    """What one service has counted and timed since its process began, by the values of each figure's labels."""

    def __init__(self) -> None:
        self.counts: dict[Figure, dict[tuple[str, ...], int]] = defaultdict(lambda: defaultdict(int))
        self.durations: dict[Figure, dict[tuple[str, ...], Durations]] = defaultdict(lambda: defaultdict(Durations))

    def count(self, figure: Figure, *values: str, by: int = 1) -> None:
        """Counts one more, or `by` more."""
        counts = self.counts[figure]
        counts[_bounded(counts, values)] += by

    def time(self, figure: Figure, seconds: float, *values: str) -> None:
        """Something took so many seconds."""
        durations = self.durations[figure]
        durations[_bounded(durations, values)].add(seconds)


def _bounded(known: Mapping[tuple[str, ...], object], values: tuple[str, ...]) -> tuple[str, ...]:
    return values if values in known or len(known) < MOST_SETS else (OTHER,) * len(values)
