"""The nameko class of the ledger: what it hears of by itself, and the families of calls that it answers."""

from __future__ import annotations

import structlog

from services.ledger.calls.allocations import AllocationCalls
from services.ledger.calls.decisions import DecisionCalls
from services.ledger.calls.duties import DutyCalls
from services.ledger.calls.entries import EntryCalls
from services.ledger.calls.evidence import EvidenceCalls
from services.ledger.calls.fees import FeeCalls
from services.ledger.calls.funds import FundCalls
from services.ledger.calls.history import HistoryCalls
from services.ledger.calls.itemisations import ItemisationCalls
from services.ledger.calls.life import LifeCalls
from services.ledger.calls.overview import OverviewCalls
from services.ledger.calls.payment_runs import PaymentRunCalls
from services.ledger.calls.payments import PaymentCalls
from services.ledger.calls.reading import ReadingCalls
from services.ledger.calls.reconciliation import ReconciliationCalls
from services.ledger.calls.reservations import ReservationCalls
from services.ledger.calls.seals import SealCalls
from services.ledger.calls.spending import SpendingCalls
from services.ledger.calls.surplus import SurplusCalls
from services.ledger.calls.termination import TerminationCalls
from services.ledger.calls.variations import VariationCalls
from services.ledger.handlers import funds, holds, reservations, sealing
from services.ledger.model.commands import OpenFund
from services.ledger.store import EXPIRIES_DUE, SEALS_DUE
from shared.dates import london_day
from shared.errors import Conflict
from shared.events.envelope import Envelope
from shared.events.referrals import ProviderChosen, ProviderEnded
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.cause import of_event
from shared.messaging.consuming.durable import falls_due, handles
from shared.messaging.processes import PROCESSES_DUE
from shared.money import Pence

log = structlog.get_logger(__name__)


class LedgerService(
    FundCalls,
    PaymentCalls,
    PaymentRunCalls,
    ReconciliationCalls,
    SpendingCalls,
    ReservationCalls,
    AllocationCalls,
    ItemisationCalls,
    SealCalls,
    HistoryCalls,
    LifeCalls,
    DutyCalls,
    VariationCalls,
    SurplusCalls,
    TerminationCalls,
    EntryCalls,
    ReadingCalls,
    DecisionCalls,
    EvidenceCalls,
    OverviewCalls,
    FeeCalls,
):
    """People's funds, each with a book that proves itself."""

    name = "ledger"

    @falls_due(PROCESSES_DUE)
    def go_on(self, record_id: str) -> None:
        """Finishes what a process of several steps has left open."""
        self.desk.processes.go_on(record_id)

    @falls_due(EXPIRIES_DUE)
    def expire_reservations(self, record_id: str) -> None:
        """Frees what reservations that have run out still hold."""
        desk = self.desk
        reservations.expire_reservations(
            record_id,
            funds=desk.funds,
            books=desk.books,
            expiries=desk.expiries,
            clock=desk.clock,
            attempts=desk.attempts,
        )

    @falls_due(SEALS_DUE)
    def seal_again(self, record_id: str) -> None:
        """Seals all books again, so many hours after the last seal."""
        sealing.seal_again(record_id, desk=self.desk.sealing)

    @handles(ProviderChosen)
    def on_provider_chosen(self, event: ProviderChosen, envelope: Envelope) -> None:
        """The person has chosen a provider: their fund opens (CP 3.2.2, 9.8)."""
        command = OpenFund(
            council_id=envelope.councilid,
            person_id=event.person_id,
            provider_id=event.provider_id,
            weekly_budget=Pence(event.weekly_budget_pence),
            starts_on=london_day(envelope.time),
            referral_id=event.referral_id,
            round=event.round,
        )
        desk = self.desk
        try:
            funds.open_fund(
                command, cause=of_event(envelope), funds=desk.funds, policies=desk.policies, clock=desk.clock
            )
        except Conflict:  # a referral has one fund only, and somebody opened it before the event came
            log.info("fund.opened_before", referral_id=event.referral_id)

    @handles(ProviderEnded)
    def on_provider_ended(self, event: ProviderEnded, envelope: Envelope) -> None:
        """The provider's services to this person ended: its fund says so until it is settled and closed (CP 5.3)."""
        funds.end_support(
            event.referral_id,
            round=event.round,
            ended_on=event.ended_on,
            council_id=envelope.councilid,
            cause=of_event(envelope),
            funds=self.desk.funds,
        )

    @handles(RestrictionImposed)
    def on_restriction_imposed(self, event: RestrictionImposed, envelope: Envelope) -> None:
        self._follow(event, envelope)

    @handles(RestrictionLifted)
    def on_restriction_lifted(self, event: RestrictionLifted, envelope: Envelope) -> None:
        self._follow(event, envelope)

    def _follow(self, event: RestrictionImposed | RestrictionLifted, envelope: Envelope) -> None:
        holds.follow_restriction(event, council_id=envelope.councilid, cause=of_event(envelope), holds=self.desk.holds)
