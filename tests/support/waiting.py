"""Waiting for what happens beside the test, with a deadline instead of a guess.

A test says how long something may take on a quiet machine, amply. `STEWARD_TEST_PATIENCE` makes every such time longer by a
factor, for a machine that is busy or slow: what happens is waited for, so patience costs nothing where it does happen, and
what does not happen is told later but told all the same. It never makes a wrong answer right: nothing is tried again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = "STEWARD_TEST_PATIENCE"
PAUSE_SECONDS = 0.01


def patience(seconds: float) -> float:
    """That many seconds, times STEWARD_TEST_PATIENCE (1 if it is not set). `ValueError` unless that is a number from 1 up."""
    factor = float(os.environ.get(PATIENCE) or 1)
    if not 1 <= factor < float("inf"):
        raise ValueError(f"{PATIENCE} is to be a number from 1 up, not {factor}")
    return seconds * factor


def eventually(find: Callable[[], Found], *, within: float = 10.0, pause: float = PAUSE_SECONDS) -> Found:
    """The first truthy answer of `find`; AssertionError when there is none in that many seconds, times the patience.

    It is looked for again after `pause` seconds.
    """
    allowed = patience(within)
    deadline = time.monotonic() + allowed
    while not (found := find()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {allowed:g} s: {find.__qualname__}")
        time.sleep(pause)
    return found
