"""Shapes: what is due for a fund, variations, crises and notices. Amounts are whole pence."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.clocks import Clock
from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, WholeNumber, day, identifier, instant, one_of
from gateway.schemas.common import pence as pence_of
from gateway.schemas.common import words as text
from gateway.schemas.fund_life import HighLevelOutcome
from gateway.schemas.ledger import PlanLine
from shared.schemas import InstantField

DUTIES = ("payment", "contribution-invoice", "annual-summary", "monthly-data")
NOTICES = ("needs-decreased", "finances-changed")


class DutyMet(Asked):
    """That something was done this time."""

    met_on = day("The day; today when left out.")
    reference = text("A document's number.", longest=200)


class DutyDue(Told):
    """One duty, and the clock of the time that is due next."""

    duty = fields.String(metadata={"enum": list(DUTIES)})
    clocks = fields.List(fields.Nested(Clock))


class FundDuties(Resource):
    """What is due for a fund again and again."""

    fund_id = identifier("The fund.")
    council_id = identifier(COUNCIL)
    ended = fields.Boolean(metadata={"description": "The fund is closed, and nothing is due any more."})
    due = fields.List(fields.Nested(DutyDue))
    met = fields.List(fields.Dict(), metadata={"description": "Every time that a duty was met."})


class SupportItem(Schema):
    """One part of the breakdown (CP 4.1)."""

    activity = text("The activity.", required=True, longest=200)
    tasks = text("The tasks.", required=True, longest=1000)
    weekly_cost_pence = pence_of("What it costs a week.", required=True, minimum=0)


class NewVariation(Asked):
    """A change that is asked for in writing (CP 4.1). What stays as it is is left out."""

    weekly_budget_pence = pence_of("The weekly budget asked for.", minimum=1)
    lines = fields.List(fields.Nested(PlanLine), validate=validate.Length(max=200))
    outcomes = fields.List(fields.Nested(HighLevelOutcome), validate=validate.Length(max=50))
    breakdown = fields.List(
        fields.Nested(SupportItem),
        validate=validate.Length(max=50),
        metadata={"description": "Of the additional support; adds up to the increase."},
    )
    evidence = text("The documents that support the request.", longest=200, many=True)
    other_costs = text("Other cost implications.", longest=1000)


class NewCrisis(Asked):
    """Care that was adjusted in a crisis (CP 4.3)."""

    adjusted_at = instant("When.", required=True)
    what = text("What was done.", required=True, longest=2000)


class Contacted(Asked):
    """That the Social Care Representative was contacted."""

    how = text("How, and whom.", required=True, longest=200)


class VariationRuling(Asked):
    """What the council decided (CP 4.2)."""

    approved = fields.Boolean(required=True, truthy={True}, falsy={False})
    reason = text("Why.", required=True, longest=1000)
    from_on = day("From which day it counts: today, or back to the crisis that it follows.")


class AskedVariation(Told):
    """The written request."""

    by = fields.String()
    at = instant("When.")
    weekly_budget_pence = WholeNumber(allow_none=True)
    lines = fields.List(fields.Nested(PlanLine))
    outcomes = fields.List(fields.Nested(HighLevelOutcome))
    breakdown = fields.List(fields.Nested(SupportItem))
    evidence = fields.List(fields.String())
    other_costs = fields.String()


class Variation(Resource):
    """A change of budget, support or outcomes."""

    council_id = identifier(COUNCIL)
    fund_id = identifier("The fund.")
    person_id = identifier("Whose fund it is.")
    provider_id = identifier("The provider that holds it.")
    state = fields.String(metadata={"enum": ["crisis", "requested", "approved", "refused", "withdrawn"]})
    opened_at = instant("When.")
    asked = fields.Nested(AskedVariation, allow_none=True)
    crisis = fields.Dict(
        allow_none=True, metadata={"description": "What was done in a crisis, and when the council was told."}
    )
    ruling = fields.Dict(
        allow_none=True, metadata={"description": "What the council decided, who, when, why, from which day."}
    )
    clocks = fields.List(fields.Nested(Clock))


class NewNotice(Asked):
    """Something that the council must be told of (CP 4.4, 4.5)."""

    kind = one_of("What.", NOTICES, required=True)
    noticed_at = instant("When it was noticed; now when left out.")
    details = text("What changed.", required=True, longest=2000)


class NoticeGiven(Asked):
    """That the council was told."""

    to = text("Whom, and how.", required=True, longest=200)


class Notice(Resource):
    """A notice that the provider owes the council."""

    council_id = identifier(COUNCIL)
    fund_id = identifier("The fund.")
    kind = fields.String(metadata={"enum": list(NOTICES)})
    clause = fields.String()
    noticed_at = instant("When it was noticed.")
    noticed_by = fields.String()
    details = fields.String()
    given_at = InstantField(allow_none=True, metadata={"description": "When the council was told."})
    given_by = fields.String()
    given_to = fields.String()
    clocks = fields.List(fields.Nested(Clock))


class ListPage(Page):
    """Which part of a list to give."""
