"""Waiting for what happens beside the test, with a deadline instead of a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PAUSE_SECONDS = 0.01


def eventually(find: Callable[[], Found], *, within: float = 10.0) -> Found:
    """The first truthy answer of `find`; AssertionError when there is none in that many seconds."""
    deadline = time.monotonic() + within
    while not (found := find()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {within:g} s: {find.__qualname__}")
        time.sleep(PAUSE_SECONDS)
    return found
