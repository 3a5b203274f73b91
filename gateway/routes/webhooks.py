"""Webhooks: where a council's own systems are told of its safeguarding alerts, and what became of each delivery."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask, change
from gateway.schemas import webhooks as shapes
from gateway.schemas.common import page_of
from gateway.services import NOTIFICATIONS

Fields = dict[str, Any]

webhooks = ApiBlueprint(
    "webhooks", __name__, description="Alerts to a council's own systems over HTTPS, by Standard Webhooks."
)


@webhooks.operation(
    "POST", "/webhooks", "webhooks.subscribe", body=shapes.NewWebhook, answer=shapes.WebhookWithSecret, status=201
)
def subscribe_webhook(body: Fields) -> Fields:
    """Have a council's alerts sent to an address of its own.

    The answer holds the signing secret. It is told this once (and to a repeat with the same `Idempotency-Key`): keep it where
    only the receiving system can read it. Each alert is sent at least once, in no promised order, as it stands on
    `ext.<council_id>.safeguarding`; verify its signature, answer with 2xx within 15 seconds, and know a repeat by its `webhook-id`.
    """
    return ask(NOTIFICATIONS, "subscribe_webhook", body)


@webhooks.operation("GET", "/webhooks", "webhooks.list", query=shapes.WebhookFilter, answer=page_of(shapes.Webhook))
def list_webhooks(query: Fields) -> Fields:
    """List webhooks."""
    return ask(NOTIFICATIONS, "list_webhooks", query)


@webhooks.operation("GET", "/webhooks/<id:webhook_id>", "webhooks.read", answer=shapes.Webhook)
def get_webhook(webhook_id: str) -> Fields:
    """Read a webhook."""
    return ask(NOTIFICATIONS, "get_webhook", {"id": webhook_id})


@webhooks.operation(
    "POST",
    "/webhooks/<id:webhook_id>/change-secret",
    "webhooks.change_secret",
    body=shapes.Nothing,
    answer=shapes.WebhookWithSecret,
)
def change_webhook_secret(body: Fields, webhook_id: str) -> Fields:
    """Give a webhook a new signing secret, told this once.

    For a day each delivery carries two signatures, by the new secret and by the former one.
    """
    return change(NOTIFICATIONS, "change_webhook_secret", {**body, "id": webhook_id})


@webhooks.operation(
    "POST",
    "/webhooks/<id:webhook_id>/disable",
    "webhooks.disable",
    body=shapes.Nothing,
    answer=shapes.Webhook,
)
def disable_webhook(body: Fields, webhook_id: str) -> Fields:
    """Send nothing more to a webhook. What happens meanwhile is not kept for it: see the alerts instead."""
    return change(NOTIFICATIONS, "disable_webhook", {**body, "id": webhook_id})


@webhooks.operation(
    "POST", "/webhooks/<id:webhook_id>/enable", "webhooks.enable", body=shapes.Nothing, answer=shapes.Webhook
)
def enable_webhook(body: Fields, webhook_id: str) -> Fields:
    """Send to a webhook again what happens from now on."""
    return change(NOTIFICATIONS, "enable_webhook", {**body, "id": webhook_id})


@webhooks.operation(
    "POST", "/webhooks/<id:webhook_id>/resend", "webhooks.resend", body=shapes.Nothing, answer=shapes.Resent
)
def resend_deliveries(body: Fields, webhook_id: str) -> Fields:
    """Try a webhook's failed deliveries again, 500 at most, under the same `webhook-id`s."""
    return ask(NOTIFICATIONS, "resend_deliveries", {**body, "id": webhook_id})


@webhooks.operation(
    "GET",
    "/webhooks/<id:webhook_id>/deliveries",
    "webhooks.deliveries",
    query=shapes.DeliveryFilter,
    answer=page_of(shapes.Delivery),
)
def list_deliveries(query: Fields, webhook_id: str) -> Fields:
    """List what was sent to a webhook, newest first, without what it held."""
    return ask(NOTIFICATIONS, "list_deliveries", {**query, "id": webhook_id})
