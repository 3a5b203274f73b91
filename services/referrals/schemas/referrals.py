"""Referrals as callers ask for them and see them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.model.life import fhir_status
from services.referrals.model.referral import (
    Referral,
    duplicates_shown_to,
    former_providers_shown_to,
    more_duplicates_shown_to,
    offers_shown_to,
    possible_steps,
    wishes_shown_to,
)
from services.referrals.model.waiting import Place
from services.referrals.schemas.waiting import place_out
from shared.context import Caller
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.policy.clock_forms import clock_line
from shared.schemas import IdField


class ListReferrals(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    q = fields.String(load_default=None, allow_none=True, validate=validate.Length(min=1, max=100))
    possible_duplicate = fields.Boolean(load_default=None, allow_none=True)
    status = fields.String(load_default=None, allow_none=True)
    component = fields.String(load_default=None, allow_none=True)
    overdue = fields.Boolean(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def referral_out(stored: Stored[Referral], caller: Caller, place: Place | None = None) -> dict[str, Any]:
    """A referral as this caller sees it: its state, the steps possible now, its clocks in short, its place if it waits."""
    referral = stored.state
    resource: dict[str, Any] = dump_event(referral)
    for kept in ("facts", "whys", "more_duplicates", "more_duplicates_in_contract"):
        del resource[kept]
    resource["offers"] = [dump_event(offer) for offer in offers_shown_to(caller, referral)]
    resource["possible_duplicates"] = [dump_event(one) for one in duplicates_shown_to(caller, referral)]
    resource["more_possible_duplicates"] = more_duplicates_shown_to(caller, referral)
    resource["provider_wishes"] = [dump_event(wish) for wish in wishes_shown_to(caller, referral)]
    resource["former_providers"] = [dump_event(one) for one in former_providers_shown_to(caller, referral)]
    resource["clocks"] = [clock_line(clock, referral.clocks) for clock in referral.clocks]
    if place is not None:
        resource["waiting_place"] = place_out(place)
    return resource | {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "possible_steps": possible_steps(referral),
        "fhir": asdict(fhir_status(referral.status, seen=referral.seen_at is not None)),
    }
