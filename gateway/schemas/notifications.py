"""Shapes of notifications."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Page, Resource, identifier, words


class Notification(Resource):
    """A message to one party."""

    council_id = identifier(COUNCIL)
    party_id = identifier("Whom it is for.")
    channel = fields.String(allow_none=True)
    template = fields.String()
    state = fields.String()


class NotificationFilter(Page):
    """Which messages to list."""

    council_id = identifier(COUNCIL)
    party_id = identifier("Of one party.")
    state = words("pending, sent or failed.", longest=20)
