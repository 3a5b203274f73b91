"""One message to one party: an intent first, then sent or failed. Whoever sends it claims it before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from services.notifications.errors import NotDue
from services.notifications.model.routes import Route
from shared.events.notifications import NotificationFailed, NotificationSent
from shared.messaging.aggregates import Decision

State = Literal["pending", "sent", "failed"]
Reason = Literal["no-safe-channel", "refused", "attempts-spent", "contact-unknown"]
RESTRICTED_NOTICE = "restricted-notice"


@dataclass(frozen=True, kw_only=True)
class Notification:
    """A message as it stands. `values` are the ids and facts of its template; the words are made when it is sent.

    `given_up` are channels that failed for good, `reason` the last one's; `attempts` are those on the present channel.
    """

    notification_id: str
    event_id: str
    correlation_id: str
    party_id: str
    mailbox: str | None = None
    template: str
    values: dict[str, str] = field(default_factory=dict)
    restricted: bool = False
    created_at: datetime
    state: State = "pending"
    due_at: datetime | None
    waiting_for_contact: bool = False
    attempts: int = 0
    given_up: tuple[str, ...] = ()
    reason: Reason | None = None
    channel: str | None = None
    sent_through: str | None = None
    sent_at: datetime | None = None


def claim(notification: Notification, *, at: datetime, lease: timedelta) -> Decision[Notification]:
    """Takes the message for sending, for as long as the lease lasts. Raises `NotDue`."""
    if notification.state != "pending" or notification.due_at is None or notification.due_at > at:
        raise NotDue(f"notification {notification.notification_id} is not due")
    return Decision(state=replace(notification, due_at=at + lease))


def mark_sent(notification: Notification, route: Route, *, at: datetime) -> Decision[Notification]:
    """The channel took it; told once."""
    if notification.state == "sent":
        return Decision(state=notification)
    told = NotificationSent(
        notification_id=notification.notification_id,
        party_id=notification.party_id,
        channel=route.kind,
        template=_template_told(notification),
        about=None if notification.restricted else notification.values.get("referral_id"),
    )
    sent = replace(
        notification,
        state="sent",
        channel=route.kind,
        sent_through=route.channel,
        sent_at=at,
        due_at=None,
        waiting_for_contact=False,
        reason=None,
    )
    return Decision(state=sent, events=[told])


def give_up(notification: Notification, route: Route, *, reason: Reason, at: datetime) -> Decision[Notification]:
    """This channel will not do; the next safe one is tried at once."""
    return Decision(
        state=replace(
            notification, given_up=(*notification.given_up, route.channel), reason=reason, attempts=0, due_at=at
        )
    )


def postpone(
    notification: Notification, route: Route, *, at: datetime, waits: Sequence[float]
) -> Decision[Notification]:
    """The channel is away: it is tried again after the next of `waits` (seconds), or given up after the last."""
    if notification.attempts >= len(waits):
        return give_up(notification, route, reason="attempts-spent", at=at)
    wait = timedelta(seconds=waits[notification.attempts])
    return Decision(state=replace(notification, attempts=notification.attempts + 1, due_at=at + wait))


def wait_for_contact(
    notification: Notification, *, at: datetime, retry: timedelta, limit: timedelta
) -> Decision[Notification]:
    """How to reach the party isn't known yet: looked up again after `retry`, failed after `limit`."""
    if at - notification.created_at >= limit:
        return fail(notification, reason="contact-unknown")
    return Decision(state=replace(notification, waiting_for_contact=True, due_at=at + retry))


def wake(notification: Notification, *, at: datetime) -> Decision[Notification]:
    """The contact has come: due now."""
    if not notification.waiting_for_contact or notification.state != "pending":
        return Decision(state=notification)
    return Decision(state=replace(notification, waiting_for_contact=False, due_at=at))


def fail(notification: Notification, *, reason: Reason) -> Decision[Notification]:
    """No way is left; someone must act. Told once."""
    if notification.state != "pending":
        return Decision(state=notification)
    told = NotificationFailed(
        notification_id=notification.notification_id,
        party_id=notification.party_id,
        template=_template_told(notification),
        reason=reason,
    )
    failed = replace(notification, state="failed", reason=reason, due_at=None, waiting_for_contact=False)
    return Decision(state=failed, events=[told])


def _template_told(notification: Notification) -> str:
    return RESTRICTED_NOTICE if notification.restricted else notification.template
