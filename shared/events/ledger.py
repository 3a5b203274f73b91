"""What the ledger tells: a fund's life, its postings, and refused spends. Amounts are whole pence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from shared.events.language import Event, Stream, event

FUND = Stream(name="fund", owner="ledger", about="a person's fund: opening, plan, closing")
JOURNAL = Stream(name="journal", owner="ledger", about="what was posted in a fund's book")
PAYMENT_RUN = Stream(name="payrun", owner="ledger", about="a council's payments in advance to all its funds at once")
SPEND = Stream(name="spend", owner="ledger", about="a spend that was asked for and not allowed")
FEE = Stream(name="fee", owner="ledger", about="the provider's fee that holds for a fund")

Pence = Annotated[int, "whole pence"]


@event("fund.opened", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundOpened(Event):
    """A fund was opened for one person (CP 9.8: held separately)."""

    fund_id: str
    person_id: str
    provider_id: str
    weekly_budget_pence: Pence


@event("fund.plan.agreed", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundPlanAgreed(Event):
    """The social worker agreed the plan; spending may start (CP 3.2)."""

    fund_id: str
    agreed_by: str


@event("fund.support.ended", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundSupportEnded(Event):
    """The provider's services to the person ended: its fund is to be settled and closed (CP 5.3)."""

    fund_id: str
    provider_id: str
    ended_on: date


@event("fund.moved", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundMoved(Event):
    """The person changed provider: what the fund held is in the other provider's fund (CP 5.3). The fund is closed."""

    fund_id: str
    to_fund_id: str
    transfer_id: str


@event("fund.closed", stream=FUND)
@dataclass(frozen=True, kw_only=True)
class FundClosed(Event):
    """The fund was closed with a nil balance."""

    fund_id: str


@event("fund.funded", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class FundFunded(Event):
    """A payment came in (CP 5.4)."""

    fund_id: str
    person_id: str
    entry_id: str
    amount_pence: Pence
    balance_pence: Pence
    effective_on: date


@event("fund.returned", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class FundReturned(Event):
    """Money went back to the council: a surplus, or the balance at the end of an agreement (CP 4.7, 9.5)."""

    fund_id: str
    person_id: str
    entry_id: str
    amount_pence: Pence
    balance_pence: Pence
    effective_on: date


@event("fund.spend.posted", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class SpendPosted(Event):
    """A spend was allowed and posted."""

    fund_id: str
    person_id: str
    entry_id: str
    amount_pence: Pence
    balance_pence: Pence
    effective_on: date
    payee_id: str | None = None


@event("fund.spend.reserved", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class SpendReserved(Event):
    """Money was set aside for a booking; it is still in hand."""

    fund_id: str
    person_id: str
    entry_id: str
    amount_pence: Pence
    balance_pence: Pence
    expires_on: date | None = None
    payee_id: str | None = None


@event("fund.money.allocated", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class MoneyAllocated(Event):
    """Money was set aside for a purpose, an outcome of the agreed plan; it is still in hand."""

    fund_id: str
    person_id: str
    entry_id: str
    purpose: Annotated[str, "the outcome's id"]
    amount_pence: Pence
    balance_pence: Pence


@event("fund.money.released", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class MoneyReleased(Event):
    """Money that was set aside for a purpose is free again."""

    fund_id: str
    person_id: str
    entry_id: str
    purpose: Annotated[str, "the outcome's id"]
    amount_pence: Pence
    balance_pence: Pence


@event("fund.reservation.resolved", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class ReservationResolved(Event):
    """A reservation came to its end; where it was paid, the spend's own event follows."""

    fund_id: str
    entry_id: str
    reserved_entry_id: str
    how: Annotated[str, "posted, voided or expired"]
    amount_pence: Pence
    balance_pence: Pence


@event("fund.contribution.invoiced", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class ContributionInvoiced(Event):
    """The council invoiced the person's contribution; none of the fund's money moved (CP 5.4)."""

    fund_id: str
    person_id: str
    entry_id: str
    amount_pence: Pence
    from_on: date | None = None
    to_on: date | None = None


@event("fee.accrued", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class FeeAccrued(Event):
    """The provider's fee for some days was taken from the fund (CP Sch III, IV)."""

    fund_id: str
    provider_id: str
    entry_id: str
    amount_pence: Pence
    balance_pence: Pence
    from_on: date | None = None
    to_on: date | None = None


@event("fee.tier.set", stream=FEE)
@dataclass(frozen=True, kw_only=True)
class FeeTierSet(Event):
    """The fee that holds for a fund from a day on (CP 3.3); the reason stays in the record."""

    fund_id: str
    provider_id: str
    lot: Annotated[int, "1 care providers, 2 support brokers (CP 3.1)"]
    tier: str
    weekly_fee_pence: Pence
    from_on: date
    clause: str


@event("fund.entry.reversed", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class EntryReversed(Event):
    """An entry was corrected by its reversal."""

    fund_id: str
    entry_id: str
    reversed_entry_id: str
    balance_pence: Pence


@event("fund.money.moved_out", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class MoneyMovedOut(Event):
    """Everything the fund held was moved to another fund of the person (CP 5.3)."""

    fund_id: str
    person_id: str
    entry_id: str
    transfer_id: str
    amount_pence: Pence
    balance_pence: Pence


@event("fund.money.moved_in", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class MoneyMovedIn(Event):
    """What another fund of the person held was moved into this one (CP 5.3)."""

    fund_id: str
    person_id: str
    entry_id: str
    transfer_id: str
    amount_pence: Pence
    balance_pence: Pence


@event("fund.book.closed", stream=JOURNAL)
@dataclass(frozen=True, kw_only=True)
class FundBookClosed(Event):
    """The book has ended, with nothing left in hand; no entry follows."""

    fund_id: str
    entry_id: str


@event("fund.spend.refused", stream=SPEND)
@dataclass(frozen=True, kw_only=True)
class SpendRefused(Event):
    """A spend was refused or needs agreement first; the clause says why (CP 6.17)."""

    fund_id: str
    person_id: str
    spend_id: str
    outcome: Annotated[str, "refuse or needs_agreement"]
    clause: str


@event("payrun.prepared", stream=PAYMENT_RUN)
@dataclass(frozen=True, kw_only=True)
class PaymentRunPrepared(Event):
    """The run's payments are drawn up and wait for another officer's approval (CP 5.4)."""

    run_id: str
    payments: int
    amount_pence: Pence
    held_back: int
    pay_on: date
    prepared_by: str


@event("payrun.approved", stream=PAYMENT_RUN)
@dataclass(frozen=True, kw_only=True)
class PaymentRunApproved(Event):
    """Another officer approved the run; its file may be sent."""

    run_id: str
    payments: int
    amount_pence: Pence
    pay_on: date
    approved_by: str


@event("payrun.posted", stream=PAYMENT_RUN)
@dataclass(frozen=True, kw_only=True)
class PaymentRunPosted(Event):
    """Every payment of the run is on its fund's book, or refused there."""

    run_id: str
    posted: int
    amount_pence: Pence
    refused: int


@event("payrun.withdrawn", stream=PAYMENT_RUN)
@dataclass(frozen=True, kw_only=True)
class PaymentRunWithdrawn(Event):
    """The run is not carried out."""

    run_id: str
