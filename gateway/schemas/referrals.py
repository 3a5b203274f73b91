"""Shapes of referrals."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gateway.schemas.clocks import Clock
from gateway.schemas.common import (
    COUNCIL,
    Asked,
    Flag,
    Page,
    Reachable,
    Resource,
    WholeNumber,
    day,
    identifier,
    instant,
    one_of,
    pence,
    words,
)
from gateway.schemas.offers import OfferLine

DEPLOYMENTS = ("direct_payment", "managed_account", "individual_service_fund")


class NewPerson(Reachable):
    """The adult who is referred."""

    person_reference = words("The council's social care number.", required=True, longest=100)
    name = words("How to address them.", longest=200)
    born_on = day("Date of birth.")
    gender = words("As they describe it.", longest=100)
    ethnicity = words("As they describe it.", longest=100)
    postcode = words("Of their home.", longest=10)
    formats = words("Needs such as large print, easy read, BSL (CE 7.1(e)).", longest=100, many=True)


class NewReferrer(Schema):
    """Who refers, and how to tell them of a refusal (CE 4.3)."""

    referrer_reference = words("The referrer's reference.", required=True, longest=100)
    name = words("Name.", longest=200)
    email = words("Email address.", longest=254)


class NewReferral(Asked):
    """A referral as it comes in."""

    council_id = identifier(COUNCIL, required=True)
    referral_reference = words("Your own reference of this referral.", required=True, longest=100)
    person = fields.Nested(NewPerson, required=True)
    referrer = fields.Nested(NewReferrer)
    source = one_of("Who refers.", ("adult-social-care", "self", "other"))
    urgency = one_of("How urgent.", ("standard", "urgent", "emergency"))
    deployment = one_of("How the personal budget is to be deployed.", DEPLOYMENTS)
    has_eligible_needs = Flag(metadata={"description": "Whether eligible needs under the Care Act were found."})
    self_funder = Flag(metadata={"description": "Whether they pay for themselves (CE 1.1)."})
    client_group = words("Client group (CE 3.2).", longest=100)
    care_and_support_plan = words("Reference of the care and support plan (CE 4.3).", longest=200)
    weekly_budget_pence = pence("Indicative weekly personal budget.", minimum=0)
    lot = WholeNumber(validate=validate.OneOf((1, 2)), metadata={"description": "ISF lot: 1 or 2 (CP 3.1)."})


class Referral(Resource):
    """A referral as it stands."""

    council_id = identifier(COUNCIL)
    referral_id = identifier("The same as `id`.")
    reference = fields.String(metadata={"description": "The council's own reference."})
    person_id = identifier("The person it is about.")
    referrer_id = identifier("Who referred, when it was not the person.")
    source = fields.String()
    urgency = fields.String()
    status = fields.String()
    received_at = instant("When it was received.")
    component = fields.String()
    client_group = fields.String()
    deployment = fields.String(metadata={"enum": list(DEPLOYMENTS)})
    care_and_support_plan = fields.String(metadata={"description": "Its reference (CE 4.3)."})
    weekly_budget_pence = pence("Indicative weekly personal budget.")
    lot = fields.Integer()
    worker_id = identifier("The designated worker.")
    reason = fields.String(metadata={"description": "Of a refusal, a wait or a closure."})
    told_verbally_on = day("When the referrer was told of a refusal.")
    provider_id = identifier("The provider chosen.")
    implemented_on = day("When the direct payment was implemented.")
    policy = fields.String(
        metadata={"description": "The version of the council's policy pack that it was taken in under."}
    )
    missing = fields.List(fields.String(), metadata={"description": "What the council's policy asks for."})
    possible_steps = fields.List(fields.String(), metadata={"description": "What its status allows now."})
    offers = fields.List(fields.Nested(OfferLine))
    clocks = fields.List(fields.Nested(Clock))


class ReferralFilter(Page):
    """Which referrals to list."""

    status = words("Such as submitted, accepted, refused, waiting, closed.", longest=40)
    component = words("Such as brokerage.", longest=40)
    overdue = fields.Boolean(metadata={"description": "Only those with an overdue clock, or only those without."})


class Acceptance(Asked):
    """Who takes the referral on."""

    worker_id = identifier("The designated worker; you when left out.")


class Refused(Asked):
    """Why a referral is refused, and how the referrer was told (CE 4.3)."""

    reason = words("A reason code of the council's policy.", required=True, longest=200)
    told_verbally_on = day("The day on which the referrer was told by word of mouth.")


class Waiting(Asked):
    """Why a referral waits (CE 4.8)."""

    reason = words("Why the person is on the list.", required=True, longest=200)


class Allocation(Asked):
    """The designated worker (CE 4.3)."""

    worker_id = identifier("The designated worker.", required=True)


class ReferralClosing(Asked):
    """Why a case is closed."""

    reason = words("Why.", required=True, longest=200)
