"""Shapes that records of case work share."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, identifier, instant, words


class CaseAct(Told):
    """Something that somebody did with the record."""

    step = fields.String()
    at = instant("When.")
    by = fields.String(metadata={"description": "Who."})
    note = fields.String(metadata={"description": "Why, for those who read the record."})


class CaseRecord(Resource):
    """What every record of case work has."""

    council_id = identifier(COUNCIL)
    record_id = identifier("The same as `id`.")
    person_id = identifier("The person it is about.")
    referral_id = identifier("The referral it belongs to.")
    provider_id = identifier("The organisation that made it.")
    shown_to_id = identifier("The person who may read it as theirs.")
    outside_contract = fields.Boolean(metadata={"description": "A self-funder's, which the council does not see."})
    recorded_by = fields.String(metadata={"description": "Who made it."})
    recorded_at = instant("When it was made.")
    policy = fields.String(metadata={"description": "The version of the council's policy pack then in force."})


class AboutWhom(Asked):
    """Whom a new record is about: a referral, a person, or neither."""

    council_id = identifier(COUNCIL + " Needed where neither a referral nor a person is named.")
    person_id = identifier("The person it is about.")
    referral_id = identifier("The referral it belongs to.")


class CaseFilter(Page):
    """Which records to list."""

    person_id = identifier("Only those about this person.")
    referral_id = identifier("Only those of this referral.")


class Note(Asked):
    """A note for those who read the record."""

    note = words("Kept in the record, never told on.", longest=2000)
