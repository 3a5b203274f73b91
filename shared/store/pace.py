"""How long flushes to disk take lately: a quick one is waited for where the caller is, a slow one beside the loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_WEIGHT_OF_THE_LAST = 0.1


class Pace:
    """A moving average of the seconds that flushes took; `quick_seconds` is up to where they count as quick."""

    def __init__(self, *, quick_seconds: float, timer: Callable[[], float] = time.perf_counter) -> None:
        self._quick_seconds = quick_seconds
        self._timer = timer
        self._average: float | None = None

    @property
    def is_quick(self) -> bool:
        """Whether flushes are worth no trip to another thread; not before one was seen."""
        return self._average is not None and self._average <= self._quick_seconds

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Counts what happens inside as one flush, if it succeeds."""
        began = self._timer()
        yield
        took = self._timer() - began
        before = took if self._average is None else self._average
        self._average = before + (took - before) * _WEIGHT_OF_THE_LAST
