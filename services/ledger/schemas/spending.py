"""Asking to spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.commands import AgreeToSpend, RequestSpend
from services.ledger.model.entries import EVIDENCE
from services.ledger.model.refusals import RefusedSpend
from services.ledger.model.sought_first import COUNCIL_ANSWERS, SUPPLIES, SoughtFirst
from services.ledger.model.spending import Agreement, SpendRequest
from services.ledger.schemas.common import JSON, CommandSchema, Paged, PeriodSchema, Strict, Text, optional_id
from shared.dates import format_instant
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField, PenceField


class AgreementSchema(Strict):
    clause = Text(required=True, shortest=1, longest=50)
    agreed_by = Text(required=True, shortest=1, longest=100)
    agreed_on = DayField(required=True)
    reference = Text(longest=200, load_default="")

    @post_load
    def build(self, data: JSON, **_: Any) -> Agreement:
        return Agreement(**data)


class SoughtFirstSchema(Strict):
    """What was looked for before the fund was asked (CP 2.3, 2.9)."""

    other_funding = Text(longest=200, load_default="")
    council_route = Text(longest=200, load_default="")
    council_answer = fields.String(validate=validate.OneOf(COUNCIL_ANSWERS), load_default=None, allow_none=True)
    council_price_pence = PenceField(minimum=0, load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: Any) -> SoughtFirst:
        return SoughtFirst(council_price=data.pop("council_price_pence"), **data)


class SpendAsked(CommandSchema):
    """What is asked of any spend, paid at once or set aside."""

    fund_id = IdField(data_key="id", required=True)
    amount_pence = PenceField(required=True, minimum=1)
    category = Text(required=True, shortest=1, longest=100)
    payee_id = IdField(required=True)
    effective_on = DayField(required=True)
    supply = fields.String(validate=validate.OneOf(SUPPLIES), load_default="service")
    sought_first = fields.Nested(SoughtFirstSchema, load_default=SoughtFirst)
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
    purpose = optional_id()

    around = ("fund_id", "reference", "evidence", "purpose")

    @validates_schema
    def check_purpose(self, data: Mapping[str, Any], **_: Any) -> None:
        if data["purpose"] is not None and data["purpose"] != data["outcome_id"]:
            raise ValidationError("What is set aside for an outcome is spent on that outcome.", "purpose")


class AgreeToSpendSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    spend_id = IdField(required=True)
    reason = Text(required=True, shortest=1, longest=500)
    reference = Text(longest=200, load_default="")

    def command(self, data: JSON) -> AgreeToSpend:
        return AgreeToSpend(**data)


class ListRefusedSpends(Paged):
    fund_id = IdField(data_key="id", required=True)


class OneRefusedSpend(Strict):
    fund_id = IdField(data_key="id", required=True)
    spend_id = IdField(required=True)


def refused_out(stored: Stored[RefusedSpend], agreed_by: str | None) -> JSON:
    """A refused spend as callers see it: what was asked, by whom, and what would change the answer, and the entry if it was agreed
    to.
    """
    refused = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "fund_id": refused.fund_id,
        "category": refused.category,
        "payee_id": refused.payee_id,
        "amount_pence": refused.amount.amount,
        "outcome": refused.decision.outcome,
        "clause": refused.decision.clause,
        "reason": refused.decision.reason,
        "would_change": refused.decision.would_change,
        "agreed_by": agreed_by,
        "policy_version": refused.policy_version,
        "asked_by": refused.asked_by,
        "asked_at": format_instant(refused.asked_at),
    }
