"""The nameko class of referrals: what it hears of by itself, and the families of calls that it answers."""

from __future__ import annotations

from datetime import date

from services.referrals.calls.agencies import AgencyCalls
from services.referrals.calls.answering import AnsweringCalls
from services.referrals.calls.best_interests import BestInterestCalls
from services.referrals.calls.calendar import CalendarCalls
from services.referrals.calls.capacity import CapacityCalls
from services.referrals.calls.casework import CaseworkCalls
from services.referrals.calls.clocks import ClockCalls
from services.referrals.calls.complaints import ComplaintCalls
from services.referrals.calls.contract import ContractCalls
from services.referrals.calls.direct_payments import DirectPaymentCalls
from services.referrals.calls.duplicates import DuplicateCalls
from services.referrals.calls.importing import ImportingCalls
from services.referrals.calls.intake import IntakeCalls
from services.referrals.calls.offers import OfferCalls
from services.referrals.calls.payment_checks import PaymentCheckCalls
from services.referrals.calls.payment_setup import PaymentSetUpCalls
from services.referrals.calls.people import PeopleCalls
from services.referrals.calls.policies import PolicyCalls
from services.referrals.calls.providers import ProviderCalls
from services.referrals.calls.reading import ReadingCalls
from services.referrals.calls.refusing import RefusingCalls
from services.referrals.calls.reviews import ReviewCalls
from services.referrals.calls.waiting import WaitingCalls
from services.referrals.calls.whistleblowing import WhistleblowingCalls
from services.referrals.handlers import (
    agencies,
    calendar,
    casework,
    contract_duties,
    direct_payments,
    importing,
    intake,
    refusing,
    reviews,
)
from services.referrals.store import CLOCKS_DUE, IMPORTS_DUE, REMINDERS_DUE, RETURNS_OVERDUE
from shared.events.agencies import AgencyRated
from shared.events.calendar import CalendarEventHeld
from shared.events.direct_payments import DirectPaymentEnded, Signposted
from shared.events.envelope import Envelope
from shared.events.notifications import NotificationSent
from shared.events.referrals import (
    DirectPaymentImplemented,
    ProviderEnded,
    ReferralClosed,
    ReferralImported,
    ReferralWithdrawn,
    SupportStarted,
)
from shared.messaging.broker.topology import INTAKE
from shared.messaging.cause import of_event, of_schedule
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.durable import falls_due, handles, takes_in
from shared.messaging.consuming.incoming import council_of


