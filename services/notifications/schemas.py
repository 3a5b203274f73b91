"""What comes in and goes out of notifications' calls."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.notifications.model.notifications import Notification
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored
from shared.schemas import IdField


class ById(Schema):
    class Meta:
        unknown = RAISE

    id = IdField(required=True)


class ListNotifications(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    party_id = IdField(load_default=None, allow_none=True)
    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(("pending", "sent", "failed")))
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def notification_out(stored: Stored[Notification]) -> dict[str, Any]:
    """What became of a message, without what it said or to which address."""
    resource: dict[str, Any] = dump_event(stored.state)
    for name in ("values", "mailbox", "correlation_id", "event_id"):
        resource.pop(name, None)
    return {"channel": None, **resource, "id": stored.id, "version": stored.version, "council_id": stored.council_id}
