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
    Told,
    WholeNumber,
    day,
    identifier,
    instant,
    one_of,
    pence,
    words,
)
from gateway.schemas.offers import OfferLine
from gateway.schemas.waiting import WaitingPlace

STATUSES = (
    "incomplete",
    "submitted",
    "waiting",
    "accepted",
    "allocated",
    "offered",
    "provider_chosen",
    "in_support",
    "refused",
    "withdrawn",
    "closed",
)
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
    capital_pence = pence("Savings and assets; tells a self-funder and is not kept (CE Definitions).", minimum=0)
    weekly_income_covers_fees = Flag(metadata={"description": "Whether their income pays their own fees."})
    asks_for_brokerage = Flag(metadata={"description": "False when they ask for information and advice only."})
    has_section_117_aftercare = Flag(metadata={"description": "Aftercare under the Mental Health Act (CP 3.1)."})
    registered_with_local_gp = Flag(metadata={"description": "With a GP of the local integrated care board (CP 3.1)."})
    resident = Flag(metadata={"description": "Whether they live in the council's area (CE 1.1; CP 3.1)."})
    from_childrens_direct_payment = Flag(metadata={"description": "Moving over from a child's payment (CE 1.8)."})
    client_group = words("One of `client_groups`, for callers that know only one.", longest=100)
    client_groups = words("Client groups, any combination (CE 3.2).", longest=100, many=True)
    primary_support_reason = words("The national reason (CE 1.9).", longest=100)
    contact_type = words("What the contact is about (CE 1.9).", longest=100)
    priority_groups = words("Priority and under-represented groups (CE 4.11).", longest=100, many=True)
    care_and_support_plan = words("Reference of the care and support plan (CE 4.3).", longest=200)
    care_act_assessment = words("Reference of the Care Act assessment (CP 6.5).", longest=200)
    mental_capacity_assessment = words("Reference of the assessment, if there is one (CP 6.5).", longest=200)
    weekly_budget_pence = pence("Indicative weekly personal budget.", minimum=0)
    lot = WholeNumber(validate=validate.OneOf((1, 2)), metadata={"description": "ISF lot: 1 or 2 (CP 3.1)."})


class EligibilityCondition(Told):
    """A condition of the council's policy for being served (CE 1.1; CP 3.1)."""

    condition = fields.String(required=True)
    met = fields.Boolean(metadata={"description": "Absent while nobody has said."})
    refusal_reason = fields.String(metadata={"description": "The reason code of a refusal because of it."})


class Refusal(Told):
    """Why a referral was refused and how whoever referred was told (CE 4.3)."""

    reason = fields.String(required=True, metadata={"description": "A reason code of the council's policy."})
    refused_by = identifier("Who refused.")
    refused_at = instant("When.")
    acts = fields.List(fields.String(), metadata={"description": "How it must be told: verbal, written."})
    told_verbally_on = day("When it was told by word of mouth.")
    told_verbally_by = identifier("Who recorded that.")
    written_on = day("When it went out in writing.")
    written_by = identifier("Who recorded that; `notifications` when it was sent from here.")
    written_how = fields.String(metadata={"description": "The channel, or what somebody did by hand."})
    policy = fields.String(metadata={"description": "The version of the council's pack that it was refused under."})


class ProviderWish(Told):
    """What the person wished of their provider (CP 5.3)."""

    wish = fields.String(metadata={"enum": ["change", "end"]})
    reason = fields.String()
    asked_by = identifier("Who asked.")
    asked_at = instant("When.")
    answered_in_round = fields.Integer(metadata={"description": "The round that ended after it."})


class FormerProvider(Told):
    """A provider whose services ended (CP 5.3)."""

    round = fields.Integer(metadata={"description": "Which of the referral's providers, from 1."})
    provider_id = identifier("The provider.")
    ended_on = day("The last day of its services.")
    at_wish_of = fields.String(metadata={"enum": ["person", "council"]})
    reason = fields.String()
    ended_by = identifier("Who ended it.")
    ended_at = instant("When that was recorded.")
    support_began_on = day("When its support had begun, if it had.")
    offers = fields.List(fields.Nested(OfferLine), metadata={"description": "The offers of its round, for staff."})


class WaitingEntry(Told):
    """Since when and why a referral waits (CE 4.8)."""

    started_at = instant("When the wait began.")
    started_on = day("The day on which the wait began.")
    reason = fields.String()
    delay_reason = fields.String(metadata={"description": "A code of the council's policy."})
    criteria = fields.List(fields.String(), metadata={"description": "Criteria that somebody judged to hold."})
    policy = fields.String(metadata={"description": "The version of the council's pack that has them."})


class PossibleDuplicate(Told):
    """Another referral that could be about the same person. Nothing is merged; somebody looks and clears it."""

    duplicate_id = identifier("The flag.", required=True)
    referral_id = identifier("The other referral.")
    person_id = identifier("Whom the other referral is about.")
    because = fields.String(metadata={"enum": ["same-number", "same-details"]})
    found_at = instant("When it was found.")
    outside_contract = fields.Boolean()
    cleared_at = instant("When somebody cleared it.")
    cleared_by = identifier("Who cleared it.")
    cleared_reason = fields.String()


