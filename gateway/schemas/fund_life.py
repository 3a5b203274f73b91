"""Shapes: a fund's life around its money. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.common import Asked, Resource, Told, WholeNumber, day, identifier, instant, one_of, pence, words
from gateway.schemas.ledger import PlanLine
from shared.schemas import DayField, IdField

LOTS = ("lot-1", "lot-2")
ENTITLEMENTS = ("care-act", "section-117")
WAYS = ("isf", "direct-payment", "council-managed")
BASES = ("declared", "average")
UNITS = ("hour", "day", "session", "week")
CAPACITIES = ("person", "nominee", "circle", "advocate")
FORMATS = ("written", "easy-read", "large-print", "audio", "video", "pictorial", "translated", "spoken", "other")


class HighLevelOutcome(Schema):
    """An outcome that the council set (CP 3.2.1)."""

    outcome_id = identifier("The outcome; the plan's lines name it.", required=True)
    words = words("The outcome in words.", required=True, longest=500)


class Deployment(Schema):
    """How much of the personal budget goes which way (CP 1.3)."""

    way = one_of("Which way.", WAYS, required=True)
    weekly_pence = pence("A week.", required=True, minimum=0)


class RateAsked(Schema):
    """So much of a service model a week, by a declared or an average rate (CP 3.4)."""

    service_model = words("A code of the council's policy, such as home-care.", required=True, longest=100)
    basis = one_of("declared: give the rate. average: the council's own.", BASES, required=True)
    unit = one_of("What the rate is for.", UNITS, required=True)
    hundredths = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(min=1, max=100_000),
        metadata={"description": "Hundredths of the unit a week: 1050 are ten and a half."},
    )
    rate_pence = pence("The declared rate.", minimum=1)
    declared_in = words("Where it was declared.", longest=200)


def _parts(of: type[Schema], about: str) -> fields.List[dict[str, object]]:
    return fields.List(fields.Nested(of), validate=validate.Length(min=1, max=50), metadata={"description": about})


class FundArrangement(Asked):
    """What the council sets out. What is left out stays as it is."""

    lot = one_of("The provider's Lot (CP 3.1).", LOTS)
    entitlement = one_of("By which right the person is served (CP 3.1).", ENTITLEMENTS)
    voucher_code = words("For the planning software (CP 5.5).", longest=100)
    outcomes = _parts(HighLevelOutcome, "The high-level outcomes.")
    deployment = _parts(Deployment, "The whole personal budget; its `isf` part is the fund's weekly budget.")
    budget_lines = _parts(RateAsked, "How the fund's weekly budget was reckoned.")


class NewDraft(Asked):
    """A draft of the plan, written by whoever sends it."""

    lines = fields.List(fields.Nested(PlanLine), required=True, validate=validate.Length(min=1, max=200))


class Signature(Schema):
    """One signature under one item."""

    item = words("The item, such as 6.6.1.", required=True, longest=20)
    version = fields.Integer(
        strict=True,
        validate=validate.Range(min=1),
        metadata={
            "description": "Of the information: the present one, or the next when it has changed. 1 when left out."
        },
    )
    format = one_of("How the information was given.", FORMATS, required=True)
    signed_by = identifier("Who signed.", required=True)
    capacity = one_of("As whom.", CAPACITIES, required=True)
    signed_on = day("When.", required=True)
    reference = words("Where the signature is.", longest=200)


class SignOffs(Asked):
    """What was signed off by the person and their circle of support (CP 6.6)."""

    items = fields.List(fields.Nested(Signature), required=True, validate=validate.Length(min=1, max=50))
    no_circle_reason = words("Why nobody of a circle signs, where there is none.", longest=200)


class PathNote(Schema):
    """One thing that a step holds."""

    by_on = DayField(allow_none=True, metadata={"description": "By when; within the step's months, where it has any."})
    who = words("Who helps.", longest=100)
    words = words("In the person's own words.", required=True, longest=1000)


class PathStep(Schema):
    """One step of a PATH."""

    number = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=20))
    notes = fields.List(fields.Nested(PathNote), required=True, validate=validate.Length(min=1, max=50))


class NewPath(Asked):
    """A PATH, in order, as far as it has come (CP 6.14)."""

    drawn_on = day("The day it was drawn.", required=True)
    steps = fields.List(fields.Nested(PathStep), required=True, validate=validate.Length(min=1, max=20))


class NewWorkingAgreement(Asked):
    """The written agreement between broker and person (CP Sch V)."""

    agreed_on = day("When.", required=True)
    agreed_with = fields.List(IdField(), required=True, validate=validate.Length(min=1, max=20))
    reference = words("Where it is written.", required=True, longest=200)
    statements = words("Which of the policy's broker statements it was checked against.", longest=100, many=True)


class PlanStart(Asked):
    """The first day of support under the agreed plan."""

    started_on = day("The day, not before the plan was agreed.", required=True)


class FundStep(Told):
    """One of the seven steps."""

    number = fields.Integer()
    code = fields.String()
    words = fields.String()
    clause = fields.String()
    by = fields.String()
    done_on = DayField(allow_none=True)


class BudgetLine(Told):
    """One line of the budget by rate."""

    service_model = fields.String()
    basis = fields.String()
    unit = fields.String()
    hundredths = fields.Integer()
    rate_pence = pence("The rate.")
    weekly_pence = pence("What it comes to a week.")
    declared_in = fields.String()
    policy_version = fields.String()


class Draft(Told):
    """A draft of the plan."""

    draft = fields.Integer()
    written_by = fields.String()
    written_at = instant("When.")
    agreed = fields.Boolean(metadata={"description": "Whether it is the plan in force."})
    weekly_cost_pence = pence("A week.")
    lines = fields.List(fields.Nested(PlanLine))


class FundLife(Resource):
    """A fund's seven steps, and what stands around its money."""

    fund_id = identifier("The fund.")
    status = fields.String()
    steps = fields.List(fields.Nested(FundStep))
    next_step = fields.String(allow_none=True)
    lot = fields.String(allow_none=True)
    entitlement = fields.String(allow_none=True)
    voucher_code = fields.String()
    outcomes = fields.List(fields.Nested(HighLevelOutcome))
    deployment = fields.List(fields.Nested(Deployment))
    personal_budget_pence = WholeNumber(allow_none=True)
    budget_lines = fields.List(fields.Nested(BudgetLine))
    drafts = fields.List(fields.Nested(Draft))
    sign_offs = fields.Dict(
        metadata={"description": "How many of the items are signed off, each item, each signature."}
    )
    path = fields.Dict(
        allow_none=True, metadata={"description": "The latest PATH, and which of its steps are missing."}
    )
    working_agreement = fields.Dict(allow_none=True)
    started_on = DayField(allow_none=True)
    reviews = fields.List(fields.Dict())


class OutcomeMoney(Told):
    """What went to one outcome. Without an id: what names no outcome."""

    outcome_id = fields.String(allow_none=True)
    words = fields.String()
    in_plan = fields.Boolean()
    weekly_planned_pence = pence("Planned a week.")
    spent_pence = pence("Spent so far.")
    entry_ids = fields.List(fields.String(), metadata={"description": "The entries."})


class FundOutcomes(Told):
    """Each pound that was spent, by the outcome it served."""

    fund_id = identifier("The fund.")
    spent_pence = pence("Spent in all: the sum of the parts.")
    outcomes = fields.List(fields.Nested(OutcomeMoney))
