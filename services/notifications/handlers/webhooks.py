"""A council's webhooks: arranging them, changing their secrets, ending them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.notifications.errors import TooManyWebhooks
from services.notifications.model import deliveries as deliveries_model
from services.notifications.model import webhooks as model
from services.notifications.model.deliveries import Delivery
from services.notifications.model.webhooks import Webhook
from services.notifications.ports import Records, Secrets, WebhookQuestions
from services.notifications.settings import WebhookSettings
from shared.clock import Clock
from shared.messaging.aggregates import Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class WebhookDesk:
    """What arranging webhooks works with."""

    webhooks: Records[Webhook]
    deliveries: Records[Delivery]
    questions: WebhookQuestions
    secrets: Secrets
    clock: Clock
    settings: WebhookSettings
    plain_http: bool


def subscribe(council_id: str, url: str, *, cause: Cause, desk: WebhookDesk) -> tuple[Stored[Webhook], str]:
    """A new webhook and its secret, which is told now and never again.

    Raises `Invalid`, `TooManyWebhooks`, `WebhooksNotSetUp`.
    """
    model.check_url(url, plain_http=desk.plain_http)
    webhook_id = cause.new_id("whk")
    secret = desk.secrets.secret(webhook_id, number=1)
    others = [stored for stored in desk.questions.webhooks_of(council_id) if stored.id != webhook_id]
    if len(others) >= desk.settings.per_council:
        raise TooManyWebhooks(f"a council has {desk.settings.per_council} webhooks at most")
    webhook = Webhook(webhook_id=webhook_id, url=url, created_by=cause.actor_id, created_at=desk.clock.now())
    return desk.webhooks.create(webhook_id, model.subscribe(webhook), council_id=council_id, cause=cause), secret


def change_secret(webhook_id: str, *, cause: Cause, desk: WebhookDesk) -> tuple[Stored[Webhook], str]:
    """The webhook with its next secret, told now and never again. Raises `NotFound`, `WebhooksNotSetUp`."""
    overlap, at = timedelta(seconds=desk.settings.secret_overlap_seconds), desk.clock.now()
    stored = desk.webhooks.change(webhook_id, lambda w: model.change_secret(w, at=at, overlap=overlap), cause=cause)
    return stored, desk.secrets.secret(webhook_id, number=stored.state.secret_number)


def disable(webhook_id: str, *, cause: Cause, desk: WebhookDesk) -> Stored[Webhook]:
    """Nothing is sent to it from now on. Raises `NotFound`."""
    return desk.webhooks.change(webhook_id, lambda w: model.disable(w, because="by-request"), cause=cause)


def enable(webhook_id: str, *, cause: Cause, desk: WebhookDesk) -> Stored[Webhook]:
    """What happens from now on is sent to it again. Raises `NotFound`."""
    return desk.webhooks.change(webhook_id, model.enable, cause=cause)


def resend(webhook_id: str, *, cause: Cause, desk: WebhookDesk) -> list[str]:
    """Makes the webhook's failed deliveries due again; their ids. Raises `NotFound`, `WebhookDisabled`."""
    model.check_enabled(desk.webhooks.get(webhook_id, caller=cause.caller).state)
    at = desk.clock.now()
    failed = [stored.id for stored in desk.questions.failed_deliveries_of(webhook_id)]
    for delivery_id in failed:
        desk.deliveries.change(
            delivery_id, lambda d: deliveries_model.resume(d, at=at), cause=_of_each(cause, delivery_id)
        )
    return failed


def _of_each(cause: Cause, delivery_id: str) -> Cause:
    """One command's effect on one of many records: it finds itself done by the record's state, not by a key."""
    return Cause(
        actor_id=cause.actor_id,
        correlation_id=cause.correlation_id,
        causation_id=f"{cause.causation_id}:{delivery_id}",
        traceparent=cause.traceparent,
    )
