"""Shapes of messages, visits, onward referrals and problems with resources."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.cases import AboutWhom, CaseAct, CaseFilter, CaseRecord
from gateway.schemas.clocks import Clock
from gateway.schemas.common import Asked, Flag, Told, identifier, instant, one_of, words

CHANNELS = ("phone", "email", "other")
OUTCOMES = ("taken-up", "declined", "not-reached")
MESSAGE_STATUSES = ("open", "answered")
VISIT_STATUSES = ("planned", "confirmed", "returned", "cancelled")
PROBLEM_STATUSES = ("logged", "shared", "resolved")


class NewMessage(AboutWhom):
    """A message that somebody left."""

    channel = one_of("How.", CHANNELS, required=True)
    text = words("What they said.", required=True)
    left_by = words("Who, and how to call them back.", longest=200)
    left_at = instant("When; now when left out.")


class Message(CaseRecord):
    """A message and its answer."""

    channel = fields.String(metadata={"enum": list(CHANNELS)})
    left_at = instant("When it was left.")
    left_by = fields.String()
    text = fields.String()
    status = fields.String(metadata={"enum": list(MESSAGE_STATUSES)})
    acts = fields.List(fields.Nested(CaseAct), metadata={"description": "Attempts, and the answer."})
    clocks = fields.List(fields.Nested(Clock))


class MessageFilter(CaseFilter):
    """Which messages to list."""

    status = one_of("Only those.", MESSAGE_STATUSES)
    channel = one_of("Only those.", CHANNELS)


class NewVisit(AboutWhom):
    """A visit or meeting."""

    kind = words("A code of the council's policy, such as home-visit.", required=True, longest=60)
    off_premises = Flag(required=True, metadata={"description": "Whether the worker leaves the provider's premises."})
    worker_id = identifier("Who goes.", required=True)
    joint_with_id = identifier("The social worker or assessor who comes along; a joint visit needs one (CE 4.3).")
    place = words("Where.", longest=300)
    starts_at = instant("From when.", required=True)
    ends_at = instant("Until when.", required=True)


class NewPathway(Asked):
    """What was agreed before a visit off premises (CE 3.3, 7.7)."""

    safeguarding = words("What was agreed on safeguarding.", required=True, longest=2000)
    lone_working = words("What was agreed on lone working.", required=True, longest=2000)
    contact_id = identifier("Who looks for the worker if they are not back.", required=True)


class Pathway(Told):
    """The pathway of a visit off premises."""

    safeguarding = fields.String()
    lone_working = fields.String()
    contact_id = identifier("Who looks for the worker.")
    recorded_by = fields.String()
    recorded_at = instant("When.")


class Visit(CaseRecord):
    """A visit."""

    kind = fields.String()
    off_premises = fields.Boolean()
    worker_id = identifier("Who goes.")
    joint_with_id = identifier("Who comes along.")
    place = fields.String()
    starts_at = instant("From when.")
    ends_at = instant("Until when.")
    status = fields.String(metadata={"enum": list(VISIT_STATUSES)})
    pathway = fields.Nested(Pathway)
    alarm_at = instant("When the worker is looked for, if they are not back.")
    alarmed_at = instant("When they were looked for.")
    returned_at = instant("When they were back.")
    acts = fields.List(fields.Nested(CaseAct))


class VisitFilter(CaseFilter):
    """Which visits to list."""

    status = one_of("Only those.", VISIT_STATUSES)
    worker_id = identifier("Only this worker's.")


class NewOnward(AboutWhom):
    """Where a person is referred on to, and why."""

    kind = words("A code of the council's policy.", required=True, longest=60)
    to = words("Whom to.", required=True, longest=200)
    reason = words("Why.", required=True, longest=2000)
    consented = Flag(required=True, metadata={"description": "Whether the person agreed."})
    without_consent_because = words("Why it is done without their consent.", longest=1000)


class OnwardReferral(CaseRecord):
    """A person referred on."""

    kind = fields.String()
    to = fields.String()
    reason = fields.String()
    consented = fields.Boolean()
    without_consent_because = fields.String()
    outcome = fields.String(metadata={"enum": list(OUTCOMES)})
    acts = fields.List(fields.Nested(CaseAct))


class OnwardFilter(CaseFilter):
    """Which onward referrals to list."""

    kind = words("Only of this kind.", longest=60)
    outcome = one_of("Only those.", OUTCOMES)


class OnwardOutcome(Asked):
    """What became of an onward referral."""

    outcome = one_of("What.", OUTCOMES, required=True)
    note = words("For those who read the record.", longest=2000)


class NewProblem(AboutWhom):
    """A resource that could not be had (CP 6.8)."""

    kind = words("A code of the council's policy, such as equipment.", required=True, longest=60)
    happened_at = instant("Day and time.", required=True)
    names = words("Those who were spoken to.", longest=200, many=True)
    text = words("What happened.", required=True)


class ResourceProblem(CaseRecord):
    """An entry of the log."""

    kind = fields.String()
    happened_at = instant("Day and time.")
    names = fields.List(fields.String())
    text = fields.String()
    status = fields.String(metadata={"enum": list(PROBLEM_STATUSES)})
    acts = fields.List(fields.Nested(CaseAct))


class ProblemFilter(CaseFilter):
    """Which entries to list."""

    kind = words("Only of this kind.", longest=60)
    status = one_of("Only those.", PROBLEM_STATUSES)
