"""One event to one webhook: an intent first, then delivered or failed. Whoever sends it claims it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.notifications.errors import NotDue
from shared.events.webhooks import WebhookDelivered, WebhookDeliveryFailed, WebhookDeliveryResumed
from shared.messaging.aggregates import Decision

State = Literal["pending", "delivered", "failed"]
Reason = Literal["attempts-spent", "gone", "disabled", "too-large"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """When a delivery is tried again. Seconds; `spread` is the share of a wait that chance may add to it.

    Chance keeps deliveries that failed together from coming back together. What the subscriber asked for is a least wait.
    """

    waits: Sequence[float]
    spread: float = 0.0
    chance: float = 0.0
    asked: float = 0.0

    def wait_after(self, attempts: int) -> float:
        """How long to wait after so many attempts and one more."""
        return max(self.waits[attempts], self.asked) * (1 + self.spread * self.chance)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A delivery as it stands. `event` is the CloudEvent that is sent; `last_answer` says what the last attempt met."""

    delivery_id: str
    webhook_id: str
    event: dict[str, Any]
    created_at: datetime
    state: State = "pending"
    due_at: datetime | None
    attempts: int = 0
    last_answer: str | None = None
    reason: Reason | None = None
    delivered_at: datetime | None = None

    @property
    def event_id(self) -> str:
        """The event's id, which is the `webhook-id` of every attempt."""
        return str(self.event["id"])


def claim(delivery: Delivery, *, at: datetime, lease: timedelta) -> Decision[Delivery]:
    """Takes the delivery for one attempt, for as long as the lease lasts. Raises `NotDue`."""
    if delivery.state != "pending" or delivery.due_at is None or delivery.due_at > at:
        raise NotDue(f"delivery {delivery.delivery_id} is not due")
    return Decision(state=replace(delivery, due_at=at + lease))


def mark_delivered(delivery: Delivery, *, answer: str, at: datetime) -> Decision[Delivery]:
    """The subscriber took it; told once."""
    if delivery.state == "delivered":
        return Decision(state=delivery)
    told = WebhookDelivered(
        delivery_id=delivery.delivery_id, webhook_id=delivery.webhook_id, event_id=delivery.event_id
    )
    delivered = replace(
        delivery,
        state="delivered",
        due_at=None,
        attempts=delivery.attempts + 1,
        last_answer=answer,
        reason=None,
        delivered_at=at,
    )
    return Decision(state=delivered, events=[told])


def postpone(delivery: Delivery, *, answer: str, at: datetime, schedule: Schedule) -> Decision[Delivery]:
    """It was not taken: tried again by the schedule, or failed after its last wait."""
    if delivery.state != "pending":
        return Decision(state=delivery)
    if delivery.attempts >= len(schedule.waits):
        return fail(delivery, reason="attempts-spent", answer=answer)
    wait = schedule.wait_after(delivery.attempts)
    tried = replace(delivery, attempts=delivery.attempts + 1, last_answer=answer)
    return Decision(state=replace(tried, due_at=at + timedelta(seconds=wait)))


def fail(delivery: Delivery, *, reason: Reason, answer: str | None = None) -> Decision[Delivery]:
    """It will not be tried again by itself; someone must act. `answer` is that of a last attempt. Told once."""
    if delivery.state != "pending":
        return Decision(state=delivery)
    if answer is not None:
        delivery = replace(delivery, attempts=delivery.attempts + 1, last_answer=answer)
    told = WebhookDeliveryFailed(
        delivery_id=delivery.delivery_id, webhook_id=delivery.webhook_id, event_id=delivery.event_id, reason=reason
    )
    return Decision(state=replace(delivery, state="failed", due_at=None, reason=reason), events=[told])


def resume(delivery: Delivery, *, at: datetime) -> Decision[Delivery]:
    """A failed delivery is due again, with all its attempts."""
    if delivery.state != "failed":
        return Decision(state=delivery)
    told = WebhookDeliveryResumed(
        delivery_id=delivery.delivery_id, webhook_id=delivery.webhook_id, event_id=delivery.event_id
    )
    return Decision(state=replace(delivery, state="pending", due_at=at, attempts=0, reason=None), events=[told])
