"""Clocks, in short and explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from shared.events.schemas import dump_event
from shared.policy.clock_keeper import ClockOfRecord
from shared.policy.running import STATES, RunningClock, strictest
from shared.schemas import IdField


class ListClocks(Schema):
    """Which clocks to list."""

    council_id = IdField(load_default=None, allow_none=True)
    rule = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=40))
    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(STATES))
    overdue = fields.Boolean(load_default=None, allow_none=True)
    record_id = IdField(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class ClockNamed(Schema):
    """One clock that is to be changed."""

    class Meta:
        unknown = RAISE

    id = IdField(required=True)
    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class ClockPausing(ClockNamed):
    """A clock that is to stand still, and why."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=200))


def clock_line(clock: RunningClock, clocks: Sequence[RunningClock]) -> dict[str, Any]:
    """A clock without its explanation; whether it is the strictest of its twins is seen among its record's `clocks`."""
    line: dict[str, Any] = dump_event(clock)
    del line["explanation"]
    return line | {"id": clock.clock_id, "strictest": clock.clock_id in strictest(clocks)}


def clock_listed(found: ClockOfRecord) -> dict[str, Any]:
    """A clock as lists have it."""
    return clock_line(found.clock, found.record.state.clocks) | {"council_id": found.record.council_id}


def clock_out(found: ClockOfRecord) -> dict[str, Any]:
    """A clock with every day counted or skipped, and why."""
    return clock_listed(found) | {"explanation": found.clock.explanation}
