"""Contacts, events and desks for tests; everything not named in a call is plain and harmless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from services.notifications import store
from services.notifications.handlers import contacts, telling
from services.notifications.handlers.sending import SendingDesk, send_notification
from services.notifications.model.contacts import Contact, FundParties
from services.notifications.model.deliveries import Delivery
from services.notifications.model.notice_kinds import AnyNotice
from services.notifications.model.notices import notices_of
from services.notifications.model.notifications import Notification
from services.notifications.model.routes import Installed
from services.notifications.model.webhooks import Webhook
from services.notifications.settings import NotificationSettings
from services.notifications.store import MESSAGES_DUE, NotificationStore
from services.notifications.wordings import load_wordings
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
from shared.events.contacts import ContactDetails
from shared.events.contract import ContractNoticeTold
from shared.events.direct_payments import DirectPaymentChanged, IssueFound, SignpostedAgencyBarred
from shared.events.envelope import Envelope
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
from shared.events.pa_registry import ListingPublished, ListingRestored, ListingSuspended, ListingWithdrawn
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
)
from shared.events.reviews import BudgetChangeNoted, ReviewAsked
from shared.events.safeguarding import AlertEscalated, ConcernRaised
from shared.events.whistleblowing import WhistleblowingReported
from shared.messaging.scheduling import DueWork
from tests.support.aggregate_stores import InMemoryAggregates
from tests.support.channels import FakeChannel
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.envelopes import envelope_of
from tests.support.scheduling import a_scheduler

COUNCIL = "cheshire-east"
PERSON = "per-0007"
WORDINGS = load_wordings()

EVENTS: tuple[Event, ...] = (
    ReferralAccepted(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", worker_id="worker-1"),
    ReferralAllocated(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", worker_id="worker-2"),
    ReferralWaitlisted(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", position=2, waiting=5),
    ReferralRefused(referral_id="ref-1", person_id=PERSON, referrer_id="rfr-1", reason="not-resident"),
    OfferSent(referral_id="ref-1", person_id=PERSON, lot=2, provider_ids=("prov-1", "prov-2")),
    DirectPaymentImplemented(referral_id="ref-1", person_id=PERSON, implemented_on=date(2026, 3, 2)),
    ClockWarned(
        clock_id="clk-1",
        rule="C1",
        record_id="ref-1",
        clause="CE 4.3",
        due_at=A_MONDAY_MORNING,
        worker_id="worker-2",
    ),
    VisitReturnOverdue(visit_id="vis-1", worker_id="worker-1", contact_id="worker-2", expected_at=A_MONDAY_MORNING),
    WhistleblowingReported(report_id="whi-1"),
    ContractNoticeTold(notice_id="ntc-1", kind="interruption"),
    ClockBreached(clock_id="clk-1", rule="C1", record_id="ref-1", clause="CE 4.3", due_at=A_MONDAY_MORNING),
    AppointmentReminderDue(appointment_id="apt-1", person_id=PERSON, starts_at=A_MONDAY_MORNING),
    AuditAnnounced(audit_id="aud-1", person_id=PERSON, starts_on=date(2026, 3, 16)),
    ResourceProblemShared(problem_id="rsp-1", kind="equipment"),
    ComplaintForwarded(complaint_id="cmp-1", kind="concern"),
    ComplaintAcknowledged(complaint_id="cmp-1", kind="complaint", reporter_id=PERSON),
    ComplaintAnswered(
        complaint_id="cmp-1",
        kind="negative-feedback",
        reporter_id=PERSON,
        next_action="looked-into",
        copied_to_council=True,
    ),
    ComplaintEscalated(complaint_id="cmp-1", kind="complaint"),
    SignpostedAgencyBarred(
        payment_id="dpy-1", referral_id="ref-1", person_id=PERSON, agency_id="agc-1", worker_id="worker-2"
    ),
    ReviewAsked(programme_id="rvp-1", referral_id="ref-1", person_id=PERSON),
    ProviderChangeAsked(referral_id="ref-1", person_id=PERSON, provider_id="prov-1", wish="change"),
    ProviderEnded(
        referral_id="ref-1",
        person_id=PERSON,
        provider_id="prov-1",
        ended_on=date(2026, 3, 2),
        at_wish_of="person",
        round=1,
    ),
    BudgetChangeNoted(
        programme_id="rvp-1",
        referral_id="ref-1",
        person_id=PERSON,
        weekly_before_pence=20_000,
        weekly_after_pence=26_000,
    ),
    IssueFound(payment_id="dpy-1", referral_id="ref-1", person_id=PERSON, issue_id="iss-1", check="early_help_check"),
    DirectPaymentChanged(
        payment_id="dpy-1", referral_id="ref-1", person_id=PERSON, reason="other", noticed_on=date(2026, 3, 2)
    ),
    FundOpened(fund_id="fund-1", person_id=PERSON, provider_id="prov-1", weekly_budget_pence=25_000),
    SpendRefused(fund_id="fund-1", person_id=PERSON, spend_id="spd-1", outcome="refuse", clause="CP 6.17(e)"),
    FundSurplusExceeded(
        fund_id="fund-1",
        surplus_id="sur-1",
        person_id=PERSON,
        provider_id="prov-1",
        balance_pence=130_000,
        over_pence=10_000,
        weeks=12,
    ),
    FundShortfallForecast(
        fund_id="fund-1",
        person_id=PERSON,
        provider_id="prov-1",
        shortfall_on=date(2026, 6, 1),
        balance_pence=25_000,
        weekly_cost_pence=10_000,
    ),
    FundSurplusNoticed(fund_id="fund-1", surplus_id="sur-1", reply_by_on=date(2026, 3, 16)),
    FundSurplusReplied(fund_id="fund-1", surplus_id="sur-1"),
    FundSurplusChallenged(fund_id="fund-1", surplus_id="sur-1"),
    FundReturnOrdered(fund_id="fund-1", surplus_id="sur-1", amount_pence=10_000, decided_by="officer-1"),
    FundSurplusEnded(fund_id="fund-1", surplus_id="sur-1", how="kept"),
    FundVariationRequested(fund_id="fund-1", variation_id="var-1"),
    FundVariationApproved(fund_id="fund-1", variation_id="var-1", from_on=date(2026, 3, 2)),
    FundVariationRefused(fund_id="fund-1", variation_id="var-1"),
    CrisisOpened(fund_id="fund-1", variation_id="var-1", adjusted_at=A_MONDAY_MORNING),
    FundNoticeDue(fund_id="fund-1", notice_id="ntc-1", kind="needs-decreased"),
    FundItemised(
        fund_id="fund-1",
        itemisation_id="itm-1",
        person_id=PERSON,
        asked_by="commissioner-1",
        from_on=date(2026, 3, 2),
        to_on=date(2026, 3, 31),
    ),
    AgreementTerminated(termination_id="trm-1", provider_id="prov-1", terminated_on=date(2026, 3, 2)),
    ListingPublished(personal_assistant_id="pa-1"),
    ListingSuspended(personal_assistant_id="pa-1"),
    ListingRestored(personal_assistant_id="pa-1"),
    ListingWithdrawn(personal_assistant_id="pa-1"),
    ConcernRaised(
        concern_id="con-1",
        person_id=PERSON,
        categories=("neglect",),
        alleged_kind="personal_assistant",
        alleged_id="pa-1",
        alert_id="alr-1",
        priority="urgent",
    ),
    AlertEscalated(concern_id="con-1", alert_id="alr-1", priority="urgent", due_at=A_MONDAY_MORNING),
)
"""One of each event that someone is told of."""


@dataclass(kw_only=True)
class SampleRules:
    """A council with a name and mailboxes; a test may take them away."""

    mailboxes: dict[str, str] = field(
        default_factory=lambda: {
            "contact_safeguarding_team": "safeguarding@council.example.org",
            "contact_adult_social_care": "care@council.example.org",
        }
    )

    def council_name(self, council_id: str, at: datetime) -> str:
        return "Sample Council"

    def mailbox(self, council_id: str, name: str, at: datetime) -> str | None:
        return self.mailboxes.get(name)

    def refusal_reason(self, council_id: str, code: str, at: datetime) -> str:
        return {"not-resident": "Does not live in the area"}.get(code, code)


class NotificationDesk:
    """The service's store over memory, its clock, policy and channels."""

    def __init__(self, *, channels: dict[str, FakeChannel] | None = None, **settings: Any) -> None:
        self.clock = FixedClock()
        self.rules = SampleRules()
        self.notifications: InMemoryAggregates[Notification] = InMemoryAggregates(
            collection=store.NOTIFICATIONS, kind=store.NOTIFICATION, clock=self.clock
        )
        self.contacts: InMemoryAggregates[Contact] = InMemoryAggregates(
            collection=store.CONTACTS, kind=store.CONTACT, clock=self.clock
        )
        self.funds: InMemoryAggregates[FundParties] = InMemoryAggregates(
            collection=store.FUNDS, kind=store.FUND, clock=self.clock
        )
        self.webhooks: InMemoryAggregates[Webhook] = InMemoryAggregates(
            collection=store.WEBHOOKS, kind=store.WEBHOOK, clock=self.clock
        )
        self.deliveries: InMemoryAggregates[Delivery] = InMemoryAggregates(
            collection=store.DELIVERIES, kind=store.DELIVERY, clock=self.clock
        )
        self.store = NotificationStore(
            notifications=self.notifications.records,
            contacts=self.contacts.records,
            funds=self.funds.records,
            webhooks=self.webhooks.records,
            deliveries=self.deliveries.records,
        )
        self.channels = {"email-file": FakeChannel(kind="email")} if channels is None else channels
        self.sending = SendingDesk(
            notifications=self.notifications.records,
            contacts=self.contacts.records,
            channels=self.channels,
            installed=tuple(Installed(name=name, kind=fake.kind) for name, fake in self.channels.items()),
            wordings=WORDINGS,
            rules=self.rules,
            clock=self.clock,
            settings=replace(NotificationSettings(), **settings),
        )

    def know(self, party_id: str = PERSON, *, sequence: int = 1, **details: Any) -> list[str]:
        """The party's contact details arrive; gives the messages that this woke."""
        known = a_contact(**details)
        event = ContactRecorded(party_id=party_id, kind="person", details=known)
        return contacts.record_contact(
            event,
            an_envelope(event, subject=party_id, sequence=sequence),
            contacts=self.contacts.records,
            notifications=self.notifications.records,
            waiting=self.store,
            clock=self.clock,
        )

    def open_fund(self) -> None:
        """The opening of the fund that the sample events are about arrives."""
        opened = next(event for event in EVENTS if isinstance(event, FundOpened))
        contacts.record_fund(opened, an_envelope(opened, subject=opened.fund_id), funds=self.funds.records)

    def tell(self, event: Event, *, envelope: Envelope | None = None) -> list[str]:
        """The event arrives; gives the messages it makes."""
        return self.tell_of(notices_of(event), envelope or an_envelope(event))

    def tell_of(self, notices: Sequence[AnyNotice], envelope: Envelope) -> list[str]:
        return telling.tell(
            contacts.addressed(notices, funds=self.funds.records),
            envelope,
            contacts=self.contacts.records,
            notifications=self.notifications.records,
            rules=self.rules,
            clock=self.clock,
        )

    def send(self, notification_id: str) -> Notification:
        """The sender's turn; gives the message as it stands then."""
        send_notification(notification_id, desk=self.sending)
        return self.state(notification_id)

    def sweep(self) -> None:
        """One sweep of the service, with the sender's turn at once."""
        work = DueWork(
            due=MESSAGES_DUE,
            documents=self.notifications.documents,
            do=lambda notification_id: send_notification(notification_id, desk=self.sending),
        )
        a_scheduler(self.clock).sweep(work)

    def state(self, notification_id: str) -> Notification:
        return self.notifications.records.get(notification_id).state

    def taken(self) -> list[tuple[str, str]]:
        """Every message that a channel took: channel and address."""
        return [(name, message.address) for name, fake in self.channels.items() for message in fake.taken]


def all_channels() -> dict[str, FakeChannel]:
    """One channel of each kind."""
    return {
        "email-file": FakeChannel(kind="email"),
        "sms-fake": FakeChannel(kind="sms"),
        "letter-file": FakeChannel(kind="letter"),
        "phone-task": FakeChannel(kind="phone"),
    }


def a_contact(**changes: Any) -> ContactDetails:
    """A person who can be reached by every channel and chose email."""
    plain = ContactDetails(
        name="Sample Person 0007",
        preferred_channel="email",
        email="person-0007@example.org",
        sms="07700 900 007",
        phone="01632 960 007",
        letter="7 Sample Street\nSampleton",
    )
    return replace(plain, **changes)


def a_referral_accepted(**changes: Any) -> ReferralAccepted:
    plain = ReferralAccepted(referral_id="ref-1", person_id=PERSON, worker_id="worker-1")
    return replace(plain, **changes)


def an_envelope(event: Event, *, subject: str = "subject-1", sequence: int = 1) -> Envelope:
    """The event as it would arrive."""
    return envelope_of(event, subject=subject, sequence=sequence, councilid=COUNCIL)


def a_caller(**changes: Any) -> Caller:
    """An adviser of Cheshire East."""
    return replace(Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,)), **changes)
