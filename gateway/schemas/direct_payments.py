"""Shapes: direct payments, from their capacity test on."""

from __future__ import annotations

from marshmallow import Schema, fields

from gateway.schemas import payment_setup as setup
from gateway.schemas.clocks import Clock
from gateway.schemas.common import COUNCIL, Asked, Flag, Page, Resource, Told, day, identifier, instant, one_of, words

KINDS = ("person", "nominee", "authorised_person", "suitable_person")
STATUSES = ("being_set_up", "implementing", "running", "ended")
OUTCOMES = ("open", "met", "not_met")


class Implemented(Asked):
    """A direct payment set up."""

    implemented_on = day("The day it was implemented.", required=True)


class PaymentEnding(Asked):
    """The end of a direct payment."""

    reason = words("Why it ended.", required=True, longest=200)
    ended_on = day("The day it ended.", required=True)


class NewRecipient(Schema):
    """Whom the payment would be made to."""

    kind = one_of("Who they are to the person.", KINDS, required=True)
    party_id = identifier("The person's id, or a reference of who acts for them.", required=True)
    route = words("Without capacity: the route by which they come in, a, b or c (CE 3.2).", longest=20)
    scope = words("What a nominee is responsible for.", longest=200)
    authorised_person_id = identifier("Route b: who is authorised under the Mental Capacity Act and agrees.")
    authorised_agreed_on = day("Route b: the day on which they agreed.")


class NewTest(Asked):
    """A capacity test that begins."""

    has_capacity = Flag(
        required=True, metadata={"description": "Whether the person can decide to ask for a direct payment."}
    )
    recipient = fields.Nested(NewRecipient, required=True)


class FoundCondition(Asked):
    """Whether one condition of the test holds."""

    condition = words("The condition's code, one of those that the test lists.", required=True, longest=200)
    holds = Flag(required=True, metadata={"description": "Whether what it says is so."})
    evidence = words("What shows it.", required=True)
    found_on = day("The day on which it was found.", required=True)


class TestConclusion(Asked):
    """Nothing but that the test is concluded: the outcome follows from the findings."""


class SignedAgreement(Asked):
    """A signed direct payment agreement."""

    signed_by = identifier("Whoever receives the payment.", required=True)
    signed_on = day("The day on which they signed.", required=True)


class PaymentFilter(Page):
    """Which direct payments to list."""

    status = one_of("Those of this status.", STATUSES)
    test_outcome = one_of("Those whose test stands so.", OUTCOMES)
    overdue = fields.Boolean(metadata={"description": "Those with a check past its due instant."})


class Recipient(Told):
    """Whom the payment is, or would be, made to."""

    kind = fields.String(metadata={"enum": list(KINDS)})
    party_id = identifier("Who.")
    route = fields.String(metadata={"description": "Without capacity: a, b or c."})
    scope = fields.String(metadata={"description": "What a nominee is responsible for."})
    authorised_person_id = identifier("Who is authorised and agreed.")
    authorised_agreed_on = day("When they agreed.")


class Finding(Told):
    """Whether a condition holds, and who found so on what evidence."""

    condition = fields.String()
    holds = fields.Boolean()
    evidence = fields.String()
    found_by = identifier("Who found so.")
    found_on = day("On which day.")
    recorded_at = instant("When it was recorded.")


class Condition(Told):
    """A condition of the test, as the council's policy had it when the test began."""

    code = fields.String()
    number = fields.Integer(metadata={"description": "Absent for what bars a payment whoever asks."})
    label = fields.String()
    clause = fields.String()
    bars = fields.Boolean(metadata={"description": "Whether it bars the payment where it holds."})
    state = fields.String(metadata={"enum": ["open", "passed", "failed", "left_out"]})
    left_out_because = fields.String(metadata={"description": "Why it does not bite here."})
    finding = fields.Nested(Finding, metadata={"description": "The finding that counts."})


class CapacityTest(Told):
    """A test of who may receive a direct payment."""

    has_capacity = fields.Boolean()
    recipient = fields.Nested(Recipient)
    conditions = fields.List(fields.Nested(Condition))
    findings = fields.List(fields.Nested(Finding), metadata={"description": "Every finding, in order."})
    policy = fields.String(metadata={"description": "The version of the pack that the conditions come from."})
    outcome = fields.String(metadata={"enum": list(OUTCOMES)})
    words = fields.String(metadata={"description": "How it stands, naming each condition that failed and its clause."})
    begun_by = identifier("Who began it.")
    begun_at = instant("When.")
    concluded_by = identifier("Who concluded it.")
    concluded_at = instant("When.")


class PaymentAgreement(Told):
    """The signed agreement: who is legally responsible, from when and for what."""

    signed_by = identifier("Who signed.")
    signed_on = day("On which day.")
    scope = fields.String(metadata={"description": "For what, where it is not all."})
    recorded_by = identifier("Who recorded it.")
    recorded_at = instant("When it was recorded.")


class DirectPayment(Resource):
    """A referral's direct payment."""

    payment_id = identifier("The same as `id`.")
    referral_id = identifier("Its referral.")
    person_id = identifier("The person whose needs it meets.")
    council_id = identifier(COUNCIL)
    status = fields.String(metadata={"enum": list(STATUSES)})
    test = fields.Nested(CapacityTest, allow_none=True, metadata={"description": "The last test."})
    former_tests = fields.List(fields.Nested(CapacityTest), metadata={"description": "Tests before it."})
    agreement = fields.Nested(PaymentAgreement, allow_none=True)
    employs_personal_assistant = fields.Boolean(allow_none=True)
    checklist = fields.List(fields.Nested(setup.ChecklistItem), metadata={"description": "The set-up checklist."})
    contingency = fields.List(fields.Nested(setup.ContingencyLine))
    start_up = fields.List(fields.Nested(setup.StartUpRequest))
    changes = fields.List(fields.Nested(setup.ChangeTold))
    signposts = fields.List(fields.Nested(setup.SignpostGiven))
    checks = fields.List(fields.Nested(setup.MadeCheck), metadata={"description": "Contacts of its checks."})
    checks_stand = fields.Dict(metadata={"description": "Each check and the state of its clock."})
    issues = fields.List(fields.Nested(setup.CheckIssue))
    implemented_on = day("Since when it runs.")
    council_decision = fields.Boolean(
        metadata={"description": "The council implemented it itself; no test that came out met is in this record."}
    )
    ended_on = day("When it ended.")
    end_reason = fields.String(metadata={"description": "Why it ended."})
    clocks = fields.List(fields.Nested(Clock), metadata={"description": "The clocks of its checks."})
