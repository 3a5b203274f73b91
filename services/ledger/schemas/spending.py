"""Asking to spend."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from services.ledger.model.commands import RequestSpend
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.spending import Agreement, SpendRequest
from services.ledger.schemas.common import JSON, CommandSchema, PeriodSchema, Strict, Text, optional_id
from shared.schemas import DayField, IdField, PenceField


class AgreementSchema(Strict):
    clause = Text(required=True, shortest=1, longest=50)
    agreed_by = Text(required=True, shortest=1, longest=100)
    agreed_on = DayField(required=True)
    reference = Text(longest=200, load_default="")

    @post_load
    def build(self, data: JSON, **_: Any) -> Agreement:
        return Agreement(**data)


class SpendAsked(CommandSchema):
    """What is asked of any spend, paid at once or set aside."""

    fund_id = IdField(data_key="id", required=True)
    amount_pence = PenceField(required=True, minimum=1)
    category = Text(required=True, shortest=1, longest=100)
    payee_id = IdField(required=True)
    effective_on = DayField(required=True)
    supply = fields.String(validate=validate.OneOf(("service", "goods")), load_default="service")
    outcome_id = optional_id()
    delivered_by = optional_id()
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    agreements = fields.List(fields.Nested(AgreementSchema), load_default=list, validate=validate.Length(max=10))
    reference = Text(longest=200, load_default="")

    around: tuple[str, ...] = ("fund_id", "reference")
    """What the command keeps beside the spend itself."""

    def command(self, data: JSON) -> RequestSpend:
        around = {name: data.pop(name) for name in self.around}
        amount, agreements = data.pop("amount_pence"), tuple(data.pop("agreements"))
        return RequestSpend(spend=SpendRequest(amount=amount, agreements=agreements, **data), **around)


class RequestSpendSchema(SpendAsked):
    evidence = fields.String(validate=validate.OneOf(EVIDENCE), load_default="")

    around = ("fund_id", "reference", "evidence")
