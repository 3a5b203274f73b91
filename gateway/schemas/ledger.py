"""Shapes of funds, their plan and their book. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, day, identifier, instant, one_of, pence, words
from shared.schemas import DayField, IdField

ENTRY_TYPES = (
    "payment-in",
    "spend",
    "reserve",
    "post-reserved",
    "void-reservation",
    "expire-reservation",
    "allocate",
    "release",
    "moved-out",
    "moved-in",
    "contribution",
    "fee",
    "reversal",
    "return",
    "closing",
)
EVIDENCE = ("card-report", "bank-statement", "invoice", "receipt", "cheque-stub", "other")


class HouseholdMember(Schema):
    """Someone who lives in the person's household and might be paid (CP 6.17(h))."""

    party_id = identifier("Who.", required=True)
    relation = words("What they are to the person.", required=True, longest=100)


class NewFund(Asked):
    """A fund as it is opened."""

    council_id = identifier(COUNCIL, required=True)
    person_id = identifier("Whose fund it is.", required=True)
    provider_id = identifier("The provider that holds it.", required=True)
    weekly_budget_pence = pence("Weekly personal budget.", required=True, minimum=1)
    starts_on = day("The first day it covers.", required=True)
    referral_id = identifier("The referral that it came from.")
    household = fields.List(fields.Nested(HouseholdMember), validate=validate.Length(max=50))
    shared_with = fields.List(
        IdField(), validate=validate.Length(max=50), metadata={"description": "Who else may see it (CP 5.5)."}
    )


class PlanLine(Schema):
    """One planned cost and the outcome that it serves."""

    line_id = identifier("The line.", required=True)
    outcome_id = identifier("The outcome it helps to reach.", required=True)
    category = words("What kind of spend.", required=True, longest=100)
    weekly_cost_pence = pence("Weekly cost.", required=True, minimum=0)
    payee_id = IdField(allow_none=True, metadata={"description": "Who is to be paid, if known."})


class NewPlan(Asked):
    """The plan as the social worker agrees it (CP 3.2)."""

    lines = fields.List(fields.Nested(PlanLine), required=True, validate=validate.Length(min=1, max=200))
    written_by = identifier("Who wrote it; never the one who agrees it.", required=True)


class Plan(Told):
    """The plan in force."""

    written_by = fields.String()
    agreed_by = fields.String()
    agreed_on = day("When it was agreed.")
    weekly_cost_pence = pence("Weekly cost.")
    lines = fields.List(fields.Nested(PlanLine))


class Fund(Resource):
    """A person's fund."""

    council_id = identifier(COUNCIL)
    person_id = identifier("Whose fund it is.")
    provider_id = identifier("The provider that holds it.")
    referral_id = fields.String(allow_none=True)
    weekly_budget_pence = pence("Weekly personal budget.")
    opened_on = day("When it was opened.")
    starts_on = day("The first day it covers.")
    support_ended_on = day("The last day of the provider's services, if the council ended them (CP 5.3).")
    moved_to = fields.String(metadata={"description": "The fund that its money went to, if it moved (CP 5.3)."})
    moved_from = fields.List(fields.String(), metadata={"description": "The funds whose money came into it (CP 5.3)."})
    status = fields.String(metadata={"enum": ["opened", "active", "closed"]})
    policy_version = fields.String()
    plan = fields.Nested(Plan, allow_none=True)


class FundFilter(Page):
    """Which funds to list."""

    council_id = identifier(COUNCIL)
    person_id = identifier("Of one person.")
    provider_id = identifier("Held by one provider.")
    status = words("opened, active or closed.", longest=20)


