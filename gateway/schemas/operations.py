"""Shapes for operators."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import Asked, Page, Told, one_of, words


class ServiceHealth(Told):
    """One service."""

    name = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": ["ok", "degraded", "away"]})
    service = fields.String()
    store = fields.String()
    broker = fields.String()
    search = fields.String(metadata={"description": "Of the register only."})
    indexed = fields.Integer(metadata={"description": "Entries that search knows, of the register only."})
    outbox_waiting = fields.Integer(metadata={"description": "Events that wait to go out."})
    held = fields.Dict(metadata={"description": "How many messages are set aside, by reason."})


class Health(Told):
    """The platform."""

    status = fields.String(required=True, metadata={"enum": ["ready", "degraded", "away"]})
    services = fields.List(fields.Nested(ServiceHealth), required=True)


class HeldFilter(Page):
    """Which messages to list."""

    reason = one_of("Why they are set aside.", ("retry", "gap", "parked"))


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


class HeldSomewhere(Held):
    """A message set aside, and by which service."""

    service = fields.String(required=True)


class HeldMessage(Held):
    """A message set aside, with its content."""

    envelope = fields.Dict(allow_none=True)
    raw = fields.Dict(allow_none=True)


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
