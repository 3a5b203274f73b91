"""What was sent to whom by which channel, and what failed."""

from __future__ import annotations

from typing import Any

from gateway.api import ApiBlueprint
from gateway.asking import ask
from gateway.schemas.common import page_of
from gateway.schemas.notifications import Notification, NotificationFilter
from gateway.services import NOTIFICATIONS

Fields = dict[str, Any]

notifications = ApiBlueprint("notifications", __name__, description="Messages to people, sent, waiting and failed.")


@notifications.operation(
    "GET", "/notifications", "notifications.list", query=NotificationFilter, answer=page_of(Notification)
)
def list_notifications(query: Fields) -> Fields:
    """List messages, without what they said or to which address."""
    return ask(NOTIFICATIONS, "list_notifications", query)


@notifications.operation("GET", "/notifications/<id:notification_id>", "notifications.read", answer=Notification)
def get_notification(notification_id: str) -> Fields:
    """Read what became of a message."""
    return ask(NOTIFICATIONS, "get_notification", {"id": notification_id})
