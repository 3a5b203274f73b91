"""Offers and their answers."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from services.referrals.model.referral import Offer, Referral
from services.referrals.schemas.commands import ById
from services.referrals.schemas.direct_payments import WORDS
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField


class OfferToLot(ById):
    lot = fields.Integer(strict=True, load_default=None, allow_none=True)


class AnswerOffer(ById):
    has_capacity = fields.Boolean(required=True, truthy={True}, falsy={False})
    can_start_on = DayField(load_default=None, allow_none=True)


class ChooseProvider(ById):
    provider_id = IdField(required=True)


class ProviderChangeAsk(ById):
    wish = fields.String(required=True, validate=validate.OneOf(("change", "end")))
    reason = fields.String(required=True, validate=WORDS)


class EndProvider(ById):
    ended_on = DayField(required=True)
    at_wish_of = fields.String(required=True, validate=validate.OneOf(("person", "council")))
    reason = fields.String(required=True, validate=WORDS)


class ListOffers(Schema):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def offer_out(stored: Stored[Referral], offer: Offer) -> dict[str, Any]:
    """One provider's offer, with the referral that it is of."""
    line: dict[str, Any] = dump_event(offer)
    return line | {"referral_id": stored.id, "council_id": stored.council_id}
