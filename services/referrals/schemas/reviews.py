"""Reviews: what callers send and what they see."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.model.reviews import CYCLES, ReviewProgramme
from services.referrals.schemas.commands import REASON, ById
from services.referrals.schemas.direct_payments import WORDS
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.money import MOST_PENCE
from shared.policy.clock_forms import clock_line
from shared.schemas import DayField, IdField


class SupportBegun(ById):
    began_on = DayField(required=True)


class CountsFor(Schema):
    class Meta:
        unknown = RAISE

    cycle = fields.String(required=True, validate=validate.OneOf(CYCLES))
    because = fields.String(required=True, validate=REASON)


class HeldReview(ById):
    held_on = DayField(required=True)
    outcome = fields.String(required=True, validate=WORDS)
    satisfied = fields.List(fields.Nested(CountsFor), required=True, validate=validate.Length(min=1, max=len(CYCLES)))
    advocate_id = IdField(load_default=None, allow_none=True)


class AskedFor(ById):
    reason = fields.String(required=True, validate=WORDS)


class ChangedBudget(ById):
    weekly_before_pence = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MOST_PENCE))
    weekly_after_pence = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MOST_PENCE))
    reason = fields.String(required=True, validate=WORDS)


class ListProgrammes(Schema):
    overdue = fields.Boolean(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def programme_out(stored: Stored[ReviewProgramme]) -> dict[str, Any]:
    """A programme as callers see it, its clocks in short."""
    resource: dict[str, Any] = dump_event(stored.state)
    resource["clocks"] = [clock_line(clock, stored.state.clocks) for clock in stored.state.clocks]
    return resource | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}
