"""What notifications tells of webhooks: who subscribed where, and what became of each delivery; never what it held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from shared.events.language import Event, Stream, event

WEBHOOK = Stream(name="webhook", owner="notifications", about="a council's subscription to events over HTTPS")
DELIVERY = Stream(name="delivery", owner="notifications", about="one event to one webhook")


@event("webhook.subscribed", stream=WEBHOOK)
@dataclass(frozen=True, kw_only=True)
class WebhookSubscribed(Event):
    """A council's system is told of events from now on; the envelope says who arranged it."""

    webhook_id: str
    host: Annotated[str, "the host name of its address"]
    event_types: tuple[str, ...]


@event("webhook.secret.changed", stream=WEBHOOK)
@dataclass(frozen=True, kw_only=True)
class WebhookSecretChanged(Event):
    """A new secret signs; the former one signs as well for a while."""

    webhook_id: str


@event("webhook.disabled", stream=WEBHOOK)
@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Event):
    """Nothing more is sent to it."""

    webhook_id: str
    reason: Annotated[str, "by-request, or gone: its address answered 410"]


@event("webhook.enabled", stream=WEBHOOK)
@dataclass(frozen=True, kw_only=True)
class WebhookEnabled(Event):
    """What happens from now on is sent to it again."""

    webhook_id: str


@event("webhook.delivered", stream=DELIVERY)
@dataclass(frozen=True, kw_only=True)
class WebhookDelivered(Event):
    """The subscriber took the event."""

    delivery_id: str
    webhook_id: str
    event_id: str


@event("webhook.delivery.failed", stream=DELIVERY)
@dataclass(frozen=True, kw_only=True)
class WebhookDeliveryFailed(Event):
    """The event did not reach the subscriber and will not be tried again by itself; someone must act."""

    delivery_id: str
    webhook_id: str
    event_id: str
    reason: Annotated[str, "attempts-spent, gone, disabled, or too-large"]


@event("webhook.delivery.resumed", stream=DELIVERY)
@dataclass(frozen=True, kw_only=True)
class WebhookDeliveryResumed(Event):
    """Somebody had a failed delivery tried again; the envelope says who."""

    delivery_id: str
    webhook_id: str
    event_id: str
