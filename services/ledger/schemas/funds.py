"""Funds and their plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from services.ledger.model.commands import AgreePlan, CloseFund, MoveFund, OpenFund
from services.ledger.model.funds import Fund, HouseholdMember, Plan, PlanLine
from services.ledger.schemas.common import JSON, CommandSchema, Paged, Strict, Text, optional_day, optional_id
from shared.messaging.aggregates import Stored
from shared.schemas import DayField, IdField, PenceField

MOST_LINES = 200


class HouseholdMemberSchema(Strict):
    party_id = IdField(required=True)
    relation = Text(required=True, shortest=1, longest=100)

    @post_load
    def build(self, data: JSON, **_: Any) -> HouseholdMember:
        return HouseholdMember(**data)


class PlanLineSchema(Strict):
    line_id = IdField(required=True)
    outcome_id = IdField(required=True)
    category = Text(required=True, shortest=1, longest=100)
    weekly_cost_pence = PenceField(required=True, minimum=0)
    payee_id = optional_id()

    @post_load
    def build(self, data: JSON, **_: Any) -> PlanLine:
        return PlanLine(weekly_cost=data.pop("weekly_cost_pence"), **data)


class OpenFundSchema(CommandSchema):
    council_id = IdField(required=True)
    person_id = IdField(required=True)
    provider_id = IdField(required=True)
    weekly_budget_pence = PenceField(required=True, minimum=1)
    starts_on = DayField(required=True)
    referral_id = optional_id()
    household = fields.List(fields.Nested(HouseholdMemberSchema), load_default=list, validate=validate.Length(max=50))
    shared_with = fields.List(IdField(), load_default=list, validate=validate.Length(max=50))

    def command(self, data: JSON) -> OpenFund:
        household, shared_with = tuple(data.pop("household")), tuple(data.pop("shared_with"))
        budget = data.pop("weekly_budget_pence")
        return OpenFund(weekly_budget=budget, household=household, shared_with=shared_with, **data)


class LinesSchema(Strict):
    """A plan's lines."""

    lines = fields.List(fields.Nested(PlanLineSchema), required=True, validate=validate.Length(min=1, max=MOST_LINES))

    @validates_schema
    def check_line_ids(self, data: Mapping[str, Any], **_: Any) -> None:
        ids = [line.line_id for line in data["lines"]]
        if len(set(ids)) < len(ids):
            raise ValidationError("Two lines have the same line_id.", "lines")


class AgreePlanSchema(CommandSchema, LinesSchema):
    fund_id = IdField(data_key="id", required=True)
    written_by = IdField(required=True)

    def command(self, data: JSON) -> AgreePlan:
        return AgreePlan(lines=tuple(data.pop("lines")), **data)


class CloseFundSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    reason = Text(longest=500, load_default="")

    def command(self, data: JSON) -> CloseFund:
        return CloseFund(**data)


class MoveFundSchema(CommandSchema):
    fund_id = IdField(data_key="id", required=True)
    reason = Text(required=True, shortest=1, longest=500)
    to_fund_id = optional_id()
    to_provider_id = optional_id()
    starts_on = optional_day()

    @validates_schema
    def check_where_to(self, data: Mapping[str, Any], **_: Any) -> None:
        if (data["to_fund_id"] is None) == (data["to_provider_id"] is None):
            raise ValidationError("Name either a fund of the person or a provider to open one with.", "to_fund_id")
        if data["to_fund_id"] is not None and data["starts_on"] is not None:
            raise ValidationError("A fund that is open has its first day already.", "starts_on")

    def command(self, data: JSON) -> MoveFund:
        return MoveFund(**data)


class ListFunds(Paged):
    council_id = optional_id()
    person_id = optional_id()
    provider_id = optional_id()
    status = Text(longest=20, load_default=None, allow_none=True)


def fund_out(stored: Stored[Fund]) -> JSON:
    """A fund as callers see it."""
    fund = stored.state
    return {
        "id": stored.id,
        "version": stored.version,
        "council_id": fund.council_id,
        "person_id": fund.person_id,
        "provider_id": fund.provider_id,
        "referral_id": fund.referral_id,
        "weekly_budget_pence": fund.weekly_budget.amount,
        "opened_on": fund.opened_on.isoformat(),
        "starts_on": fund.starts_on.isoformat(),
        **({"support_ended_on": fund.support_ended_on.isoformat()} if fund.support_ended_on else {}),
        **({"moved_to": fund.moved_to} if fund.moved_to else {}),
        **({"moved_from": list(fund.moved_from)} if fund.moved_from else {}),
        "status": fund.status,
        "policy_version": fund.policy_version,
        "plan": None if fund.plan is None else _plan_out(fund.plan),
    }


def _plan_out(plan: Plan) -> JSON:
    return {
        "written_by": plan.written_by,
        "agreed_by": plan.agreed_by,
        "agreed_on": plan.agreed_on.isoformat(),
        "weekly_cost_pence": plan.weekly_cost.amount,
        "lines": [line_out(line) for line in plan.lines],
    }


def line_out(line: PlanLine) -> JSON:
    """A line of a plan or of a draft."""
    return {
        "line_id": line.line_id,
        "outcome_id": line.outcome_id,
        "category": line.category,
        "weekly_cost_pence": line.weekly_cost.amount,
        "payee_id": line.payee_id,
    }
