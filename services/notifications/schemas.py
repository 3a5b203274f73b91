"""What comes in and goes out of notifications' calls."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from services.notifications.model.deliveries import Delivery
from services.notifications.model.notifications import Notification
from services.notifications.model.webhooks import Webhook
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


class NewWebhook(Schema):
    class Meta:
        unknown = RAISE

    council_id = IdField(required=True)
    url = fields.String(required=True)


class ChangedWebhook(ById):
    expected_version = fields.Integer(load_default=None, allow_none=True)


class ListWebhooks(Schema):
    council_id = IdField(load_default=None, allow_none=True)
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


class ListDeliveries(ById):
    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=100))


def webhook_out(stored: Stored[Webhook], secret: str | None = None) -> dict[str, Any]:
    """A webhook, with its secret only when that is new."""
    resource: dict[str, Any] = dump_event(stored.state)
    del resource["secret_number"]
    told = {} if secret is None else {"secret": secret}
    return {**resource, **told, "id": stored.id, "version": stored.version, "council_id": stored.council_id}


def delivery_out(stored: Stored[Delivery]) -> dict[str, Any]:
    """What became of a delivery, without what it held."""
    resource: dict[str, Any] = dump_event(stored.state)
    event = resource.pop("event")
    told = {"event_id": event["id"], "event_type": event["type"]}
    return {**resource, **told, "id": stored.id, "version": stored.version, "council_id": stored.council_id}


def notification_out(stored: Stored[Notification]) -> dict[str, Any]:
    """What became of a message, without what it said or to which address."""
    resource: dict[str, Any] = dump_event(stored.state)
    for name in ("values", "mailbox", "correlation_id", "event_id"):
        resource.pop(name, None)
    return {"channel": None, **resource, "id": stored.id, "version": stored.version, "council_id": stored.council_id}
