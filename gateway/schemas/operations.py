"""Shapes for operators."""

from __future__ import annotations

from marshmallow import fields, validate

from gateway.schemas.common import Asked, Page, Told, one_of, words

LONGEST_SECONDS = 10**9


class Alarm(Told):
    """Something that operators must look at."""

    alarm = fields.String(
        required=True, metadata={"description": "For programs: held-too-long, due-work-late, process-unfinished."}
    )
    detail = fields.String(required=True)


class ServiceHealth(Told):
    """One service."""

    name = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["ok", "degraded", "away"]})
    service = fields.String()
    store = fields.String()
    broker = fields.String()
    shards = fields.List(
        fields.Integer(),
        metadata={
            "description": "The shards of its queues that the replica which answers is to read; they share all sixteen."
        },
    )
    search = fields.String(metadata={"description": "Of the register only."})
    indexed = fields.Integer(metadata={"description": "Entries that search knows, of the register only."})
    outbox_waiting = fields.Integer(metadata={"description": "Events that wait to go out."})
    outbox_oldest_seconds = fields.Float(
        metadata={
            "description": "For how long the oldest of them has waited; too long, and no further commands are taken."
        }
    )
    held = fields.Dict(metadata={"description": "How many messages are set aside, by reason."})
    held_oldest_seconds = fields.Integer(
        allow_none=True, metadata={"description": "How long the oldest of them has been."}
    )
    alarms = fields.List(fields.Nested(Alarm), metadata={"description": "What operators must look at."})


class Health(Told):
    """The platform."""

    status = fields.String(required=True, metadata={"enum": ["ready", "degraded", "away"]})
    services = fields.List(fields.Nested(ServiceHealth), required=True)


class HeldFilter(Page):
    """Which messages to list."""

    reason = one_of("Why they are set aside.", ("retry", "gap", "parked"))
    type = words("Their event type, such as referral.accepted.", longest=100)
    stream_key = words("Their record, such as referral:ref-1.", longest=300)
    older_than = fields.Integer(
        validate=validate.Range(min=0, max=LONGEST_SECONDS),
        metadata={"description": "Only those set aside for this many seconds."},
    )
    state = one_of("Those set aside (unless asked otherwise), or those given up.", ("held", "discarded"))


class Held(Told):
    """A message set aside, without its content."""

    id = fields.String(required=True)
    reason = fields.String(required=True)
    detail = fields.String()
    type = fields.String(allow_none=True)
    stream_key = fields.String(allow_none=True)
    sequence = fields.Integer(allow_none=True)
    attempts = fields.Integer()
    held_at = fields.String()
    due_at = fields.String(allow_none=True)
    state = fields.String(metadata={"enum": ["held", "settled", "discarded"]})
    edits = fields.Integer(metadata={"description": "How often it was edited."})
    ended_at = fields.String(allow_none=True)
    ended_by = fields.String(allow_none=True, metadata={"description": "Who gave it up."})


class HeldSomewhere(Held):
    """A message set aside, and by which service."""

    service = fields.String(required=True)


class HeldMessage(Held):
    """A message set aside, with its content."""

    envelope = fields.Dict(allow_none=True)
    raw = fields.Dict(allow_none=True)
    originals = fields.List(
        fields.Dict(),
        metadata={"description": "What stood here before it was edited, each with who replaced it and why."},
    )


class Edit(Asked):
    """Other data for a message that can't be applied as it is."""

    data = fields.Dict(
        required=True, metadata={"description": "The event's whole data; its type's schema must take it."}
    )
    reason = words("Why.", required=True, longest=500)


class ReplayAll(Asked):
    """Which messages to try again: those of a record, those of a type, or both."""

    stream_key = words("Their record, such as referral:ref-1.", longest=300)
    type = words("Their event type.", longest=100)


class MadeDue(Told):
    """How many messages the service tries again with its next sweep."""

    made_due = fields.Integer(required=True)


class Discard(Asked):
    """Why a message is given up."""

    reason = words("Why.", required=True, longest=500)


class Replayed(Told):
    """What came of trying again."""

    id = fields.String(required=True)
    settled = fields.Boolean(required=True)


class Discarded(Told):
    """The message was given up."""

    id = fields.String(required=True)
    discarded = fields.Boolean(required=True)