class OverTarget(Told):
    """The number of referrals in the twelve months up to this one is past the council's target (CP Sch I)."""

    number = fields.Integer()
    target = fields.Integer()


class FhirStatus(Told):
    """What the status is in FHIR R4."""

    task = fields.String(required=True, metadata={"description": "Task.status"})
    service_request = fields.String(required=True, metadata={"description": "ServiceRequest.status"})


class Referral(Resource):
    """A referral as it stands."""

    council_id = identifier(COUNCIL)
    referral_id = identifier("The same as `id`.")
    reference = fields.String(metadata={"description": "The council's own reference."})
    person_id = identifier("The person it is about.")
    referrer_id = identifier("Who referred, when it was not the person.")
    source = fields.String()
    urgency = fields.String()
    status = fields.String(metadata={"enum": list(STATUSES)})
    fhir = fields.Nested(FhirStatus)
    received_at = instant("When it was received.")
    seen_at = instant("When somebody first opened it; absent while nobody has.")
    seen_by = identifier("Who opened it first.")
    accepted_at = instant("When it was accepted.")
    component = fields.String()
    in_contract = fields.Boolean(metadata={"description": "False for self-funders' own arrangements (CE 1.1)."})
    self_funder = fields.Boolean(metadata={"description": "Whether they pay for themselves (CE Definitions)."})
    self_funder_because = fields.String(metadata={"enum": ["capital", "income", "means", "declared"]})
    eligibility = fields.List(fields.Nested(EligibilityCondition))
    client_group = fields.String()
    client_groups = fields.List(fields.String())
    primary_support_reason = fields.String()
    contact_type = fields.String()
    priority_groups = fields.List(fields.String())
    from_childrens_direct_payment = fields.Boolean()
    care_act_assessment = fields.String(metadata={"description": "Its reference (CP 6.5)."})
    mental_capacity_assessment = fields.String(metadata={"description": "Its reference (CP 6.5)."})
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
    refusal = fields.Nested(Refusal)
    waiting = fields.Nested(WaitingEntry)
    waiting_place = fields.Nested(WaitingPlace)
    possible_duplicates = fields.List(fields.Nested(PossibleDuplicate))
    more_possible_duplicates = fields.Integer(
        metadata={
            "description": "How many more there were at the last look; the next are flagged as flags are cleared."
        }
    )
    over_target = fields.Nested(OverTarget)
    provider_wishes = fields.List(
        fields.Nested(ProviderWish), metadata={"description": "What the person wished of it."}
    )
    former_providers = fields.List(fields.Nested(FormerProvider), metadata={"description": "Who served them before."})
    offers = fields.List(fields.Nested(OfferLine))
    clocks = fields.List(fields.Nested(Clock))


class ReferralFilter(Page):
    """Which referrals to list."""

    status = words("Such as submitted, accepted, refused, waiting, closed.", longest=40)
    component = words("Such as brokerage.", longest=40)
    council_id = identifier(COUNCIL)
    q = words("A person's social care number, whole, or the beginning of a referral's reference.", longest=100)
    possible_duplicate = fields.Boolean(metadata={"description": "Only those flagged as a possible duplicate."})
    overdue = fields.Boolean(metadata={"description": "Only those with an overdue clock, or only those without."})


class Acceptance(Asked):
    """Who takes the referral on."""

    worker_id = identifier("The designated worker; you when left out.")


class Refused(Asked):
    """Why a referral is refused, and how the referrer was told (CE 4.3)."""

    reason = words("A reason code of the council's policy.", required=True, longest=200)
    told_verbally_on = day("The day on which the referrer was told by word of mouth.")


class RefusalAct(Asked):
    """How whoever referred was told of a refusal, recorded by hand (CE 4.3)."""

    act = one_of("Verbal or written.", ("verbal", "written"), required=True)
    told_on = day("The day.", required=True)
    how = words("How it was put in writing, such as a letter by hand.", longest=200)


class ReferralWithdrawal(Asked):
    """Why a referral is taken back."""

    reason = words("Why.", required=True, longest=200)


class Cleared(Asked):
    """Why a flag is cleared."""

    reason = words("What you found, or what was done.", required=True, longest=200)


class Caseload(Told):
    """How much one designated worker has in hand."""

    worker_id = identifier("The worker.", required=True)
    open_referrals = fields.Integer(required=True)


class FiguresPeriod(Asked):
    """Of which council and which days."""

    council_id = identifier(COUNCIL, required=True)
    first_on = day("The first day.", required=True)
    last_on = day("The last day, which counts too.", required=True)


class Figures(Told):
    """A council's referrals of a period, within the contract."""

    referrals = fields.Integer(required=True)
    accepted = fields.Integer(required=True, metadata={"description": "Of them, ever accepted (CP Sch I)."})
    status = fields.Dict(keys=fields.String(), values=fields.Integer())
    component = fields.Dict(keys=fields.String(), values=fields.Integer())
    refusal_reason = fields.Dict(keys=fields.String(), values=fields.Integer())


class Allocation(Asked):
    """The designated worker (CE 4.3)."""

    worker_id = identifier("The designated worker.", required=True)


class ReferralClosing(Asked):
    """Why a case is closed."""

    reason = words("Why.", required=True, longest=200)
