"""Shapes of a fund at a glance, a month of it, a year of it. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Told, day, identifier, pence, words
from gateway.schemas.ledger import Days


class DayAsked(Asked):
    """Which month or year."""

    on = day("A day in it; today when left out.")


class FundForecast(Told):
    """What the fund comes to if the plan is bought week by week and payments come in as they are due: our own reckoning."""

    weeks_ahead = fields.Integer(metadata={"description": "How far it looks."})
    weekly_cost_pence = pence("Of the plan.")
    surplus_on = fields.String(allow_none=True, metadata={"description": "First day above `surplus_above_pence`."})
    shortfall_on = fields.String(allow_none=True, metadata={"description": "First day below nothing."})


class FundPosition(Told):
    """Where a fund stands today."""

    fund_id = identifier("The fund.")
    council_id = identifier(COUNCIL)
    status = fields.String()
    on = day("Today.")
    year = fields.Nested(Days, metadata={"description": "The fund's year that it is in."})
    weekly_budget_pence = pence("Weekly personal budget.")
    budget_to_date_pence = pence("The budget for the days of the year so far.")
    received_to_date_pence = pence("Paid in this year.")
    spent_to_date_pence = pence("Spent this year.")
    fees_to_date_pence = pence("The provider's fees this year.")
    in_hand_pence = pence("Money held.")
    committed_pence = pence("Of that, set aside for bookings.")
    allocated_pence = pence("Of that, set aside by purpose.")
    available_pence = pence("Of that, free to spend.")
    surplus_above_pence = pence("Above this the council is informed (CP 5.4).")
    forecast = fields.Nested(FundForecast, allow_none=True, metadata={"description": "Null without an agreed plan."})
    clause = fields.String()
    policy_version = fields.String()


class FundActivity(Told):
    """One line of the plan, or `outside-plan`. Never by payee."""

    line_id = fields.String()
    outcome_id = fields.String(allow_none=True)
    category = fields.String()
    planned_pence = pence("Planned.")
    committed_pence = pence("Set aside for bookings.")
    spent_pence = pence("Spent.")


class FundMonth(Told):
    """Committed spend against budget in a month, counted from the fund's start (CP 10.3)."""

    fund_id = identifier("The fund.")
    council_id = identifier(COUNCIL)
    number = fields.Integer(metadata={"description": "The fund's first, second ... month."})
    days = fields.Nested(Days)
    due_on = day("When it is due to the council.")
    budget_pence = pence("The budget for its days.")
    planned_pence = pence("Planned.")
    committed_pence = pence("Set aside for bookings.")
    spent_pence = pence("Spent.")
    left_of_budget_pence = pence("Budget less committed and spent; negative above budget.")
    activities = fields.List(fields.Nested(FundActivity))
    clause = fields.String()
    policy_version = fields.String()


class CategorySum(Told):
    """What was paid in one category."""

    category = fields.String()
    paid_pence = pence("Paid.")


class FundSummary(Told):
    """Income received and expenditure incurred in a fund's year (CP 9.8)."""

    fund_id = identifier("The fund.")
    council_id = identifier(COUNCIL)
    person_id = identifier("Whose fund it is.")
    provider_id = identifier("The provider that holds it.")
    year = fields.Nested(Days)
    to = day("The last day that is summed up.")
    due_on = day("When the year's summary is due to the council.")
    opening_pence = pence("In hand at the beginning.")
    received_pence = pence("Income received.")
    paid_pence = pence("Paid to payees.")
    fees_pence = pence("The provider's fees.")
    returned_pence = pence("Returned to the council.")
    moved_pence = pence("Moved to the person's next fund.")
    closing_pence = pence("In hand at the end: opening and income, less all that went out.")
    booked_pence = pence("Booked in these days and not paid yet.")
    incurred_pence = pence("Expenditure incurred: paid, fees and booked.")
    by_category = fields.List(fields.Nested(CategorySum))
    clause = fields.String()
    policy_version = fields.String()


class NewContribution(Asked):
    """The council's invoice for the person's contribution."""

    amount_pence = pence("Amount.", required=True, minimum=1)
    first_on = day("A day of the stretch it is for; the next one not invoiced when left out.")
    invoiced_on = day("The day of the invoice; today when left out.")
    reference = words("Invoice number.", longest=200)
