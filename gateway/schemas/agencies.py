"""Shapes: care agencies."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, day, identifier, instant, one_of, words

RATINGS = ("outstanding", "good", "requires-improvement", "inadequate", "not-rated")


class NewRating(Asked):
    """What CQC says of an agency."""

    rating = one_of("The overall rating.", RATINGS, required=True)
    rated_on = day("The day of the rating.", required=True)
    source = words("Where it was read.", required=True, longest=200)


class NewAgency(NewRating):
    """A care agency."""

    council_id = identifier(COUNCIL, required=True)
    reference = identifier("CQC's own id of the agency's location.", required=True)
    name = words("The agency's name.", required=True, longest=200)


class AgencySignpost(Asked):
    """An agency that a person is pointed to."""

    agency_id = identifier("The agency.", required=True)


class AgencyFilter(Page):
    """Which agencies to list."""

    barred = fields.Boolean(metadata={"description": "Those that nobody is signposted to; without it, the others."})


class CqcRating(Told):
    """What CQC said on a day, and where that was read."""

    rating = fields.String(metadata={"enum": list(RATINGS)})
    rated_on = day("The day of the rating.")
    source = fields.String()
    recorded_by = identifier("Who recorded it.")
    recorded_at = instant("When.")


class Agency(Resource):
    """A care agency of a council's area."""

    agency_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    reference = identifier("CQC's own id.")
    name = fields.String()
    barred = fields.Boolean(metadata={"description": "Whether nobody may be signposted to it."})
    rating = fields.Nested(CqcRating, metadata={"description": "The rating that counts."})
    ratings = fields.List(fields.Nested(CqcRating), metadata={"description": "Every rating, as recorded."})
    policy = fields.String(metadata={"description": "The version of the pack that says which ratings bar."})
