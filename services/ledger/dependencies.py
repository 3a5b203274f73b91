"""Builds what the ledger's use cases need from the service's resources and the platform's policies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from nameko.extensions import DependencyProvider

from services.ledger import store
from services.ledger.handlers.closing import closing
from services.ledger.handlers.fees import FeeDesk
from services.ledger.handlers.life import LifeDesk
from services.ledger.handlers.moving import moving
from services.ledger.handlers.payment_runs import PaymentRuns
from services.ledger.handlers.reconciliation import ReconciliationDesk
from services.ledger.handlers.repaying import repaying
from services.ledger.handlers.returning import returning
from services.ledger.handlers.sealing import Sealing
from services.ledger.life_desk import keeper_of, open_life, recalculations_of
from services.ledger.model.bacs import Originator
from services.ledger.model.evidence import EntryEvidence
from services.ledger.model.funds import Fund
from services.ledger.model.holds import PayeeHold
from services.ledger.model.itemisations import Itemisation
from services.ledger.model.payment_details import PaymentDetails
from services.ledger.model.refusals import RefusedSpend
from services.ledger.model.reservations import Expiries
from services.ledger.policy import PackFundPolicies
from services.ledger.settings import LedgerSettings
from services.ledger.store import (
    StoredBooks,
    StoredEvidence,
    StoredHolds,
    StoredLeaves,
    bank_lines,
    payment_runs,
    seals,
)
from services.ledger.store.funds import every_fund_id
from shared.bank_statements.loading import load_statement_formats
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.processes import Processes
from shared.policy.calendars import england
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.policies import Policies
from shared.policy.recalculating import Recalculations
from shared.runtime.resources import Resources
from shared.runtime.service import policies_of, resources_of
from shared.settings import read_settings
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class LedgerDesk:
    """What the ledger's entrypoints hand to use cases."""

    funds: Aggregates[Fund]
    books: StoredBooks
    refusals: Aggregates[RefusedSpend]
    expiries: Aggregates[Expiries]
    itemisations: Aggregates[Itemisation]
    holds: Aggregates[PayeeHold]
    payee_holds: StoredHolds
    evidence: Aggregates[EntryEvidence]
    evidence_of_fund: StoredEvidence
    processes: Processes
    payment_details: Aggregates[PaymentDetails]
    payment_runs: PaymentRuns
    originators: Mapping[str, Originator]
    reconciliation: ReconciliationDesk
    policies: PackFundPolicies
    clock: Clock
    attempts: int
    life: LifeDesk
    clocks: ClockKeeper
    recalculations: Recalculations
    fees: FeeDesk
    sealing: Sealing


class Desk(DependencyProvider):
    """Gives workers the `LedgerDesk`."""

    desk: LedgerDesk
    known: Policies

    def setup(self) -> None:
        self.known = policies_of(self.container)
        self.desk = open_desk(resources_of(self.container), self.known)

    def start(self) -> None:
        """Has clocks reckoned anew that were last reckoned under other packs or bank holidays than this process knows."""
        try:
            self.desk.recalculations.order_where_needed(self.known.councils())
        except StoreAway:  # the next midnight, or the next start, will do
            log.warning("recalculations.not_ordered")

    def get_dependency(self, worker_ctx: Any) -> LedgerDesk:
        return self.desk


def open_desk(resources: Resources, known: Policies) -> LedgerDesk:
    """The ledger's records over its resources, and the policies that it knows."""
    policies = PackFundPolicies(policies=known)
    funds = resources.aggregates(store.FUNDS, store.FUND)
    settings = read_settings(LedgerSettings)
    attempts = settings.post_attempts
    evidence = resources.aggregates(store.ENTRY_EVIDENCE, store.EVIDENCE_KIND)
    books = _books(resources)
    details = resources.aggregates(payment_runs.PAYMENT_DETAILS, payment_runs.PAYMENT_DETAIL)
    life = open_life(resources, known, funds=funds, books=books, policies=policies, attempts=attempts)
    clocks = keeper_of(life, resources, known)
    return LedgerDesk(
        funds=funds,
        books=books,
        refusals=resources.aggregates(store.REFUSED_SPENDS, store.REFUSED_SPEND),
        expiries=resources.aggregates(store.EXPIRIES, store.EXPIRIES_OF_FUND),
        itemisations=resources.aggregates(store.ITEMISATIONS, store.ITEMISATION),
        holds=resources.aggregates(store.PAYEE_HOLDS, store.PAYEE_HOLD),
        payee_holds=StoredHolds(documents=resources.documents(store.PAYEE_HOLDS), clock=resources.clock),
        evidence=evidence,
        evidence_of_fund=StoredEvidence(evidence),
        processes=_processes(resources, life),
        payment_details=details,
        payment_runs=_payment_runs(resources, policies, settings, funds=funds, books=books, details=details),
        originators=dict(settings.originators),
        reconciliation=_reconciliation(resources, settings, funds=funds, books=books, details=details),
        policies=policies,
        sealing=_sealing(resources, settings, funds=funds, books=books),
        clock=resources.clock,
        attempts=attempts,
        fees=_fees(resources, policies, funds=funds, books=books, attempts=attempts),
        life=life,
        clocks=clocks,
        recalculations=recalculations_of(clocks, resources),
    )


