"""A fund at a glance, a month of it, a year of it. Amounts are whole pence."""

from __future__ import annotations

from services.ledger.model.position import Forecast, Position
from services.ledger.model.returns import Activity, AnnualSummary, MonthlyReturn
from services.ledger.schemas.common import JSON, ById, period_out, reckonable_day


class DayAsked(ById):
    on = reckonable_day(load_default=None, allow_none=True)


def position_out(position: Position) -> JSON:
    """Where a fund stands."""
    fund = position.fund
    return {
        "fund_id": fund.fund_id,
        "council_id": fund.council_id,
        "status": fund.status,
        "on": position.on.isoformat(),
        "year": period_out(position.year),
        "weekly_budget_pence": fund.weekly_budget.amount,
        "budget_to_date_pence": position.budget.amount,
        "received_to_date_pence": position.received.amount,
        "spent_to_date_pence": position.spent.amount,
        "fees_to_date_pence": position.fees.amount,
        "in_hand_pence": position.in_hand.amount,
        "committed_pence": position.committed.amount,
        "allocated_pence": position.allocated.amount,
        "available_pence": position.available.amount,
        "surplus_above_pence": position.surplus_above.amount,
        "forecast": None if position.forecast is None else _forecast_out(position.forecast),
        "clause": position.clause,
        "policy_version": position.policy_version,
    }


def month_out(month: MonthlyReturn) -> JSON:
    """Committed spend against budget in a month."""
    return {
        "fund_id": month.fund.fund_id,
        "council_id": month.fund.council_id,
        "number": month.number,
        "days": period_out(month.days),
        "due_on": month.due_on.isoformat(),
        "budget_pence": month.budget.amount,
        "planned_pence": month.planned.amount,
        "committed_pence": month.committed.amount,
        "spent_pence": month.spent.amount,
        "left_of_budget_pence": (month.budget - month.committed - month.spent).amount,
        "activities": [_activity_out(activity) for activity in month.activities],
        "clause": month.clause,
        "policy_version": month.policy_version,
    }


def summary_out(summary: AnnualSummary) -> JSON:
    """Income received and expenditure incurred in a year."""
    return {
        "fund_id": summary.fund.fund_id,
        "council_id": summary.fund.council_id,
        "person_id": summary.fund.person_id,
        "provider_id": summary.fund.provider_id,
        "year": period_out(summary.year),
        "to": summary.to_on.isoformat(),
        "due_on": summary.due_on.isoformat(),
        "opening_pence": summary.opening.amount,
        "received_pence": summary.received.amount,
        "paid_pence": summary.paid.amount,
        "fees_pence": summary.fees.amount,
        "returned_pence": summary.returned.amount,
        "moved_pence": summary.moved.amount,
        "closing_pence": summary.closing.amount,
        "booked_pence": summary.booked.amount,
        "incurred_pence": summary.incurred.amount,
        "by_category": [{"category": category, "paid_pence": paid.amount} for category, paid in summary.by_category],
        "clause": summary.clause,
        "policy_version": summary.policy_version,
    }


def _forecast_out(forecast: Forecast) -> JSON:
    return {
        "weeks_ahead": forecast.weeks_ahead,
        "weekly_cost_pence": forecast.weekly_cost.amount,
        "surplus_on": forecast.surplus_on.isoformat() if forecast.surplus_on else None,
        "shortfall_on": forecast.shortfall_on.isoformat() if forecast.shortfall_on else None,
    }


def _activity_out(activity: Activity) -> JSON:
    return {
        "line_id": activity.line_id,
        "outcome_id": activity.outcome_id,
        "category": activity.category,
        "planned_pence": activity.planned.amount,
        "committed_pence": activity.committed.amount,
        "spent_pence": activity.spent.amount,
    }
