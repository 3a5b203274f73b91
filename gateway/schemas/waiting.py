"""Shapes: the waiting list and the refusals that are kept with the same fields."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Page, Told, day, identifier, words


class Points(Told):
    """What one criterion of the council's policy gives."""

    criterion = fields.String(required=True)
    label = fields.String()
    weight = fields.Integer()
    times = fields.Integer()
    points = fields.Integer()
    clause = fields.String()


class WaitingPlace(Told):
    """Where a referral stands on the waiting list, and why (CE 4.8)."""

    position = fields.Integer(required=True)
    waiting = fields.Integer(required=True, metadata={"description": "How many stand on it."})
    score = fields.Integer()
    points = fields.List(fields.Nested(Points))


class Waiting(Asked):
    """Why a referral waits (CE 4.8)."""

    reason = words("Why the person is on the list.", required=True, longest=200)
    delay_reason = words("Why it takes longer: a code of the council's policy.", longest=100)
    criteria = words("Criteria of the council's policy that you judge to hold.", longest=100, many=True)


class OfCouncil(Page):
    """Of which council."""

    council_id = identifier(COUNCIL, required=True)


class KeptLine(Told):
    """The fields that the clause asks for (CE 4.8); `lacking` names those that nobody has given."""

    id = identifier("The referral.", required=True)
    referral_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    reference = fields.String()
    status = fields.String()
    social_care_number = fields.String()
    born_on = day("Date of birth.")
    gender = fields.String()
    ethnicity = fields.String()
    started_on = day("The day on which the wait began.")
    reason = fields.String(metadata={"description": "Why the person is on the list."})
    client_category = fields.List(fields.String())
    delay_reason = fields.String()
    lacking = fields.List(fields.String())


class WaitingLine(KeptLine):
    """A line of the waiting list."""

    place = fields.Nested(WaitingPlace)


class RefusalLine(KeptLine):
    """A refused referral."""

    refusal = fields.Dict(metadata={"description": "Its reason, its acts, and which of them are `lacking`."})
