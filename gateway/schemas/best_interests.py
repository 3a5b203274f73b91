"""Shapes: decisions in somebody's best interests."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.cases import CaseFilter, CaseRecord
from gateway.schemas.common import Asked, Flag, Told, day, identifier, instant, one_of, words

OUTCOMES = ("for", "against")


class NewBestInterests(Asked):
    """A decision that is to be made for somebody without the capacity to make it (CP 5.2)."""

    matter = words("What is to be decided.", required=True, longest=500)
    has_family = Flag(required=True, metadata={"description": "Without family an advocate is involved (CP 5.2)."})
    decision_maker = words("Who decides: a code of the council's policy.", required=True, longest=100)
    decision_maker_name = words("Their name, or that of the court.", required=True, longest=200)
    assessment = words("Reference of the capacity assessment; left out, the referral's.", longest=200)


class NewAdvocate(Asked):
    """Who stands beside the person."""

    advocate_id = identifier("The advocate.", required=True)
    name = words("Their name.", required=True, longest=200)
    organisation = words("Whom they work for.", longest=200)


class NewOutcome(Asked):
    """What came of it."""

    outcome = one_of("For or against what was to be decided.", OUTCOMES, required=True)
    decided_on = day("When it was decided.", required=True)
    reasons = words("What was weighed.", required=True)
    consulted = words("Who was consulted.", required=True)
    doubts = words("Doubts of anybody involved (CP 5.2).")


class DecisionMaker(Told):
    """Who makes the decision."""

    role = fields.String(metadata={"description": "A code of the council's policy."})
    name = fields.String()
    since = instant("Since when.")


class Advocate(Told):
    """Who stands beside the person."""

    advocate_id = identifier("The advocate.")
    name = fields.String()
    organisation = fields.String()
    named_by = identifier("Who named them.")
    named_at = instant("When.")


class Outcome(Told):
    """What was decided."""

    outcome = fields.String(metadata={"enum": list(OUTCOMES)})
    decided_on = day("When.")
    reasons = fields.String()
    consulted = fields.String()
    doubts = fields.String()
    recorded_by = identifier("Who recorded it.")
    recorded_at = instant("When that was.")


class BestInterests(CaseRecord):
    """A best-interest decision."""

    matter = fields.String()
    assessment = fields.String(metadata={"description": "Reference of the capacity assessment."})
    has_family = fields.Boolean()
    decision_maker = fields.Nested(DecisionMaker)
    advocate = fields.Nested(Advocate)
    decided = fields.Nested(Outcome)


class BestInterestsFilter(CaseFilter):
    """Which decisions to list."""
