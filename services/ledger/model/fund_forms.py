"""A fund as JSON values and back: how it is stored. Amounts are whole pence, days ISO text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.ledger.model.funds import Fund, HouseholdMember, Plan, PlanLine
from shared.money import Pence


def fund_as_json(fund: Fund) -> dict[str, Any]:
    """The stored form; amounts in whole pence."""
    return {
        "fund_id": fund.fund_id,
        "council_id": fund.council_id,
        "person_id": fund.person_id,
        "provider_id": fund.provider_id,
        "weekly_budget_pence": fund.weekly_budget.amount,
        "opened_on": fund.opened_on.isoformat(),
        "starts_on": fund.starts_on.isoformat(),
        "policy_version": fund.policy_version,
        "referral_id": fund.referral_id,
        "household": [{"party_id": each.party_id, "relation": each.relation} for each in fund.household],
        "plan": None if fund.plan is None else _plan_as_json(fund.plan),
        "status": fund.status,
    }


def fund_from_json(values: Mapping[str, Any]) -> Fund:
    """The fund that was stored."""
    plain = ("fund_id", "council_id", "person_id", "provider_id", "policy_version", "referral_id", "status")
    return Fund(
        **{name: values[name] for name in plain},
        weekly_budget=Pence(values["weekly_budget_pence"]),
        opened_on=date.fromisoformat(values["opened_on"]),
        starts_on=date.fromisoformat(values["starts_on"]),
        household=tuple(HouseholdMember(**each) for each in values["household"]),
        plan=None if values["plan"] is None else _plan_from_json(values["plan"]),
    )


def _plan_as_json(plan: Plan) -> dict[str, Any]:
    return {
        "lines": [_line_as_json(line) for line in plan.lines],
        "written_by": plan.written_by,
        "agreed_by": plan.agreed_by,
        "agreed_on": plan.agreed_on.isoformat(),
    }


def _plan_from_json(values: Mapping[str, Any]) -> Plan:
    return Plan(
        lines=tuple(_line_from_json(line) for line in values["lines"]),
        written_by=values["written_by"],
        agreed_by=values["agreed_by"],
        agreed_on=date.fromisoformat(values["agreed_on"]),
    )


def _line_as_json(line: PlanLine) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "outcome_id": line.outcome_id,
        "category": line.category,
        "weekly_cost_pence": line.weekly_cost.amount,
        "payee_id": line.payee_id,
    }


def _line_from_json(values: Mapping[str, Any]) -> PlanLine:
    return PlanLine(
        line_id=values["line_id"],
        outcome_id=values["outcome_id"],
        category=values["category"],
        weekly_cost=Pence(values["weekly_cost_pence"]),
        payee_id=values["payee_id"],
    )
