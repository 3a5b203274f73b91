"""The nameko class of notifications: each entrypoint loads, calls one use case, and dumps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from services.notifications import schemas
from services.notifications.dependencies import Desk
from services.notifications.handlers import contacts, delivering, telling, webhooks
from services.notifications.model.notice_kinds import AnyNotice
from services.notifications.model.notices import notices_of
from services.notifications.store import DELIVERIES_DUE, MESSAGES_DUE
from shared.context import Caller
from shared.events.calendar import AppointmentReminderDue, AuditAnnounced
from shared.events.casework import ResourceProblemShared, VisitReturnOverdue
from shared.events.clocks import ClockBreached, ClockWarned
from shared.events.complaints import (
    ComplaintAcknowledged,
    ComplaintAnswered,
    ComplaintEscalated,
    ComplaintForwarded,
)
from shared.events.contract import ContractNoticeTold
from shared.events.direct_payments import DirectPaymentChanged, IssueFound, SignpostedAgencyBarred
from shared.events.envelope import Envelope
from shared.events.fund_clocks import FundClockBreached
from shared.events.fund_life import (
    AgreementTerminated,
    CrisisOpened,
    FundItemised,
    FundNoticeDue,
    FundReturnOrdered,
    FundShortfallForecast,
    FundSurplusChallenged,
    FundSurplusEnded,
    FundSurplusExceeded,
    FundSurplusNoticed,
    FundSurplusReplied,
    FundVariationApproved,
    FundVariationRefused,
    FundVariationRequested,
)
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
    ContactRecorded,
    DirectPaymentImplemented,
    OfferSent,
    ProviderChangeAsked,
    ProviderEnded,
    ReferralAccepted,
    ReferralAllocated,
    ReferralRefused,
    ReferralWaitlisted,
    WorkerContactRecorded,
)
from shared.events.reviews import BudgetChangeNoted, ReviewAsked
from shared.events.safeguarding import AlertEscalated, ConcernRaised
from shared.events.whistleblowing import WhistleblowingReported
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.messaging.consuming.durable import falls_due, handles
from shared.problems import load
from shared.runtime.policies import LearnsPolicies

JSON = dict[str, Any]


class NotificationsService(LearnsPolicies):
    """Who can be reached how, and what became of each message."""

    name = "notifications"
    desk: Any = Desk()

    @reads
    def get_notification(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        stored = self.desk.store.notification_for(given["id"], Caller.from_dict(caller))
        return schemas.notification_out(stored)

    @reads
    def list_notifications(self, payload: JSON, caller: JSON) -> JSON:
        found = self.desk.store.notifications_seen_by(
            Caller.from_dict(caller), **load(schemas.ListNotifications(), payload)
        )
        return {"items": [schemas.notification_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def subscribe_webhook(self, payload: JSON, caller: JSON) -> JSON:
        given, cause = load(schemas.NewWebhook(), payload), of_command("subscribe_webhook", payload, caller)
        stored, secret = webhooks.subscribe(given["council_id"], given["url"], cause=cause, desk=self.desk.webhooks)
        return schemas.webhook_out(stored, secret)

    @reads
    def get_webhook(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ById(), payload)
        return schemas.webhook_out(self.desk.store.webhooks.get(given["id"], caller=Caller.from_dict(caller)))

    @reads
    def list_webhooks(self, payload: JSON, caller: JSON) -> JSON:
        found = self.desk.store.webhooks_seen_by(Caller.from_dict(caller), **load(schemas.ListWebhooks(), payload))
        return {"items": [schemas.webhook_out(stored) for stored in found.items], "next": found.next}

    @rpc
    def change_webhook_secret(self, payload: JSON, caller: JSON) -> JSON:
        given, cause = load(schemas.ChangedWebhook(), payload), of_command("change_webhook_secret", payload, caller)
        return schemas.webhook_out(*webhooks.change_secret(given["id"], cause=cause, desk=self.desk.webhooks))

    @rpc
    def disable_webhook(self, payload: JSON, caller: JSON) -> JSON:
        given, cause = load(schemas.ChangedWebhook(), payload), of_command("disable_webhook", payload, caller)
        return schemas.webhook_out(webhooks.disable(given["id"], cause=cause, desk=self.desk.webhooks))

    @rpc
    def enable_webhook(self, payload: JSON, caller: JSON) -> JSON:
        given, cause = load(schemas.ChangedWebhook(), payload), of_command("enable_webhook", payload, caller)
        return schemas.webhook_out(webhooks.enable(given["id"], cause=cause, desk=self.desk.webhooks))

    @rpc
    def resend_deliveries(self, payload: JSON, caller: JSON) -> JSON:
        given, cause = load(schemas.ById(), payload), of_command("resend_deliveries", payload, caller)
        due = webhooks.resend(given["id"], cause=cause, desk=self.desk.webhooks)
        self._nudge_deliveries(due)
        return {"webhook_id": given["id"], "due": len(due)}

    @reads
    def list_deliveries(self, payload: JSON, caller: JSON) -> JSON:
        given = load(schemas.ListDeliveries(), payload)
        found = self.desk.store.deliveries_seen_by(Caller.from_dict(caller), given.pop("id"), **given)
        return {"items": [schemas.delivery_out(stored) for stored in found.items], "next": found.next}

    @handles(ContactRecorded)
    @handles(WorkerContactRecorded)
    @handles(PersonalAssistantContactRecorded)
    def on_contact_recorded(
        self, event: ContactRecorded | WorkerContactRecorded | PersonalAssistantContactRecorded, envelope: Envelope
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
    @handles(ReferralAllocated)
    @handles(ReferralWaitlisted)
    @handles(ReferralRefused)
    @handles(OfferSent)
    @handles(DirectPaymentImplemented)
    @handles(ClockWarned)
    @handles(ClockBreached)
    @handles(FundClockBreached)
    @handles(VisitReturnOverdue)
    @handles(ContractNoticeTold)
    @handles(WhistleblowingReported)
    @handles(ComplaintForwarded)
    @handles(ResourceProblemShared)
    @handles(AppointmentReminderDue)
    @handles(AuditAnnounced)
    @handles(ComplaintAcknowledged)
    @handles(ComplaintAnswered)
    @handles(ComplaintEscalated)
    @handles(IssueFound)
    @handles(SignpostedAgencyBarred)
    @handles(ReviewAsked)
    @handles(ProviderChangeAsked)
    @handles(ProviderEnded)
    @handles(BudgetChangeNoted)
    @handles(DirectPaymentChanged)
    @handles(ListingPublished)
    @handles(ListingSuspended)
    @handles(ListingRestored)
    @handles(ListingWithdrawn)
    @handles(AlertEscalated)
    @handles(SpendRefused)
    @handles(FundSurplusExceeded)
    @handles(FundShortfallForecast)
    @handles(FundSurplusNoticed)
    @handles(FundSurplusReplied)
    @handles(FundSurplusChallenged)
    @handles(FundReturnOrdered)
    @handles(FundSurplusEnded)
    @handles(FundVariationRequested)
    @handles(FundVariationApproved)
    @handles(FundVariationRefused)
    @handles(CrisisOpened)
    @handles(FundNoticeDue)
    @handles(FundItemised)
    @handles(AgreementTerminated)
    def on_event(self, event: Event, envelope: Envelope) -> None:
        self._tell(notices_of(event), envelope)

    @handles(ConcernRaised)
    def on_concern_raised(self, event: ConcernRaised, envelope: Envelope) -> None:
        self._tell(notices_of(event), envelope)
        planned = delivering.plan_deliveries(
            event,
            envelope,
            questions=self.desk.store,
            deliveries=self.desk.store.deliveries,
            clock=self.desk.clock,
        )
        self._nudge_deliveries(planned)

    @handles(FundOpened)
    def on_fund_opened(self, event: FundOpened, envelope: Envelope) -> None:
        contacts.record_fund(event, envelope, funds=self.desk.store.funds)
        self._tell(notices_of(event), envelope)

    @falls_due(MESSAGES_DUE)
    def send_due(self, record_id: str) -> None:
        """A message whose time has come: a retry, or one whose sender is gone."""
        self.desk.sender.nudge(record_id)

    @falls_due(DELIVERIES_DUE)
    def deliver_due(self, record_id: str) -> None:
        """A delivery whose time has come: its next attempt, or one whose sender is gone."""
        self.desk.deliverer.nudge(record_id)

    def _tell(self, notices: Iterable[AnyNotice], envelope: Envelope) -> None:
        told = telling.tell(
            contacts.addressed(notices, funds=self.desk.store.funds),
            envelope,
            contacts=self.desk.store.contacts,
            notifications=self.desk.store.notifications,
            rules=self.desk.rules,
            clock=self.desk.clock,
        )
        self._nudge(told)

    def _nudge(self, notification_ids: Iterable[str]) -> None:
        for notification_id in notification_ids:
            self.desk.sender.nudge(notification_id)

    def _nudge_deliveries(self, delivery_ids: Iterable[str]) -> None:
        for delivery_id in delivery_ids:
            self.desk.deliverer.nudge(delivery_id)
