"""The facts that each question takes. What a named fund knows need not be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, post_load, validate

from services.ledger.model.arrangements import LOTS
from services.ledger.model.questions.dates import DateFacts
from services.ledger.model.questions.fee import FeeFacts
from services.ledger.model.questions.payments_due import PaymentFacts
from services.ledger.model.questions.residential_days import StayFacts
from services.ledger.model.questions.spend import SpendFacts
from services.ledger.model.questions.surplus import SurplusFacts
from services.ledger.model.questions.termination_dates import TerminationFacts
from services.ledger.model.sought_first import SUPPLIES, SoughtFirst
from services.ledger.schemas.common import JSON, Flag, PeriodSchema, Strict, Text, optional_id, reckonable_day
from services.ledger.schemas.spending import AgreementSchema, SoughtFirstSchema
from shared.schemas import IdField, PenceField

MOST_STAYS = 100


def _stays() -> fields.List[Any]:
    return fields.List(fields.Nested(PeriodSchema), load_default=list, validate=validate.Length(max=MOST_STAYS))


def _names() -> fields.List[Any]:
    return fields.List(Text(shortest=1, longest=100), load_default=list, validate=validate.Length(max=100))


def _flag() -> Flag:
    return Flag(load_default=False)


class SpendFactsSchema(Strict):
    """A spend that is thought of. Without a fund, `plan_*`, `earlier_stays` and `payee_*` say what a fund would know."""

    category = Text(required=True, shortest=1, longest=100)
    amount_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    payee_id = optional_id()
    delivered_by = optional_id()
    supply = fields.String(validate=validate.OneOf(SUPPLIES), load_default="service")
    sought_first = fields.Nested(SoughtFirstSchema, load_default=SoughtFirst)
    outcome_id = optional_id()
    purpose = optional_id()
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    agreements = fields.List(fields.Nested(AgreementSchema), load_default=list, validate=validate.Length(max=10))
    payee_in_household = _flag()
    payee_on_hold = _flag()
    plan_outcomes = fields.List(IdField(), load_default=list, validate=validate.Length(max=100))
    plan_categories = _names()
    earlier_stays = _stays()

    @post_load
    def build(self, data: JSON, **_: object) -> SpendFacts:
        facts: JSON = {
            **data,
            **{name: tuple(data[name]) for name in ("agreements", "earlier_stays")},
            **{name: frozenset(data[name]) for name in ("plan_outcomes", "plan_categories")},
        }
        return SpendFacts(amount=facts.pop("amount_pence"), **facts)


class StayFactsSchema(Strict):
    first_on = reckonable_day(load_default=None, allow_none=True)
    period = fields.Nested(PeriodSchema, load_default=None, allow_none=True)
    earlier_stays = _stays()

    @post_load
    def build(self, data: JSON, **_: object) -> StayFacts:
        return StayFacts(earlier_stays=tuple(data.pop("earlier_stays")), **data)


class SurplusFactsSchema(Strict):
    """What is in hand, and the weekly budget."""

    in_hand_pence = PenceField(minimum=0, load_default=None, allow_none=True)
    weekly_budget_pence = PenceField(minimum=1, load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: object) -> SurplusFacts:
        return SurplusFacts(in_hand=data["in_hand_pence"], weekly_budget=data["weekly_budget_pence"])


class TerminationFactsSchema(Strict):
    terminated_on = reckonable_day(load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: object) -> TerminationFacts:
        return TerminationFacts(**data)


class PaymentFactsSchema(Strict):
    """Without a fund: its weekly budget, its first day, and what was paid in for its year."""

    weekly_budget_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    starts_on = reckonable_day(load_default=None, allow_none=True)
    paid_to_date_pence = PenceField(minimum=0, load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: object) -> PaymentFacts:
        return PaymentFacts(
            weekly_budget=data["weekly_budget_pence"],
            starts_on=data["starts_on"],
            paid_to_date=data["paid_to_date_pence"],
        )


class DateFactsSchema(Strict):
    """Without a fund: its first day."""

    starts_on = reckonable_day(load_default=None, allow_none=True)

    @post_load
    def build(self, data: JSON, **_: object) -> DateFacts:
        return DateFacts(**data)


class FeeFactsSchema(Strict):
    """Without a fund: its weekly budget, and for Lot 1 what of it buys the provider's own services."""

    lot = fields.String(required=True, validate=validate.OneOf(LOTS))
    weekly_budget_pence = PenceField(minimum=1, load_default=None, allow_none=True)
    own_service_weekly_pence = PenceField(minimum=0, load_default=None, allow_none=True)
    negotiated_percent = fields.Integer(
        strict=True, validate=validate.Range(min=1, max=100), load_default=None, allow_none=True
    )

    @post_load
    def build(self, data: JSON, **_: object) -> FeeFacts:
        return FeeFacts(
            lot=data["lot"],
            weekly_budget=data["weekly_budget_pence"],
            own_service_weekly=data["own_service_weekly_pence"],
            negotiated_percent=data["negotiated_percent"],
        )


FACTS: Mapping[str, type[Strict]] = {
    "spend": SpendFactsSchema,
    "residential-days-left": StayFactsSchema,
    "surplus": SurplusFactsSchema,
    "termination-dates": TerminationFactsSchema,
    "payments-due": PaymentFactsSchema,
    "contribution-date": DateFactsSchema,
    "summary-dates": DateFactsSchema,
    "fee": FeeFactsSchema,
}
"""The shape of each question's facts, by the question's name."""
