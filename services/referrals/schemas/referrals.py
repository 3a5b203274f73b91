"""Referrals as callers ask for them and see them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.model.referral import Referral, offers_shown_to, possible_steps
from services.referrals.schemas.clocks import clock_line
from shared.context import Caller
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored


class ListReferrals(Schema):
    status = fields.String(load_default=None, allow_none=True)
    component = fields.String(load_default=None, allow_none=True)
    overdue = fields.Boolean(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def referral_out(stored: Stored[Referral], caller: Caller | None = None) -> dict[str, Any]:
    """A referral as callers see it: its state, the steps possible now, and its clocks in short."""
    referral = stored.state
    resource: dict[str, Any] = dump_event(referral)
    if caller is not None:
        resource["offers"] = [dump_event(offer) for offer in offers_shown_to(caller, referral)]
    resource["clocks"] = [clock_line(clock, referral.clocks) for clock in referral.clocks]
    return resource | {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "possible_steps": possible_steps(referral),
    }
