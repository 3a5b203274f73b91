"""Shapes of notifications."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Page, Resource, identifier, instant, words


class Notification(Resource):
    """What became of a message to one party; never what it said or to which address."""

    notification_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    party_id = identifier("Whom it is for.")
    template = fields.String()
    restricted = fields.Boolean(metadata={"description": "Of safeguarding: seen by safeguarding only."})
    state = fields.String(metadata={"enum": ["pending", "sent", "failed"]})
    created_at = instant("When it was called for.")
    due_at = instant("When it is tried next.")
    waiting_for_contact = fields.Boolean(metadata={"description": "Nobody knows yet how to reach them."})
    attempts = fields.Integer(metadata={"description": "On the present channel."})
    given_up = fields.List(fields.String(), metadata={"description": "Channels that failed for good."})
    reason = fields.String(metadata={"description": "Why it failed."})
    channel = fields.String(allow_none=True)
    sent_through = fields.String(metadata={"description": "The channel plugin that took it."})
    sent_at = instant("When the channel took it.")


class NotificationFilter(Page):
    """Which messages to list."""

    council_id = identifier(COUNCIL)
    party_id = identifier("Of one party.")
    state = words("pending, sent or failed.", longest=20)
