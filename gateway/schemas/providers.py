"""Shapes: providers of a council's framework, and who is left out of offers."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, day, identifier, instant, words


class ProviderFilter(Page):
    """Which providers to list."""

    council_id = identifier(COUNCIL)


class Exclusion(Told):
    """A provider is left out of offers while it is monitored (CP 6.2)."""

    exclusion_id = identifier("The exclusion.", required=True)
    reason = fields.String(metadata={"description": "A reason code of the council's policy."})
    author_id = identifier("Who decided.")
    since_at = instant("From when.")
    until_on = day("The last day.")
    ended_at = instant("When somebody ended it before its day.")
    ended_by = identifier("Who ended it.")
    ended_reason = fields.String()
    policy = fields.String(metadata={"description": "The version of the council's pack that has its reason."})


class FrameworkProvider(Resource):
    """A provider on a council's framework."""

    council_id = identifier(COUNCIL)
    provider_id = identifier("The same as `id`.")
    reference = fields.String()
    name = fields.String()
    lots = fields.List(fields.Integer())
    taking_referrals = fields.Boolean()
    is_excluded = fields.Boolean(metadata={"description": "Whether offers leave it out today."})
    exclusions = fields.List(fields.Nested(Exclusion))


class NewExclusion(Asked):
    """Why and until when a provider is left out."""

    reason = words("A reason code of the council's policy.", required=True, longest=100)
    until_on = day("The last day.", required=True)


class Readmission(Asked):
    """Why an exclusion ends before its day."""

    reason = words("Why.", required=True, longest=200)
