"""Payment runs over one store, as any replica of the ledger works them; a replica may die between two writes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from services.ledger.handlers import payment_runs
from services.ledger.handlers.payment_details import enter_details
from services.ledger.handlers.payment_runs import PaymentRuns
from services.ledger.model.commands import ApproveRun, PrepareRun, WithdrawRun
from services.ledger.model.payment_details import PaymentDetails, PayTo
from services.ledger.model.payment_runs import PaymentRun, RunLine
from services.ledger.store import BLOCKS, FUND, FUNDS, STANDING_PAYMENTS, FoldedPayments, StoredBooks
from services.ledger.store.payment_runs import (
    PAYMENT_DETAIL,
    PAYMENT_DETAILS,
    PAYMENT_RUN,
    PAYMENT_RUN_PAGES,
    PAYMENT_RUNS,
    PAYMENT_RUNS_DUE,
    StoredFundList,
    StoredRunPages,
    begin_run,
)
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Kind, Stored
from shared.messaging.scheduling import DueWork
from shared.policy.calendars import england
from shared.store.documents import Collection, Document
from tests.support.crashing import Life, MortalDocuments
from tests.support.ledger_builders import ATTEMPTS, COUNCIL, TODAY, Ledger, a_caller, pounds
from tests.support.scheduling import LEASE_SECONDS, a_scheduler

CARD = PayTo(method="card", card_reference="CARD-0007")
BANK = PayTo(method="bank", sort_code="010203", account_number="12345678", account_name="SAMPLE PROVIDER")
PREPARER = a_caller(actor_id="officer-prepares")
APPROVER = a_caller(actor_id="officer-approves")
ENTERER = a_caller(actor_id="officer-enters")
DETAILS: Kind[PaymentDetails] = PAYMENT_DETAIL


@dataclass(kw_only=True)
class Runs:
    """One replica. `page_lines` is small, so that a few funds fill several pages."""

    ledger: Ledger = field(default_factory=Ledger)
    life: Life = field(default_factory=Life)
    page_lines: int = 2

    def __post_init__(self) -> None:
        clock, funds = self.ledger.clock, self.aggregates(FUNDS, FUND)
        self.details = self.aggregates(PAYMENT_DETAILS, DETAILS)
        runs = self.aggregates(PAYMENT_RUNS, PAYMENT_RUN)
        self.desk = PaymentRuns(
            runs=runs,
            begin=partial(begin_run, runs=runs),
            pages=StoredRunPages(documents=self._documents(PAYMENT_RUN_PAGES)),
            funds=StoredFundList(funds=funds, details=self.details),
            books=StoredBooks(documents=self._documents(BLOCKS), clock=clock, nudge=_nobody, payments=self._payments()),
            policies=self.ledger.policies,
            holidays=england(),
            clock=clock,
            attempts=ATTEMPTS,
            page_lines=self.page_lines,
            lease=timedelta(seconds=LEASE_SECONDS),
        )

    def _payments(self) -> FoldedPayments:
        kept = self._documents(STANDING_PAYMENTS)
        return FoldedPayments(blocks=self._documents(BLOCKS), kept=kept, kept_after=1)

    def aggregates(self, collection: Collection, kind: Kind[Any]) -> Aggregates[Any]:
        """Aggregates as this replica sees them."""
        return Aggregates(documents=self._documents(collection), kind=kind, clock=self.ledger.clock, nudge=_nobody)

    def fund(self, pay_to: PayTo | None = CARD, **changes: Any) -> str:
        """The id of a fund with an agreed plan, and a destination unless told otherwise."""
        fund_id = self.ledger.open_with_plan(**changes)
        if pay_to is not None:
            self.enter(fund_id, pay_to)
        return fund_id

    def enter(self, fund_id: str, pay_to: PayTo, *, caller: Caller = ENTERER) -> Stored[PaymentDetails]:
        """An officer enters where the fund's payments go."""
        return enter_details(
            fund_id,
            pay_to,
            cause=self.ledger.cause("enter_payment_details", (fund_id, pay_to), caller=caller),
            funds=self.ledger.funds,
            details=self.details,
            clock=self.ledger.clock,
        )

    def prepare(self, *, pay_on: date = TODAY, key: str | None = None, **changes: Any) -> str:
        """The id of a run that has just been begun."""
        command = PrepareRun(council_id=COUNCIL, pay_on=pay_on, **changes)
        cause = self.ledger.cause("prepare_payment_run", command, key=key, caller=PREPARER)
        return payment_runs.prepare(command, cause=cause, desk=self.desk).id

    def prepared(self, **how: Any) -> str:
        """The id of a run that waits for approval."""
        run_id = self.prepare(**how)
        payment_runs.go_on(run_id, desk=self.desk)
        return run_id

    def approve(self, run_id: str, *, caller: Caller = APPROVER, **changes: Any) -> PaymentRun:
        """Approves the run with its own totals, unless told otherwise."""
        tally = self.run(run_id).tally
        command = replace(ApproveRun(run_id=run_id, lines=tally.lines, amount=tally.amount), **changes)
        cause = self.ledger.cause("approve_payment_run", command, caller=caller)
        return payment_runs.approve(command, cause=cause, desk=self.desk).state

    def withdraw(self, run_id: str) -> PaymentRun:
        """Withdraws the run."""
        command = WithdrawRun(run_id=run_id, reason="a wrong day")
        cause = self.ledger.cause("withdraw_payment_run", command, caller=PREPARER)
        return payment_runs.withdraw(command, cause=cause, desk=self.desk).state

    def go_on(self, run_id: str) -> PaymentRun:
        """The ledger takes the run as far as it can."""
        payment_runs.go_on(run_id, desk=self.desk)
        return self.run(run_id)

    def sweep(self) -> int:
        """One sweep of this replica over runs that are due."""
        documents = self._documents(PAYMENT_RUNS)
        work = DueWork(
            due=PAYMENT_RUNS_DUE, documents=documents, do=lambda run_id: payment_runs.go_on(run_id, desk=self.desk)
        )
        return a_scheduler(self.ledger.clock).sweep(work)

    def run(self, run_id: str) -> PaymentRun:
        """The run as it stands."""
        return self.desk.runs.get(run_id).state

    def lines(self, run_id: str) -> dict[str, RunLine]:
        """Every line by its fund."""
        return {line.fund_id: line for page in self.desk.pages.of_run(run_id) for line in page.lines}

    def paid_in(self, fund_id: str) -> list[int]:
        """The fund's payments in, in pence."""
        return [entry.amount.amount for entry in self.ledger.books.entries(fund_id) if entry.type == "payment-in"]

    def _documents(self, collection: Collection) -> MortalDocuments:
        return MortalDocuments(self.ledger.store.documents(collection), self.life)


def a_run_line(amount: str = "400.00", **changes: Any) -> RunLine:
    """A payment to a bank account."""
    line = RunLine(
        fund_id="fund-0007",
        status="due",
        first_on=TODAY,
        to_on=TODAY,
        amount=pounds(amount),
        pay_to=BANK,
        details_by="officer-enters",
    )
    return replace(line, **changes)


def _nobody(document: Document) -> None:
    """Nobody relays here."""
