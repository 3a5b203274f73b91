"""Shapes: clocks and how each was reckoned."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import (
    COUNCIL,
    Page,
    Told,
    identifier,
    instant,
)


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
    state = fields.String(metadata={"enum": ["running", "breached", "stopped", "stopped_late"]})
    started_at = instant("When it began to run.")
    due_at = instant("When it runs out.")
    stopped_at = instant("When what it waits for happened.")
    provisional = fields.Boolean(metadata={"description": "Bank holidays are not yet published so far ahead."})
    calendar_version = fields.String(metadata={"description": "The calendar that the days were counted in."})


class ExplainedClock(Clock):
    """A clock with its whole calculation."""

    explanation = fields.Dict(metadata={"description": "A summary, and `steps`: every day counted or not, and why."})


class ClockFilter(Page):
    """Which clocks to list."""

    overdue = fields.Boolean(metadata={"description": "Those past their due instant; without it, those that run."})
