"""Answers to a referral."""

from __future__ import annotations

from marshmallow import fields, validate

from services.referrals.schemas.commands import REASON, ById
from shared.schemas import DayField, IdField


class Accept(ById):
    worker_id = IdField(required=True)


class Refuse(ById):
    reason = fields.String(required=True, validate=REASON)
    told_verbally_on = DayField(load_default=None, allow_none=True)


class RefusalAct(ById):
    act = fields.String(required=True, validate=validate.OneOf(("verbal", "written")))
    told_on = DayField(required=True)
    how = fields.String(load_default=None, allow_none=True, validate=REASON)
