"""Shapes of funds, their plan and their book. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, day, identifier, instant, one_of, pence, words
from shared.schemas import DayField

EVIDENCE = ("card-report", "bank-statement", "invoice", "receipt", "cheque-stub", "other")


class NewFund(Asked):
    """A fund as it is opened."""

    council_id = identifier(COUNCIL, required=True)
    person_id = identifier("Whose fund it is.", required=True)
    provider_id = identifier("The provider that holds it.", required=True)
    weekly_budget_pence = pence("Weekly personal budget.", required=True, minimum=1)
    starts_on = day("The first day it covers.", required=True)
    referral_id = identifier("The referral that it came from.")


class Fund(Resource):
    """A person's fund."""

    council_id = identifier(COUNCIL)
    person_id = identifier("Whose fund it is.")
    provider_id = identifier("The provider that holds it.")
    weekly_budget_pence = pence("Weekly personal budget.")
    starts_on = day("The first day it covers.")
    status = fields.String()


class FundFilter(Page):
    """Which funds to list."""

    council_id = identifier(COUNCIL)
    person_id = identifier("Of one person.")
    provider_id = identifier("Held by one provider.")
    status = words("opened, active or closed.", longest=20)


class PlanLine(Schema):
    """One planned cost and the outcome that it serves."""

    line_id = identifier("The line.", required=True)
    outcome_id = identifier("The outcome it helps to reach.", required=True)
    category = words("What kind of spend.", required=True, longest=100)
    weekly_cost_pence = pence("Weekly cost.", required=True, minimum=0)
    payee_id = identifier("Who is to be paid, if known.")


class NewPlan(Asked):
    """The plan as the social worker agrees it (CP 3.2)."""

    lines = fields.List(fields.Nested(PlanLine), required=True, validate=validate.Length(min=1, max=200))
    written_by = identifier("Who wrote it; never the one who agrees it.", required=True)


class NewPayment(Asked):
    """Money that came in (CP 5.4)."""

    amount_pence = pence("Amount.", required=True, minimum=1)
    effective_on = day("The day it came in.", required=True)
    reference = words("The payer's reference.", longest=200)


class NewSpend(Asked):
    """A spend that is asked for."""

    amount_pence = pence("Amount.", required=True, minimum=1)
    effective_on = day("The day it is incurred.", required=True)
    category = words("What kind of spend.", required=True, longest=100)
    outcome_id = identifier("The outcome of the plan that it serves.")
    payee_id = identifier("Who is paid.")
    reference = words("Invoice number or the like.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class Entry(Told):
    """One entry of a fund's book. Never edited; corrected by its reversal."""

    entry_id = identifier("The entry.")
    type = fields.String()
    words = fields.String()
    effective_on = day("The day it counts from.")
    recorded_at = instant("When it was recorded.")
    reference = fields.String()
    clause = fields.String()
    balance_pence = pence("Balance after it.")


class SpendAnswer(Entry):
    """The posted entry of a spend that was allowed. One that was not is a 409 problem that names the clause."""


class EntryPage(Page):
    """Which entries to give, the newest first."""


class Reversal(Asked):
    """Why an entry is reversed."""

    reason = words("Why.", required=True, longest=500)


class Moment(Asked):
    """As of which day, and as known when."""

    as_of = day("The balance at the end of this day; today when left out.")
    known_at = instant("As the book stood then; now when left out.")


class Balance(Told):
    """What is in the fund."""

    fund_id = identifier("The fund.")
    as_of = day("At the end of this day.")
    known_at = instant("As the book stood then.")
    in_hand_pence = pence("Money held.")
    free_pence = pence("Of that, not yet promised.")
    accounts = fields.List(fields.Dict())


class Period(Asked):
    """Which days a statement covers, and in which form to give it."""

    from_on = DayField(data_key="from", metadata={"description": "The first day; the fund's first when left out."})
    to_on = DayField(data_key="to", metadata={"description": "The last day; today when left out."})
    format = one_of("json, csv or html; or say so in Accept.", ("json", "csv", "html"))


class Statement(Told):
    """A balanced statement."""

    fund_id = identifier("The fund.")
    opening_pence = pence("At the beginning of the first day.")
    closing_pence = pence("At the end of the last day.")
    lines = fields.List(fields.Dict())
    accounts = fields.List(fields.Dict())
    made_at = instant("When it was made.")


class Proof(Told):
    """What shows that a book was never altered."""

    fund_id = identifier("The fund.")
    holds = fields.Boolean()


class FundClosing(Asked):
    """Why a fund is closed."""

    reason = words("Why.", longest=500)
