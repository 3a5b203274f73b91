"""Clocks, in short and explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.events.schemas import dump_event
from shared.policy.clock_keeper import ClockOfRecord
from shared.policy.running import RunningClock, strictest


def clock_line(clock: RunningClock, clocks: Sequence[RunningClock]) -> dict[str, Any]:
    """A clock without its explanation; whether it is the strictest of its twins is seen among its record's `clocks`."""
    line: dict[str, Any] = dump_event(clock)
    del line["explanation"]
    return line | {"id": clock.clock_id, "strictest": clock.clock_id in strictest(clocks)}


def clock_out(found: ClockOfRecord) -> dict[str, Any]:
    """A clock with every day counted or skipped, and why."""
    line = clock_line(found.clock, found.record.state.clocks)
    return line | {"council_id": found.record.council_id, "explanation": found.clock.explanation}
