"""When flushes to disk count as quick."""

from __future__ import annotations

import pytest

from shared.store.pace import Pace


class Timer:
    """Gives the instants at which flushes of these lengths begin and end."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Disk:
    """Flushes that take as long as one says."""

    def __init__(self) -> None:
        self._timer = Timer()
        self.pace = Pace(quick_seconds=0.001, timer=self._timer)

    def flushes(self, seconds: float, *, times: int = 1) -> None:
        for _ in range(times):
            with self.pace.measured():
                self._timer.now += seconds


def test_no_flush_is_quick_before_one_was_seen() -> None:
    assert not Disk().pace.is_quick


@pytest.mark.parametrize(("seconds", "is_quick"), [(0.0009, True), (0.0011, False)])
def test_the_first_flush_says_what_the_disk_is_like(seconds: float, is_quick: bool) -> None:
    disk = Disk()

    disk.flushes(seconds)

    assert disk.pace.is_quick is is_quick


def test_one_slow_flush_among_quick_ones_says_that_the_disk_is_slow_for_a_while() -> None:
    disk = Disk()
    disk.flushes(0.0003, times=50)

    disk.flushes(0.1)
    after_it = disk.pace.is_quick
    disk.flushes(0.0003, times=50)

    assert (after_it, disk.pace.is_quick) == (False, True)


def test_a_disk_that_becomes_slow_is_noticed() -> None:
    disk = Disk()
    disk.flushes(0.0003, times=50)

    disk.flushes(0.003, times=5)

    assert not disk.pace.is_quick


def test_a_flush_that_fails_says_nothing() -> None:
    disk = Disk()

    with pytest.raises(OSError, match="no space"), disk.pace.measured():
        raise OSError("no space")

    assert not disk.pace.is_quick
