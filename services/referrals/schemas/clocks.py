"""Clocks, in short and explained."""

from __future__ import annotations

from typing import Any

from shared.events.schemas import dump_event
from shared.policy.running import RunningClock


def clock_line(clock: RunningClock) -> dict[str, Any]:
    """A clock without its explanation."""
    line: dict[str, Any] = dump_event(clock)
    del line["explanation"]
    return line | {"id": clock.clock_id}


def clock_out(clock: RunningClock, council_id: str) -> dict[str, Any]:
    """A clock with every day counted or skipped, and why."""
    return clock_line(clock) | {"council_id": council_id, "explanation": clock.explanation}
