"""Care agencies: what callers send and what they see."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.model.agencies import RATINGS, Agency, newest
from services.referrals.schemas.commands import REASON, ById, CommandSchema
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField


class NewAgency(CommandSchema):
    council_id = IdField(required=True)
    reference = IdField(required=True)
    name = fields.String(required=True, validate=REASON)
    rating = fields.String(required=True, validate=validate.OneOf(RATINGS))
    rated_on = DayField(required=True)
    source = fields.String(required=True, validate=REASON)


class NewRating(ById):
    rating = fields.String(required=True, validate=validate.OneOf(RATINGS))
    rated_on = DayField(required=True)
    source = fields.String(required=True, validate=REASON)


class SignpostToAgency(ById):
    agency_id = IdField(required=True)


class ListAgencies(Schema):
    class Meta:
        unknown = RAISE

    barred = fields.Boolean(load_default=False)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def agency_out(stored: Stored[Agency]) -> dict[str, Any]:
    """An agency as callers see it, its newest rating in front."""
    resource: dict[str, Any] = dump_event(stored.state)
    resource["rating"] = dump_event(newest(stored.state))
    return resource | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}
