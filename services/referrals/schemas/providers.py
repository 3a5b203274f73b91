"""Providers of a council's framework, and who is left out of offers."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.model.parties import Provider
from services.referrals.schemas.commands import WithReason
from shared.context import Caller
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField


class Exclude(WithReason):
    until_on = DayField(required=True)


class ListProviders(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def provider_out(stored: Stored[Provider], caller: Caller, *, on: date) -> dict[str, Any]:
    """A provider; why it is left out, and by whom, is for the council and the support service."""
    provider = stored.state
    resource = {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "provider_id": stored.id,
        "reference": provider.reference,
        "name": provider.contact.name,
        "lots": list(provider.lots),
        "taking_referrals": provider.taking_referrals,
        "is_excluded": provider.is_excluded(on),
    }
    if caller.organisation_id is not None:
        return resource
    return resource | {"exclusions": [dump_event(one) for one in provider.exclusions]}
