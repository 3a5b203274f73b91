"""What comes in and goes out of referrals' calls."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.referrals.model import Offer, Person, Referral, offers_shown_to, possible_steps
from shared.context import Caller
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.policy.running import RunningClock
from shared.schemas import DayField, IdField

REASON = validate.Length(min=1, max=200)


class CommandSchema(Schema):
    """A command: unknown fields are refused by name; `expected_version` guards against changing what one hasn't read."""

    class Meta:
        unknown = RAISE

    expected_version = fields.Integer(strict=True, load_default=None, allow_none=True)


class ById(CommandSchema):
    id = IdField(required=True)


class Accept(ById):
    worker_id = IdField(required=True)


class Refuse(ById):
    reason = fields.String(required=True, validate=REASON)
    told_verbally_on = DayField(load_default=None, allow_none=True)


class WithReason(ById):
    reason = fields.String(required=True, validate=REASON)


class OfferToLot(ById):
    lot = fields.Integer(strict=True, load_default=None, allow_none=True)


class AnswerOffer(ById):
    has_capacity = fields.Boolean(required=True, truthy={True}, falsy={False})
    can_start_on = DayField(load_default=None, allow_none=True)


class ChooseProvider(ById):
    provider_id = IdField(required=True)


class DirectPayment(ById):
    implemented_on = DayField(required=True)


class TakeIn(Schema):
    council_id = IdField(required=True)
    events = fields.List(fields.Raw(), required=True, validate=validate.Length(min=1, max=100))


class ListReferrals(Schema):
    status = fields.String(load_default=None, allow_none=True)
    component = fields.String(load_default=None, allow_none=True)
    overdue = fields.Boolean(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class ListOffers(Schema):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def referral_out(stored: Stored[Referral], caller: Caller | None = None) -> dict[str, Any]:
    """A referral as callers see it: its state, the steps possible now, and its clocks in short."""
    referral = stored.state
    resource: dict[str, Any] = dump_event(referral)
    if caller is not None:
        resource["offers"] = [dump_event(offer) for offer in offers_shown_to(caller, referral)]
    resource["clocks"] = [clock_line(clock) for clock in referral.clocks]
    return resource | {
        "id": stored.id,
        "version": stored.version,
        "council_id": stored.council_id,
        "possible_steps": possible_steps(referral),
    }


def offer_out(stored: Stored[Referral], offer: Offer) -> dict[str, Any]:
    """One provider's offer, with the referral that it is of."""
    line: dict[str, Any] = dump_event(offer)
    return line | {"referral_id": stored.id, "council_id": stored.council_id}


def clock_line(clock: RunningClock) -> dict[str, Any]:
    """A clock without its explanation."""
    line: dict[str, Any] = dump_event(clock)
    del line["explanation"]
    return line | {"id": clock.clock_id}


def clock_out(clock: RunningClock, council_id: str) -> dict[str, Any]:
    """A clock with every day counted or skipped, and why."""
    return clock_line(clock) | {"council_id": council_id, "explanation": clock.explanation}


def person_out(stored: Stored[Person]) -> dict[str, Any]:
    """How a person is to be reached."""
    contact: dict[str, Any] = dump_event(stored.state.contact)
    return contact | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}