def _books(resources: Resources) -> StoredBooks:
    blocks = resources.documents(store.BLOCKS)
    return StoredBooks(
        documents=blocks,
        clock=resources.clock,
        nudge=lambda block: resources.nudge(store.BLOCKS.name, block),
        admit=resources.pressure.admit,
        payments=store.FoldedPayments(blocks=blocks, kept=resources.documents(store.STANDING_PAYMENTS)),
    )


def _fees(
    resources: Resources,
    policies: PackFundPolicies,
    *,
    funds: Aggregates[Fund],
    books: StoredBooks,
    attempts: int,
) -> FeeDesk:
    return FeeDesk(
        funds=funds,
        fees=resources.aggregates(store.FUND_FEES, store.FEES_OF_FUND),
        arrangements=resources.aggregates(store.ARRANGEMENTS, store.ARRANGEMENT),
        books=books,
        policies=policies,
        clock=resources.clock,
        attempts=attempts,
    )


def _sealing(resources: Resources, settings: LedgerSettings, *, funds: Aggregates[Fund], books: StoredBooks) -> Sealing:
    kept = resources.aggregates(store.SEALS, store.SEAL)
    return Sealing(
        seals=kept,
        leaves=StoredLeaves(resources.documents(store.SEAL_PAGES)),
        newest=partial(seals.newest_seals, kept),
        with_key=partial(seals.seal_with_key, seals=kept),
        fund_ids=partial(every_fund_id, funds),
        books=books,
        clock=resources.clock,
        hours=settings.seal_hours,
    )


def _processes(resources: Resources, life: LifeDesk) -> Processes:
    return resources.processes(
        closing(funds=life.funds, books=life.books, clock=life.clock, attempts=life.attempts),
        moving(funds=life.funds, books=life.books, clock=life.clock, attempts=life.attempts),
        returning(life),
        repaying(life),
    )


def _payment_runs(
    resources: Resources,
    policies: PackFundPolicies,
    settings: LedgerSettings,
    *,
    funds: Aggregates[Fund],
    books: StoredBooks,
    details: Aggregates[PaymentDetails],
) -> PaymentRuns:
    runs = resources.aggregates(payment_runs.PAYMENT_RUNS, payment_runs.PAYMENT_RUN)
    return PaymentRuns(
        runs=runs,
        begin=partial(payment_runs.begin_run, runs=runs),
        pages=payment_runs.StoredRunPages(documents=resources.documents(payment_runs.PAYMENT_RUN_PAGES)),
        funds=payment_runs.StoredFundList(funds=funds, details=details),
        books=books,
        policies=policies,
        holidays=england(),
        clock=resources.clock,
        attempts=settings.post_attempts,
        page_lines=settings.run_page,
        lease=timedelta(seconds=resources.settings.lease_seconds),
    )


def _reconciliation(
    resources: Resources,
    settings: LedgerSettings,
    *,
    funds: Aggregates[Fund],
    books: StoredBooks,
    details: Aggregates[PaymentDetails],
) -> ReconciliationDesk:
    return ReconciliationDesk(
        funds=funds,
        books=books,
        lines=bank_lines.StoredBankLines(documents=resources.documents(bank_lines.BANK_LINES)),
        imports=resources.aggregates(bank_lines.STATEMENT_IMPORTS, bank_lines.STATEMENT_IMPORT),
        accounts=bank_lines.StoredAccounts(details=details),
        formats=load_statement_formats(
            settings.statement_formats,
            profiles=settings.statement_profiles,
            most_bytes=settings.statement_bytes,
            most_lines=settings.statement_lines,
        ),
        clock=resources.clock,
        match_days=settings.match_days,
    )
