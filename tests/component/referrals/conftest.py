from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform

SERVICES = ["referrals", "safeguarding"]
Start = Callable[[], RunningPlatform]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def start(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the platform on the same data, stopping the one before."""
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: clock)
    running: list[RunningPlatform] = []

    def begin() -> RunningPlatform:
        for before in running:
            before.stop()
        running[:] = [RunningPlatform(tmp_path, services=SERVICES, policy_refresh_seconds=0.0)]
        running[0].start()
        return running[0]

    yield begin
    for last in running:
        last.stop()
