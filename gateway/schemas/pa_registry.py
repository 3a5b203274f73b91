"""Shapes of the register of personal assistants. Which facets and values there are, the register says."""

from __future__ import annotations

from marshmallow import EXCLUDE, fields, validate

from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Flag,
    Page,
    Reachable,
    Resource,
    Told,
    day,
    identifier,
    instant,
    one_of,
    words,
)

CHECKS = ("dbs", "right-to-work", "references", "identity", "training")
NOT_FACETS = frozenset({"q", "postcode", "radius_miles", "dbs_within_years", "sort", "limit", "after", "council_id"})
MOST_FACETS = 20
RADII_MILES = (2, 5, 10, 20)


class Contact(Reachable):
    """How the personal assistant can be reached; kept apart and shown to nobody here."""

    name = words("How to address them.", required=True, longest=200)
    formats = words("Needs such as large print or easy read.", longest=100, many=True)


class PersonalAssistantFields(Asked):
    """What an entry says."""

    headline = words("One line about them, without their name.", longest=200)
    about = words("What they offer, in their words.")
    facets = fields.Dict(
        keys=fields.String(validate=validate.Length(max=64)),
        values=fields.List(fields.String(validate=validate.Length(max=64)), validate=validate.Length(max=50)),
        metadata={"description": "Values by field group, such as skills, languages, availability."},
    )
    shown = words("The field groups that they agree to show; only these can be searched by.", longest=64, many=True)
    postcode = words("Of their home; search knows the sector only.", longest=10)


class NewPersonalAssistant(PersonalAssistantFields):
    """An entry as it is registered."""

    council_id = identifier(COUNCIL, required=True)
    contact = fields.Nested(Contact, required=True)


class Amendment(PersonalAssistantFields):
    """What is to change; what is left out stays as it is."""

    contact = fields.Nested(Contact)


class CheckMade(Told):
    """A check that was made; where its evidence is kept is for the support service alone."""

    check = fields.String()
    checked_on = day("The day it was made.")
    expires_on = day("The day it runs out, if it does.")
    level = fields.String()
    workforce = fields.String()
    update_service = fields.Boolean()
    reference = fields.String(metadata={"description": "Where the evidence is kept."})
    recorded_by = fields.String()
    recorded_at = instant("When.")


class PersonalAssistant(Resource):
    """An entry in the register, as far as the caller may see it."""

    council_id = identifier(COUNCIL)
    status = fields.String()
    name = fields.String(metadata={"description": "Only if they agreed to show it."})
    headline = fields.String()
    about = fields.String()
    facets = fields.Dict(metadata={"description": "Values by field group."})
    checks = fields.List(fields.Nested(CheckMade))
    shown = fields.List(fields.String(), metadata={"description": "What they agreed to show."})
    postcode = fields.String(allow_none=True)
    registered_at = instant("When.")
    updated_at = instant("When.")
    published_under = fields.String(allow_none=True, metadata={"description": "The policy pack's version."})
    withdrawn_because = fields.String(allow_none=True)
    possible_steps = fields.List(fields.String())


class PersonalAssistantFilter(Page):
    """Which entries to list."""

    council_id = identifier(COUNCIL)
    status = words("Such as registered, published, suspended, withdrawn.", longest=40)


class NewCheck(Asked):
    """A check that was made (CE 3.2 "Employing a PA"). Never the content of a certificate."""

    check = one_of("Which.", CHECKS, required=True)
    checked_on = day("The day it was made.", required=True)
    expires_on = day("The day it runs out, if it does.")
    level = words("Of a DBS check, such as enhanced.", longest=100)
    workforce = words("Of a DBS check, such as adult.", longest=40)
    update_service = Flag(metadata={"description": "Whether they consent to checks by the DBS Update Service."})
    reference = words("Where the evidence is kept.", longest=200)


class Search(Page):
    """What to look for. Any other parameter is a facet and may be repeated: `skills=hoisting&skills=tube-feeding`."""

    class Meta:
        unknown = EXCLUDE

    council_id = identifier(COUNCIL)
    q = words("Words to look for.", longest=200)
    postcode = words("Look around this postcode.", longest=10)
    radius_miles = fields.Integer(
        validate=validate.OneOf(RADII_MILES), metadata={"description": "How far around, in miles."}
    )
    dbs_within_years = fields.Integer(
        validate=validate.OneOf((1, 2, 3)), metadata={"description": "DBS check made within so many years."}
    )
    sort = one_of("In which order.", ("relevance", "distance", "recent"))


class Hit(Told):
    """A personal assistant found, and why."""

    id = identifier("The entry.", required=True)
    headline = fields.String()
    within_miles = fields.Integer(allow_none=True, metadata={"description": "The smallest radius that reaches them."})
    reasons = fields.List(fields.Dict())


class Found(Told):
    """A page of hits and the count of every facet value."""

    items = fields.List(fields.Nested(Hit), required=True)
    total = fields.Integer()
    facets = fields.Dict(metadata={"description": "By facet and value, how many."})
    next = fields.String(required=True, allow_none=True)


class SummaryChoice(Asked):
    """One facet choice at a time."""

    council_id = identifier(COUNCIL)
    facet = words("Which facet to narrow by.", longest=64)
    value = words("Which of its values.", longest=64)


class Summary(Told):
    """Counts rounded down to fives, and no list."""

    total = fields.Integer()
    facets = fields.Dict()


class Withdrawal(Asked):
    """Why an entry is taken out of search."""

    reason = words("Why.", longest=500)
