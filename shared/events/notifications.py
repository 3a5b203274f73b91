"""What notifications tells: what became of each message, never what it said or to which address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from shared.events.language import Event, Stream, event

NOTIFICATION = Stream(name="notification", owner="notifications", about="one message to one party")


@event("notification.sent", stream=NOTIFICATION)
@dataclass(frozen=True, kw_only=True)
class NotificationSent(Event):
    """The channel took the message."""

    notification_id: str
    party_id: str
    channel: str
    template: Annotated[str, "restricted-notice where the template's name alone would say too much"]
    about: Annotated[str | None, "the referral that the message tells of; absent for all others"] = None


@event("notification.failed", stream=NOTIFICATION)
@dataclass(frozen=True, kw_only=True)
class NotificationFailed(Event):
    """No safe channel was left, or the channel refused for good; someone must act."""

    notification_id: str
    party_id: str
    template: str
    reason: Annotated[str, "no-safe-channel, refused, attempts-spent, or contact-unknown"]
