"""Shapes of concerns and alerts."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import COUNCIL, Asked, Flag, Page, Resource, Told, identifier, instant, one_of, words

CATEGORIES = (
    "physical",
    "domestic",
    "sexual",
    "sexual-exploitation",
    "psychological",
    "financial",
    "modern-slavery",
    "discriminatory",
    "organisational",
    "neglect",
    "self-neglect",
    "radicalisation",
)
ALLEGED_KINDS = ("personal_assistant", "provider", "staff", "relative", "other")
DECISIONS = ("council-enquires", "provider-caused-to-enquire", "no-enquiry")


class NewConcern(Asked):
    """A concern as it is raised (CE 7.9)."""

    council_id = identifier(COUNCIL, required=True)
    person_id = identifier("The adult who may be at risk.", required=True)
    categories = fields.List(
        one_of("A kind of abuse or neglect.", CATEGORIES), required=True, validate=validate.Length(min=1, max=12)
    )
    description = words("What was seen or said.", required=True)
    alleged_kind = one_of("What the person alleged to be responsible is.", ALLEGED_KINDS)
    alleged_id = identifier("The person alleged to be responsible, if known here.")
    urgent = Flag(metadata={"description": "Whether someone may be harmed now."})
    consent_sought = Flag(metadata={"description": "Whether the person was asked."})
    consent_not_sought_reason = words("Why asking would raise the risk.", longest=1000)
    wishes = words("What the person wishes.", longest=1000)


class Receipt(Resource):
    """What the one who raised a concern gets back: no more than that it was taken."""

    council_id = identifier(COUNCIL)


class Alleged(Told):
    """Who is alleged to be responsible."""

    kind = fields.String()
    party_id = fields.String()


class Consent(Told):
    """Whether the person was asked, and what they wish."""

    sought = fields.Boolean()
    not_sought_reason = fields.String()
    wishes = fields.String()


class Alert(Resource):
    """An alert to the safeguarding team."""

    alert_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    concern_id = identifier("The concern.")
    escalated_at = instant("When it had waited too long.")
    priority = fields.String(metadata={"enum": ["urgent", "normal"]})
    raised_at = instant("When.")
    due_at = instant("By when someone should have it in hand.")
    open = fields.Boolean(metadata={"description": "Nobody has it in hand."})
    acknowledged_at = instant("When someone took it in hand.")
    acknowledged_by = fields.String()


class Judgement(Told):
    """What someone decided, why, and when."""

    decision = fields.String()
    reason = fields.String()
    decided_by = fields.String()
    decided_at = instant("When.")


class Concluded(Told):
    """How a concern ended."""

    outcome = fields.String()
    restriction_lifted = fields.Boolean()
    concluded_by = fields.String()
    concluded_at = instant("When.")


class AlertOfConcern(Told):
    """A concern's alert."""

    alert_id = identifier("The alert.")
    priority = fields.String(metadata={"enum": ["urgent", "normal"]})
    raised_at = instant("When.")
    due_at = instant("By when someone should have it in hand.")
    open = fields.Boolean(metadata={"description": "Nobody has it in hand."})
    acknowledged_at = instant("When someone took it in hand.")
    acknowledged_by = fields.String()
    escalated_at = instant("When it had waited too long.")


class Concern(Resource):
    """A concern as it stands."""

    concern_id = identifier("The same as `id`.")
    alert = fields.Nested(AlertOfConcern)
    triage = fields.Nested(Judgement)
    section_42 = fields.List(fields.Nested(Judgement))
    conclusion = fields.Nested(Concluded)
    council_id = identifier(COUNCIL)
    person_id = identifier("The adult who may be at risk.")
    categories = fields.List(fields.String())
    ce_groups = fields.List(fields.String(), metadata={"description": "The same in CE 7.9's groups."})
    care_act_types = fields.List(fields.String(), metadata={"description": "The same in the Care Act's types."})
    description = fields.String()
    alleged = fields.Nested(Alleged)
    consent = fields.Nested(Consent)
    raised_by = fields.String()
    raised_at = instant("When.")
    state = fields.String()
    possible_steps = fields.List(fields.String())


class ConcernFilter(Page):
    """Which concerns to list."""

    council_id = identifier(COUNCIL)
    state = words("Such as raised, triaged, concluded.", longest=40)


class Triage(Asked):
    """Whether procedures apply."""

    procedures_apply = Flag(required=True)
    reason = words("Why.", required=True, longest=1000)


class Section42(Asked):
    """The council's decision."""

    decision = one_of("Who enquires, if anyone.", DECISIONS, required=True)
    reason = words("Why.", required=True, longest=1000)


class Conclusion(Asked):
    """How it ended."""

    outcome = words("What was found.", required=True, longest=100)
    restriction_lifted = Flag(metadata={"description": "Whether those alleged may work again."})


class AlertFilter(Page):
    """Which alerts to list."""

    council_id = identifier(COUNCIL)
    open = fields.Boolean(metadata={"description": "Only those that nobody has acknowledged."})


class Acknowledgement(Asked):
    """Nothing more is needed than who you are."""
