"""The nameko class of notifications: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.notifications import schemas
from services.notifications.dependencies import Desk
from services.notifications.handlers import contacts, telling
from services.notifications.model.notices import Notice, TeamNotice, notices_of, spend_refused_to_provider
from services.notifications.store import MESSAGES_DUE
from shared.context import Caller
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.events.ledger import FundOpened, SpendRefused
from shared.events.pa_registry import (
    ListingPublished,
    ListingRestored,
    ListingSuspended,
    ListingWithdrawn,
    PersonalAssistantContactRecorded,
)
from shared.events.referrals import (
    ClockBreached,
    ContactRecorded,
    DirectPaymentImplemented,
    OfferSent,
    ReferralAccepted,
    ReferralRefused,
)
from shared.events.safeguarding import AlertEscalated, ConcernRaised
from shared.messaging.durable import falls_due, handles
from shared.messaging.rpc import rpc
from shared.problems import load
from shared.runtime.service import StewardService

JSON = dict[str, Any]


class NotificationsService(StewardService):
    """Who can be reached how, and what became of each message."""

    name = "notifications"
    desk: Any = Desk()

    @rpc
    def get_notification(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = self.desk.store.notification_for(given["id"], Caller.from_dict(caller))
        return schemas.notification_out(stored)

    @rpc
    def list_notifications(self, payload: JSON, caller: JSON) -> JSON:
        found = self.desk.store.notifications_seen_by(
            Caller.from_dict(caller), **load(schemas.ListNotifications(), payload)
        )
        return {"items": [schemas.notification_out(stored) for stored in found.items], "next": found.next}

    @handles(ContactRecorded)
    @handles(PersonalAssistantContactRecorded)
    def on_contact_recorded(
        self, event: ContactRecorded | PersonalAssistantContactRecorded, envelope: Envelope
    ) -> None:
        waited = contacts.record_contact(
            event,
            envelope,
            contacts=self.desk.store.contacts,
            notifications=self.desk.store.notifications,
            waiting=self.desk.store,
            clock=self.desk.clock,
        )
        self._nudge(waited)

    @handles(ReferralAccepted)
    @handles(ReferralRefused)
    @handles(OfferSent)
    @handles(DirectPaymentImplemented)
    @handles(ClockBreached)
    @handles(ListingPublished)
    @handles(ListingSuspended)
    @handles(ListingRestored)
    @handles(ListingWithdrawn)
    @handles(ConcernRaised)
    @handles(AlertEscalated)
    def on_event(self, event: Event, envelope: Envelope) -> None:
        self._tell(notices_of(event), envelope)

    @handles(FundOpened)
    def on_fund_opened(self, event: FundOpened, envelope: Envelope) -> None:
        contacts.record_fund(event, envelope, funds=self.desk.store.funds)
        self._tell(notices_of(event), envelope)

    @handles(SpendRefused)
    def on_spend_refused(self, event: SpendRefused, envelope: Envelope) -> None:
        provider_id = contacts.provider_of(event.fund_id, funds=self.desk.store.funds)
        self._tell([*notices_of(event), spend_refused_to_provider(event, provider_id)], envelope)

    @falls_due(MESSAGES_DUE)
    def send_due(self, record_id: str) -> None:
        """A message whose time has come: a retry, or one whose sender is gone."""
        self.desk.sender.nudge(record_id)

    def _tell(self, notices: Iterable[Notice | TeamNotice], envelope: Envelope) -> None:
        told = telling.tell(
            notices,
            envelope,
            notifications=self.desk.store.notifications,
            rules=self.desk.rules,
            clock=self.desk.clock,
        )
        self._nudge(told)

    def _nudge(self, notification_ids: Iterable[str]) -> None:
        for notification_id in notification_ids:
            self.desk.sender.nudge(notification_id)
