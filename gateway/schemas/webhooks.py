"""Shapes of webhooks and deliveries."""

from __future__ import annotations

from marshmallow import fields

from gateway.schemas.common import COUNCIL, Asked, Page, Resource, Told, identifier, instant, words


class NewWebhook(Asked):
    """Where a council's alerts are to be sent."""

    council_id = identifier(COUNCIL, required=True)
    url = words("An https:// address that takes a POST; no redirect is followed.", required=True, longest=2000)


class Nothing(Asked):
    """Nothing more is needed than who you are."""


class Webhook(Resource):
    """A subscription."""

    webhook_id = identifier("The same as `id`.")
    council_id = identifier(COUNCIL)
    url = fields.String(metadata={"description": "Where events are sent."})
    event_types = fields.List(fields.String(), metadata={"description": "What is sent: alert.raised."})
    state = fields.String(metadata={"enum": ["enabled", "disabled"]})
    disabled_because = fields.String(
        metadata={"enum": ["by-request", "gone"], "description": "`gone`: the address answered 410."}
    )
    former_secret_until = instant("Until when the former secret signs as well.")
    created_by = fields.String()
    created_at = instant("When it was arranged.")


class WebhookWithSecret(Webhook):
    """A subscription whose secret is new."""

    secret = fields.String(
        required=True, metadata={"description": "The signing secret, `whsec_` and base64. Told this once."}
    )


class WebhookFilter(Page):
    """Which webhooks to list."""

    council_id = identifier(COUNCIL)


class Delivery(Resource):
    """What became of one event to one webhook."""

    delivery_id = identifier("The same as `id`.")
    webhook_id = identifier("The webhook.")
    council_id = identifier(COUNCIL)
    event_id = fields.String(metadata={"description": "The event, and the `webhook-id` of every attempt."})
    event_type = fields.String(metadata={"description": "Such as alert.raised."})
    state = fields.String(metadata={"enum": ["pending", "delivered", "failed"]})
    created_at = instant("When it was called for.")
    due_at = instant("When it is tried next.")
    attempts = fields.Integer()
    last_answer = fields.String(
        metadata={
            "description": "What the last attempt met: http-503, timeout, connection, tls, address-not-allowed ..."
        }
    )
    reason = fields.String(
        metadata={"enum": ["attempts-spent", "gone", "disabled", "too-large"], "description": "Why it failed."}
    )
    delivered_at = instant("When the address took it.")


class DeliveryFilter(Page):
    """Which part of the deliveries to list."""


class Resent(Told):
    """How many deliveries are tried again."""

    webhook_id = identifier("The webhook.")
    due = fields.Integer()
