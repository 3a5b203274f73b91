"""Delivering events to webhooks: claim, sign, post, mark.

At least once: a crash between posting and marking posts again under the same `webhook-id` when the lease is over. No order is
promised: a delivery that waits for its next attempt lets later ones pass.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from services.notifications.errors import NotDue, WebhooksNotSetUp
from services.notifications.model import deliveries as model
from services.notifications.model import webhooks as webhooks_model
from services.notifications.model.alerts import alert_of
from services.notifications.model.deliveries import Delivery, Schedule
from services.notifications.model.retry_after import seconds_asked
from services.notifications.model.webhooks import Webhook
from services.notifications.ports import Answer, Post, PostFailed, Records, Secrets, WebhookQuestions
from services.notifications.settings import WebhookSettings
from shared.clock import Clock
from shared.errors import NotFound
from shared.events.envelope import Envelope
from shared.events.safeguarding import ConcernRaised
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause, of_event, of_schedule
from shared.telemetry.own import Figure, OwnFigures

log = structlog.get_logger(__name__)
ACTOR = "service:notifications"
CONTENT_TYPE = "application/cloudevents+json"
USER_AGENT = "steward-webhooks/1"
GONE = 410
ATTEMPTS = Figure(
    name="steward_webhook_attempt_duration_seconds",
    about="Time of an attempt at a webhook, by what went wrong: empty, a status, or timeout, tls, connection ...",
    labels=("error_type",),
)
ENDED = Figure(
    name="steward_webhook_deliveries", about="Deliveries to webhooks that have ended, and how.", labels=("outcome",)
)
LAG = Figure(
    name="steward_webhook_lag_seconds", about="Age of a delivery when its webhook took it, waits between attempts too."
)
DISABLED = Figure(
    name="steward_webhooks_gone", about="Times that a webhook was disabled because its address answered 410."
)


@dataclass(frozen=True, kw_only=True)
class DeliveryDesk:
    """What delivering works with."""

    webhooks: Records[Webhook]
    deliveries: Records[Delivery]
    secrets: Secrets
    post: Post
    clock: Clock
    settings: WebhookSettings
    chance: Callable[[], float] = random.random
    figures: OwnFigures = field(default_factory=OwnFigures)


def plan_deliveries(
    event: ConcernRaised,
    envelope: Envelope,
    *,
    questions: WebhookQuestions,
    deliveries: Records[Delivery],
    clock: Clock,
) -> list[str]:
    """Writes down what is to be delivered; gives the ids, the same again for a repeat of the event."""
    alert = alert_of(event, envelope)
    if alert is None:
        return []
    enabled = [w for w in questions.webhooks_of(envelope.councilid) if w.state.state == "enabled"]
    intents = [_intent(webhook, alert, clock.now()) for webhook in enabled if alert.type in webhook.state.event_types]
    for intent in intents:
        deliveries.create(
            intent.delivery_id, Decision(state=intent), council_id=envelope.councilid, cause=of_event(envelope)
        )
    return [intent.delivery_id for intent in intents]


def deliver(delivery_id: str, *, desk: DeliveryDesk) -> None:
    """One attempt, if the delivery is due and nobody else is at it."""
    stored = _claim(delivery_id, desk)
    if stored is None:
        return
    webhook = desk.webhooks.get(stored.state.webhook_id).state
    body = json.dumps(stored.state.event, separators=(",", ":")).encode()
    if webhook.state == "disabled":
        _give_up(stored, "disabled", desk)
    elif len(body) > desk.settings.body_bytes:
        _give_up(stored, "too-large", desk)
    else:
        _attempt(stored, webhook, body, desk)


def _intent(webhook: Stored[Webhook], event: Envelope, at: datetime) -> Delivery:
    return Delivery(
        delivery_id=derived_id("whd", event.id, webhook.id),
        webhook_id=webhook.id,
        event=event.as_json(),
        created_at=at,
        due_at=at,
    )


def _claim(delivery_id: str, desk: DeliveryDesk) -> Stored[Delivery] | None:
    lease, at = timedelta(seconds=desk.settings.lease_seconds), desk.clock.now()
    try:
        return desk.deliveries.change(
            delivery_id,
            lambda d: model.claim(d, at=at, lease=lease),
            cause=of_schedule("webhooks", delivery_id),
        )
    except (NotDue, NotFound):
        return None


def _attempt(stored: Stored[Delivery], webhook: Webhook, body: bytes, desk: DeliveryDesk) -> None:
    began = time.perf_counter()
    try:
        answer = desk.post.post(webhook.url, headers=_headers(stored.state, webhook, body, desk), body=body)
    except WebhooksNotSetUp:
        _postpone(stored, "no-key", desk)
    except PostFailed as failure:
        desk.figures.time(ATTEMPTS, time.perf_counter() - began, failure.what)
        _postpone(stored, failure.what, desk)
    else:
        is_taken = answer.status // 100 == 2
        desk.figures.time(ATTEMPTS, time.perf_counter() - began, "" if is_taken else str(answer.status))
        _settle(stored, answer, desk)


def _headers(delivery: Delivery, webhook: Webhook, body: bytes, desk: DeliveryDesk) -> dict[str, str]:
    """What Standard Webhooks asks for; one signature for each secret that is valid now."""
    at = desk.clock.now()
    numbers = webhooks_model.signing_numbers(webhook, at=at)
    signatures = [
        desk.secrets.signature(webhook.webhook_id, number=n, message_id=delivery.event_id, at=at, body=body)
        for n in numbers
    ]
    return {
        "Content-Type": CONTENT_TYPE,
        "User-Agent": USER_AGENT,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _settle(stored: Stored[Delivery], answer: Answer, desk: DeliveryDesk) -> None:
    told, at = f"http-{answer.status}", desk.clock.now()
    if answer.status // 100 == 2:
        _write(stored, lambda d: model.mark_delivered(d, answer=told, at=at), desk)
    elif answer.status == GONE:
        webhook_id = stored.state.webhook_id
        desk.figures.count(DISABLED)
        desk.webhooks.change(
            webhook_id, lambda w: webhooks_model.disable(w, because="gone"), cause=_cause(stored, webhook_id)
        )
        _give_up(stored, "gone", desk, answer=told)
    else:
        _postpone(stored, told, desk, asked=seconds_asked(answer.retry_after, at=at))


def _postpone(stored: Stored[Delivery], answer: str, desk: DeliveryDesk, *, asked: float = 0.0) -> None:
    log.warning("webhook.postponed", delivery_id=stored.id, webhook_id=stored.state.webhook_id, answer=answer)
    at, schedule = desk.clock.now(), _schedule(desk, asked)
    _write(stored, lambda d: model.postpone(d, answer=answer, at=at, schedule=schedule), desk)


def _schedule(desk: DeliveryDesk, asked: float) -> Schedule:
    settings = desk.settings
    return Schedule(
        waits=settings.retry_after_seconds,
        spread=settings.spread,
        chance=desk.chance(),
        asked=min(asked, settings.longest_asked_seconds),
    )


def _give_up(stored: Stored[Delivery], reason: model.Reason, desk: DeliveryDesk, *, answer: str | None = None) -> None:
    log.error("webhook.failed", delivery_id=stored.id, webhook_id=stored.state.webhook_id, reason=reason)
    _write(stored, lambda d: model.fail(d, reason=reason, answer=answer), desk)


def _write(stored: Stored[Delivery], decide: Callable[[Delivery], Decision[Delivery]], desk: DeliveryDesk) -> None:
    written = desk.deliveries.change(stored.id, decide, cause=_cause(stored, stored.id)).state
    if written.state == "pending":
        return
    desk.figures.count(ENDED, written.reason or "delivered")
    if written.delivered_at is not None:
        desk.figures.time(LAG, max((written.delivered_at - written.created_at).total_seconds(), 0.0))


def _cause(stored: Stored[Delivery], about: str) -> Cause:
    """A story of its own: what is told of a delivery must not lead to the concern, or to whoever raised it."""
    return Cause(actor_id=ACTOR, correlation_id=derived_id("cor", stored.id), causation_id=f"{stored.id}:{about}")