class ReferralsService(
    IntakeCalls,
    ImportingCalls,
    ReadingCalls,
    AnsweringCalls,
    RefusingCalls,
    WaitingCalls,
    DuplicateCalls,
    OfferCalls,
    ProviderCalls,
    CapacityCalls,
    AgencyCalls,
    ReviewCalls,
    PaymentSetUpCalls,
    PaymentCheckCalls,
    DirectPaymentCalls,
    ClockCalls,
    PeopleCalls,
    PolicyCalls,
    ComplaintCalls,
    CaseworkCalls,
    CalendarCalls,
    BestInterestCalls,
    ContractCalls,
    WhistleblowingCalls,
):
    """Referrals, the people in them, and the providers they are offered to."""

    name = "referrals"

    @takes_in(INTAKE)
    def on_council_message(self, delivery: Delivery) -> int:
        """A council's events by AMQP; what can't be taken in is answered on its results queue, never lost.

        Says how many were refused.
        """
        documents = self.desk.formats.documents_of(delivery)
        return intake.take_in_message(documents, council_id=council_of(delivery), desk=self.desk.intake)

    @handles(NotificationSent)
    def on_notification_sent(self, event: NotificationSent, envelope: Envelope) -> None:
        """A refusal's letter has gone out: its written act (CE 4.3)."""
        refusing.record_letter(event, referrals=self.desk.store.referrals, at=envelope.time, cause=of_event(envelope))

    @handles(DirectPaymentImplemented)
    def on_direct_payment_implemented(self, event: DirectPaymentImplemented, envelope: Envelope) -> None:
        """The payment runs; its checks are programmed."""
        direct_payments.programme_checks(
            event, council_id=envelope.councilid, desk=self.desk.payments, cause=of_event(envelope)
        )
        self._programme_reviews(event.referral_id, event.implemented_on, envelope)

    @handles(ReferralImported)
    def on_referral_imported(self, event: ReferralImported, envelope: Envelope) -> None:
        """Whoever was brought in has their payment, with the checks and reviews that are still to come (CE 3.5)."""
        council_id, cause = envelope.councilid, of_event(envelope)
        direct_payments.bring_in_payment(event, council_id=council_id, desk=self.desk.payments, cause=cause)
        reviews.programme_reviews_of_imported(
            event.referral_id,
            began_on=event.implemented_on,
            council_id=council_id,
            desk=self.desk.reviews,
            cause=cause,
        )

    @handles(SupportStarted)
    def on_support_started(self, event: SupportStarted, envelope: Envelope) -> None:
        """The chosen provider's support runs; its reviews are programmed."""
        self._programme_reviews(event.referral_id, event.began_on, envelope)

    @handles(ProviderEnded)
    def on_provider_ended(self, event: ProviderEnded, envelope: Envelope) -> None:
        """A provider whose services ended has no reviews to come (CP 5.3)."""
        reviews.end_reviews(
            event.referral_id,
            ended_on=event.ended_on,
            round=event.round,
            desk=self.desk.reviews,
            cause=of_event(envelope),
        )

    @handles(AgencyRated)
    def on_agency_rated(self, event: AgencyRated, envelope: Envelope) -> None:
        """Whoever was signposted to an agency that is barred now is told."""
        agencies.withdraw_signposts(event, desk=self.desk.agencies, cause=of_event(envelope))

    @handles(Signposted)
    def on_signposted(self, event: Signposted, envelope: Envelope) -> None:
        """Who was signposted to an agency in the moment in which it was barred is told too."""
        agencies.check_signpost(event, desk=self.desk.agencies, cause=of_event(envelope))

    @handles(CalendarEventHeld)
    def on_calendar_event_held(self, event: CalendarEventHeld, envelope: Envelope) -> None:
        """An event that was held does the duty of the contract that asks for it (CE 3.2)."""
        contract_duties.count_event(
            event, council_id=envelope.councilid, desk=self.desk.cases, cause=of_event(envelope)
        )

    @handles(DirectPaymentEnded)
    def on_direct_payment_ended(self, event: DirectPaymentEnded, envelope: Envelope) -> None:
        """A payment that ended is reviewed no more."""
        reviews.end_reviews(event.referral_id, desk=self.desk.reviews, cause=of_event(envelope))

    @handles(ReferralClosed)
    @handles(ReferralWithdrawn)
    def on_referral_ended(self, event: ReferralClosed | ReferralWithdrawn, envelope: Envelope) -> None:
        """A closed case has nothing left that runs."""
        direct_payments.end_with_referral(event, desk=self.desk.payments, cause=of_event(envelope))
        reviews.end_reviews(event.referral_id, desk=self.desk.reviews, cause=of_event(envelope))

    def _programme_reviews(self, referral_id: str, began_on: date, envelope: Envelope) -> None:
        desk, council_id = self.desk.reviews, envelope.councilid
        reviews.programme_reviews(
            referral_id, began_on=began_on, council_id=council_id, desk=desk, cause=of_event(envelope)
        )

    @falls_due(IMPORTS_DUE)
    def finish_import(self, record_id: str) -> None:
        """An import whose process died is finished by another."""
        cause = of_schedule("imports", record_id)
        importing.finish_import(record_id, imports=self.desk.imports, cause=cause, desk=self.desk.intake)

    @falls_due(*CLOCKS_DUE)
    def keep_clocks(self, record_id: str) -> None:
        """Warns of and breaches a record's clocks; each is told once, however many replicas look."""
        self.desk.clocks.keep(record_id, cause=of_schedule("clocks", record_id))

    @falls_due(RETURNS_OVERDUE)
    def look_for_workers(self, visit_id: str) -> None:
        """A worker who is not back from a visit off premises is looked for (CE 7.7); told once."""
        casework.raise_alarm(visit_id, desk=self.desk.cases, cause=of_schedule("visits", visit_id))

    @falls_due(REMINDERS_DUE)
    def remind_of_appointments(self, appointment_id: str) -> None:
        """A person is to be reminded of their appointment (CE 4.12); told once."""
        calendar.remind(appointment_id, desk=self.desk.cases, cause=of_schedule("reminders", appointment_id))
