"""Shapes: clocks and how each was reckoned."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Page,
    Told,
    identifier,
    instant,
    one_of,
    words,
)
from shared.policy.running import STATES


class Pause(Told):
    """A span in which a clock stood still."""

    from_at = instant("From when.")
    until_at = instant("Until when; absent as long as it lasts.")
    paused_by = fields.String(metadata={"description": "Who had it stand still."})
    resumed_by = fields.String(metadata={"description": "Who had it run again."})
    reason = fields.String(metadata={"description": "Why."})


class Reckoning(Told):
    """When a clock was due, and under what that was reckoned."""

    due_at = instant("When it was due.")
    warn_at = instant("When it was to be warned of.")
    policy = fields.String(metadata={"description": "The version of the pack."})
    calendar_version = fields.String(metadata={"description": "The calendar."})


class Recalculation(Told):
    """A clock reckoned anew, because the pack or the calendar changed."""

    at = instant("When.")
    before = fields.Nested(Reckoning)
    after = fields.Nested(Reckoning)
    note = fields.String(metadata={"description": "For a breached clock: whether it would have been."})


class Clock(Told):
    """A deadline of the council's policy."""

    id = identifier("The clock.", required=True)
    clock_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    rule = fields.String(metadata={"description": "The rule's id in the pack, such as C1."})
    name = fields.String()
    record_id = identifier("The record that it belongs to.")
    clause = fields.String()
    policy = fields.String(metadata={"description": "The version of the pack that it was reckoned under."})
    state = fields.String(metadata={"enum": list(STATES)})
    started_at = instant("When it began to run.")
    due_at = instant("When it runs out.")
    stopped_at = instant("When what it waits for happened.")
    occurrence = fields.Integer(metadata={"description": "Which time of a series it is, from 1."})
    warn_at = instant("When it is warned of, if the pack says so.")
    warned_at = instant("When it was warned of.")
    breached_at = instant("When it was found to have run out.")
    duty = fields.String(metadata={"description": "The duty that it shares with its twins; empty if it has none."})
    strictest = fields.Boolean(
        metadata={"description": "Of several open clocks of the record with the same duty, the one that is due first."}
    )
    pauses = fields.List(fields.Nested(Pause), metadata={"description": "When it stood still."})
    recalculations = fields.List(fields.Nested(Recalculation), metadata={"description": "How it was reckoned anew."})
    provisional = fields.Boolean(metadata={"description": "Bank holidays are not yet published so far ahead."})
    calendar_version = fields.String(metadata={"description": "The calendar that the days were counted in."})


class ExplainedClock(Clock):
    """A clock with its whole calculation."""

    explanation = fields.Dict(metadata={"description": "A summary, and `steps`: every day counted or not, and why."})


class ClockFilter(Page):
    """Which clocks to list."""

    council_id = identifier("Clocks of this council.")
    rule = words("Clocks of this rule, by its id in the pack, such as C1.", longest=40)
    state = one_of("Clocks in this state; without it, those that are open.", STATES)
    overdue = fields.Boolean(metadata={"description": "Only those past their due instant, or only those that are not."})
    record_id = identifier("Clocks of this record, whatever their state.")


class NewPause(Asked):
    """Why a clock is to stand still."""

    reason = words("Why; kept with the clock, and shown in its explanation.", required=True, longest=200)
