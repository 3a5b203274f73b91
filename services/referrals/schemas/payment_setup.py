"""Setting a direct payment up, and its checks: what callers send."""

from __future__ import annotations

from marshmallow import Schema, fields, missing, validate

from services.referrals.model.payment_parts import CHECKS
from services.referrals.schemas.commands import REASON, ById
from services.referrals.schemas.direct_payments import WORDS
from shared.money import MOST_PENCE
from shared.schemas import DayField, IdField


class YesOrNo(fields.Boolean):
    def __init__(self, *, required: bool = False) -> None:
        absent = missing if required else None
        super().__init__(required=required, load_default=absent, allow_none=not required, truthy={True}, falsy={False})


class UseOf(ById):
    employs_personal_assistant = YesOrNo(required=True)


class DoneItem(ById):
    item = fields.String(required=True, validate=REASON)
    done_on = DayField(required=True)
    evidence = fields.String(required=True, validate=WORDS)
    account_holder_id = IdField(load_default=None, allow_none=True)


class Planned(ById):
    situation = fields.String(required=True, validate=REASON)
    cover = fields.String(required=True, validate=REASON)
    arrangement = fields.String(required=True, validate=WORDS)


class AskedStartUp(ById):
    item = fields.String(required=True, validate=REASON)
    amount_pence = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=MOST_PENCE))
    purpose = fields.String(required=True, validate=WORDS)


class DecidedStartUp(ById):
    request_id = IdField(required=True)
    agreed = YesOrNo(required=True)
    reason = fields.String(required=True, validate=REASON)


class Changed(ById):
    reason = fields.String(required=True, validate=REASON)
    details = fields.String(required=True, validate=WORDS)
    noticed_on = DayField(required=True)


class SignpostTo(ById):
    service = fields.String(required=True, validate=REASON)


class ContactMade(ById):
    kind = fields.String(required=True, validate=validate.OneOf(CHECKS))
    method = fields.String(required=True, validate=REASON)
    made_on = DayField(required=True)
    reached = YesOrNo(required=True)
    understands = YesOrNo()
    needs_support = YesOrNo()
    outcome = fields.String(load_default=None, allow_none=True, validate=WORDS)
    without_phone_because = fields.String(load_default=None, allow_none=True, validate=REASON)
    issue = fields.String(load_default=None, allow_none=True, validate=WORDS)


class ToldIssue(ById):
    issue_id = IdField(required=True)
    how = fields.String(required=True, validate=REASON)


class CountChecks(Schema):
    council_id = IdField(required=True)
    since = DayField(required=True)
    until = DayField(required=True)