class NewPayment(Asked):
    """Money that came in (CP 5.4). Left out, the amount is what the council's policy sets for the period."""

    first_on = day("The first day of the weeks that it pays for.")
    effective_on = day("The day it came in.")
    amount_pence = pence("Amount.", minimum=1)
    difference_reason = words("Why the amount is not what policy sets.", longest=500)
    reference = words("The payer's reference.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)


class Days(Schema):
    """Some days, both included."""

    from_on = DayField(data_key="from", required=True)
    to_on = DayField(data_key="to", required=True)


class Agreement(Schema):
    """Somebody's agreement that a clause asks for (CP 6.17(g), (h))."""

    clause = words("The clause.", required=True, longest=50)
    agreed_by = words("Who agreed.", required=True, longest=100)
    agreed_on = day("When.", required=True)
    reference = words("Where it is written.", longest=200)


COUNCIL_ANSWERS = ("cannot", "provides", "sources")
SUPPLIES = ("service", "goods", "equipment")


class SoughtFirst(Schema):
    """What was looked for before the fund was asked to pay (CP 2.3, 2.9)."""

    other_funding = words("What came of looking for other funding, and where that is on record.", longest=200)
    council_route = words("Where the answer of the council's technology-enabled care route is on record.", longest=200)
    council_answer = one_of("Whether the council cannot get it, provides it or sources it.", COUNCIL_ANSWERS)
    council_price_pence = pence("The price at which the council provides or sources it.", minimum=0)


class NewSpend(Asked):
    """A spend that is asked for."""

    amount_pence = pence("Amount.", required=True, minimum=1)
    effective_on = day("The day it is incurred.", required=True)
    category = words("What kind of spend.", required=True, longest=100)
    payee_id = identifier("Who is paid.", required=True)
    supply = one_of("What is bought.", SUPPLIES)
    sought_first = fields.Nested(SoughtFirst, metadata={"description": "Asked of equipment."})
    outcome_id = identifier("The outcome of the plan that it serves.")
    delivered_by = identifier("Who delivers it, if not the payee.")
    period = fields.Nested(Days, metadata={"description": "The days of a short stay (CP 6.17(f))."})
    agreements = fields.List(fields.Nested(Agreement), validate=validate.Length(max=10))
    reference = words("Invoice number or the like.", longest=200)
    evidence = one_of("What proves it (CP 9.5).", EVIDENCE)
    purpose = identifier("Pay it from what is set aside for this outcome; it is the spend's own.")


class Posting(Told):
    """One side of an entry."""

    account = fields.String()
    amount_pence = pence("Positive on one side, negative on the other.")
    side = fields.String(metadata={"enum": ["Dr", "Cr"]})
    balance_after_pence = pence("Of the account.")


class Entry(Told):
    """One entry of a fund's book. Never edited; corrected by its reversal."""

    id = identifier("The entry.", required=True)
    entry_id = identifier("The same as `id`.")
    type = fields.String(metadata={"enum": list(ENTRY_TYPES)})
    words = fields.String()
    effective_on = day("The day it counts from.")
    recorded_at = instant("When it was recorded.")
    actor_id = fields.String()
    amount_pence = pence("Amount.")
    balance_pence = pence("In hand after it.")
    reference = fields.String()
    clause = fields.String()
    reverses = fields.String(allow_none=True)
    imported = fields.Dict(
        allow_none=True, metadata={"description": "From which other system it was imported, and when."}
    )
    resolves = fields.String(allow_none=True, metadata={"description": "The reservation that it ends."})
    expires_on = DayField(allow_none=True, metadata={"description": "The last day a reservation stands."})
    reason = fields.String(metadata={"description": "Of a correction, or of an amount that differs from policy."})
    category = fields.String(allow_none=True)
    payee_id = fields.String(allow_none=True)
    outcome_id = fields.String(allow_none=True)
    period = fields.Nested(Days, allow_none=True)
    evidence = fields.String()
    policy_version = fields.String()
    postings = fields.List(fields.Nested(Posting))


class OneEntry(Entry):
    """An entry by itself; the money in hand after it is the book's to tell."""

    reversed_by = fields.String(allow_none=True, metadata={"description": "The entry that reverses it."})


class Payment(Entry):
    """The payment's entry, and where the year stands against a full year's budget."""

    year = fields.Dict()


class EntryPage(Page):
    """Which entries to give, the newest first."""


class Reversal(Asked):
    """Why an entry is reversed."""

    reason = words("Why.", required=True, longest=500)
    effective_on = day("The day the correction counts from.")


class Moment(Asked):
    """As of which day, and as known when."""

    as_of = day("The balance at the end of this day; today when left out.")
    known_at = instant("As the book stood then; now when left out.")


class AccountLine(Told):
    """One account."""

    account = fields.String()
    words = fields.String()
    opening_pence = pence("At the beginning.")
    movement_pence = pence("What moved.")
    closing_pence = pence("At the end.")
    side = fields.String()


class Balance(Told):
    """What is in the fund."""

    fund_id = identifier("The fund.")
    as_of = day("At the end of this day.")
    known_at = instant("As the book stood then.")
    in_hand_pence = pence("Money held.")
    free_pence = pence("Of that, not yet promised.")
    accounts = fields.List(fields.Nested(AccountLine))


class Period(Asked):
    """Which days a statement covers, and in which form to give it."""

    from_on = DayField(data_key="from", metadata={"description": "The first day; the fund's first when left out."})
    to_on = DayField(data_key="to", metadata={"description": "The last day; today when left out."})
    format = one_of("json, csv, html or pdf; or say so in Accept.", ("json", "csv", "html", "pdf"))


class StatementLine(Told):
    """One entry of a statement."""

    entry_id = identifier("The entry.")
    type = fields.String()
    words = fields.String()
    reverses = fields.String(allow_none=True)
    side = fields.String(metadata={"enum": ["Dr", "Cr"]})
    effective_on = day("The day it counts from.")
    recorded_at = instant("When it was recorded.")
    reference = fields.String()
    clause = fields.String()
    amount_pence = pence("Positive: came in. Negative: went out.")
    balance_pence = pence("In hand after it.")


class Statement(Told):
    """A balanced statement."""

    fund_id = identifier("The fund.")
    council_id = identifier(COUNCIL)
    person_id = identifier("Whose fund it is.")
    provider_id = identifier("The provider that holds it.")
    from_on = DayField(data_key="from", metadata={"description": "The first day."})
    to_on = DayField(data_key="to", metadata={"description": "The last day."})
    opening_pence = pence("In hand at the beginning of the first day.")
    closing_pence = pence("In hand at the end of the last day.")
    lines = fields.List(fields.Nested(StatementLine))
    accounts = fields.List(fields.Nested(AccountLine))
    policy_versions = fields.List(fields.String())
    head = fields.Dict(metadata={"description": "Number and hash of the book's last block."})
    seal = fields.Dict(allow_none=True, metadata={"description": "The last seal over all books, by its root."})
    made_at = instant("When it was made.")


class ProofAsked(Asked):
    """The head of the book that you were told earlier, if the book must still hold it."""

    head_number = fields.Integer(validate=validate.Range(min=1), metadata={"description": "The block's number."})
    head_hash = words("Its hash.", longest=64)


class Proof(Told):
    """What shows that a book was never altered, or where it was."""

    fund_id = identifier("The fund.")
    holds = fields.Boolean(metadata={"description": "Whether every block follows from the one before."})
    in_balance = fields.Boolean()
    blocks = fields.Integer()
    entries = fields.Integer()
    head = fields.Dict()
    findings = fields.List(fields.Dict(), metadata={"description": "Each block that does not hold, and why."})


class FundMove(Asked):
    """Where a fund's money goes: to a fund that is open, or to one opened with a provider."""

    reason = words("Why.", required=True, longest=500)
    to_fund_id = identifier("A fund of the same person that is open.")
    to_provider_id = identifier("The provider to open one with.")
    starts_on = day("The first day that the opened fund covers; today when left out.")


class FundClosing(Asked):
    """Why a fund is closed."""

    reason = words("Why.", longest=500)
