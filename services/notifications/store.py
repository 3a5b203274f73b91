"""Notifications' collections, their indexes, and the questions asked of them by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.notifications.model.contacts import Contact, FundParties
from services.notifications.model.deliveries import Delivery
from services.notifications.model.notifications import Notification
from services.notifications.model.webhooks import Webhook
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Aggregates, Found, Kind, Stored, collection_of
from shared.messaging.scheduling import Due
from shared.store.documents import AnyOf, Condition, Equal, Field, Order
from shared.store.records import dump_record, load_record

NOTIFICATIONS = collection_of(
    "notifications",
    fields=(
        Field(path="state.state"),
        Field(path="state.party_id"),
        Field(path="state.restricted", kind="flag"),
        Field(path="state.waiting_for_contact", kind="flag"),
        Field(path="state.created_at", kind="instant"),
        Field(path="state.due_at", kind="instant"),
    ),
    orders=(
        Order(name="newest", by=(("state.created_at", "descending"),)),
        Order(name="due", by=(("state.due_at", "ascending"),)),
    ),
)
MESSAGES_DUE = Due(name="messages", collection=NOTIFICATIONS, path="state.due_at")
"""Messages whose time has come."""
CONTACTS = collection_of("contacts")
FUNDS = collection_of("funds")
WEBHOOKS = collection_of(
    "webhooks",
    fields=(Field(path="state.created_at", kind="instant"),),
    orders=(Order(name="oldest", by=(("state.created_at", "ascending"),)),),
)
DELIVERIES = collection_of(
    "deliveries",
    fields=(
        Field(path="state.webhook_id"),
        Field(path="state.state"),
        Field(path="state.created_at", kind="instant"),
        Field(path="state.due_at", kind="instant"),
    ),
    orders=(
        Order(name="newest", by=(("state.created_at", "descending"),)),
        Order(name="due", by=(("state.due_at", "ascending"),)),
    ),
)
DELIVERIES_DUE = Due(name="deliveries", collection=DELIVERIES, path="state.due_at")
"""Deliveries whose time has come."""
COLLECTIONS = (NOTIFICATIONS, CONTACTS, FUNDS, WEBHOOKS, DELIVERIES)

NOTIFICATION = Kind(name="notification", dump=dump_record, load=lambda state: load_record(Notification, state))
CONTACT = Kind(name="contact", dump=dump_record, load=lambda state: load_record(Contact, state))
WEBHOOK = Kind(name="webhook", dump=dump_record, load=lambda state: load_record(Webhook, state))
DELIVERY = Kind(name="delivery", dump=dump_record, load=lambda state: load_record(Delivery, state))
FUND = Kind(name="fund", dump=dump_record, load=lambda state: load_record(FundParties, state))

MOST_WEBHOOKS = 500
"""More than any setting lets a council have."""
MAY_SEE_RESTRICTED = frozenset({"safeguarding_team", "safeguarding_lead", "dpo", "ops"})
"""Who may know that a safeguarding message was sent: safeguarding itself, and those who must see that none was lost."""


@dataclass(frozen=True, kw_only=True)
class NotificationStore:
    """The service's records, and its questions by name."""

    notifications: Aggregates[Notification]
    contacts: Aggregates[Contact]
    funds: Aggregates[FundParties]
    webhooks: Aggregates[Webhook]
    deliveries: Aggregates[Delivery]

    def notification_for(self, notification_id: str, caller: Caller) -> Stored[Notification]:
        """The notification. Raises `NotFound`, also for what the caller may not know of."""
        stored = self.notifications.get(notification_id, caller=caller)
        if stored.state.restricted and not _may_see_restricted(caller):
            raise NotFound(f"there is no notification {notification_id}")
        return stored

    def notifications_seen_by(
        self,
        caller: Caller,
        *,
        council_id: str | None = None,
        party_id: str | None = None,
        state: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Found[Notification]:
        """Notifications in the caller's scope, newest first."""
        where = [*scope_of(caller)]
        for path, value in (
            ("council_id", council_id),
            ("state.party_id", party_id),
            ("state.state", state),
            ("state.restricted", None if _may_see_restricted(caller) else False),
        ):
            if value is not None:
                where.append(Equal(path=path, value=value))
        return self.notifications.find(where, order="newest", after=after, limit=limit)

    def notifications_waiting_for(self, party_id: str) -> Sequence[Stored[Notification]]:
        """Messages that wait for the party's contact details."""
        where = [
            Equal(path="state.party_id", value=party_id),
            Equal(path="state.waiting_for_contact", value=True),
        ]
        return self.notifications.find(where, limit=500).items

    def webhooks_seen_by(
        self, caller: Caller, *, council_id: str | None = None, after: str | None = None, limit: int = 50
    ) -> Found[Webhook]:
        """Webhooks in the caller's scope, oldest first."""
        where = [*scope_of(caller), *([] if council_id is None else [Equal(path="council_id", value=council_id)])]
        return self.webhooks.find(where, order="oldest", after=after, limit=limit)

    def webhooks_of(self, council_id: str) -> Sequence[Stored[Webhook]]:
        """A council's webhooks, enabled or not."""
        return self.webhooks.find(
            [Equal(path="council_id", value=council_id)], order="oldest", limit=MOST_WEBHOOKS
        ).items

    def deliveries_seen_by(
        self, caller: Caller, webhook_id: str, *, after: str | None = None, limit: int = 50
    ) -> Found[Delivery]:
        """What was sent to a webhook, newest first. Raises `NotFound` for one outside the caller's scope."""
        self.webhooks.get(webhook_id, caller=caller)
        where = [Equal(path="state.webhook_id", value=webhook_id)]
        return self.deliveries.find(where, order="newest", after=after, limit=limit)

    def failed_deliveries_of(self, webhook_id: str) -> Sequence[Stored[Delivery]]:
        """Deliveries that were given up."""
        where = [Equal(path="state.webhook_id", value=webhook_id), Equal(path="state.state", value="failed")]
        return self.deliveries.find(where, order="newest", limit=500).items


def scope_of(caller: Caller) -> list[Condition]:
    """The condition that keeps a caller to the councils of its token."""
    if EVERY_COUNCIL in caller.councils:
        return []
    return [AnyOf(path="council_id", values=list(caller.councils))]


def _may_see_restricted(caller: Caller) -> bool:
    return not MAY_SEE_RESTRICTED.isdisjoint(caller.roles)
