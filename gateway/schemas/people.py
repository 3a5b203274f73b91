"""Shapes: how people want to be told things."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Reachable,
    Resource,
    identifier,
    one_of,
    words,
)


class NewCommunicationNeeds(Asked, Reachable):
    """How a person wants to be told things."""

    name = words("How to address them.", required=True, longest=200)
    formats = words("Needs such as large print, easy read, BSL (CE 7.1(e)).", longest=100, many=True)


class CommunicationNeeds(Resource):
    """How a person wants to be told things."""

    council_id = identifier(COUNCIL)
    name = fields.String()
    email = fields.String()
    sms = fields.String()
    phone = fields.String()
    letter = fields.String()
    preferred_channel = fields.String(allow_none=True)
    unsafe_channels = fields.List(fields.String())
    formats = fields.List(fields.String())
    communication_needs = fields.List(fields.String())
    language = fields.String()
    font_size_points = fields.Integer()
    feedback_method = fields.String()


class OfCouncil(Asked):
    """Of which council."""

    council_id = identifier(COUNCIL, required=True)


class NewWorkerContact(OfCouncil):
    """How a worker is reached."""

    name = words("How to address them.", required=True, longest=200)
    email = words("Email address.", longest=254)
    sms = words("Mobile number for texts.", longest=30)
    phone = words("Number to call.", longest=30)
    preferred_channel = one_of("The channel they chose.", ("email", "sms", "phone"))


class WorkerContact(Resource):
    """How a worker is reached."""

    council_id = identifier(COUNCIL)
    worker_id = identifier("The worker.")
    name = fields.String()
    email = fields.String()
    sms = fields.String()
    phone = fields.String()
    preferred_channel = fields.String(allow_none=True)
