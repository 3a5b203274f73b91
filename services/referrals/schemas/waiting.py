"""The waiting list, and the refusals that are kept with the same fields (CE 4.8)."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.handlers.waiting import WaitingLine
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from services.referrals.model.waiting import Place
from services.referrals.schemas.commands import REASON, ById
from shared.dates import london_day
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import IdField

LONGEST_LIST = 20


class PlaceOnList(ById):
    reason = fields.String(required=True, validate=REASON)
    delay_reason = fields.String(load_default=None, allow_none=True, validate=REASON)
    criteria = fields.List(
        fields.String(validate=REASON), load_default=list, validate=validate.Length(max=LONGEST_LIST)
    )


class ListOfCouncil(Schema):
    council_id = IdField(required=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def place_out(place: Place) -> dict[str, Any]:
    """Where somebody stands, and what makes it up."""
    return {
        "position": place.position,
        "waiting": place.waiting,
        "score": place.priority.score,
        "points": [dump_event(one) for one in place.priority.points],
    }


def waiting_out(line: WaitingLine) -> dict[str, Any]:
    """A line of the waiting list."""
    return _kept_fields(line.referral, line.person) | {"place": place_out(line.place)}


def refusal_out(stored: Stored[Referral], person: Person) -> dict[str, Any]:
    """A line of the refusals, with the acts by which it was told."""
    refusal = stored.state.refusal
    told: dict[str, Any] = dump_event(refusal) if refusal else {}
    lacking = refusal.lacking() if refusal else []
    return _kept_fields(stored, person) | {"refusal": told | {"lacking": lacking}}


def _kept_fields(stored: Stored[Referral], person: Person | None) -> dict[str, Any]:
    """The eight fields of CE 4.8, and which of them nobody has given."""
    referral, waiting = stored.state, stored.state.waiting
    began = waiting.started_on if waiting else london_day(referral.received_at)
    kept = {
        "social_care_number": person.reference if person else None,
        "born_on": person.born_on.isoformat() if person and person.born_on else None,
        "gender": person.gender if person else None,
        "ethnicity": person.ethnicity if person else None,
        "started_on": began.isoformat(),
        "reason": waiting.reason if waiting else referral.reason,
        "client_category": list(referral.client_groups),
        "delay_reason": waiting.delay_reason if waiting else None,
    }
    given = {name: value for name, value in kept.items() if value not in (None, [])}
    return given | {
        "id": stored.id,
        "council_id": stored.council_id,
        "referral_id": stored.id,
        "reference": referral.reference,
        "status": referral.status,
        "lacking": [name for name in kept if name not in given],
    }
