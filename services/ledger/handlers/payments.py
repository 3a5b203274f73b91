"""Payments into a fund."""

from __future__ import annotations

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.model.blocks import Head
from services.ledger.model.commands import TakePaymentIn
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.model.payments import PaymentTaken, check_period_unpaid, next_unpaid, payment_draft, progress
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause


def take_payment_in(
    command: TakePaymentIn,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> PaymentTaken:
    """Takes in a payment in advance: so many times the weekly budget, at the council's cadence (CP 5.4).

    Raises `FundClosed`, `PaymentDiffers`, `PeriodAlreadyPaid`, `PolicyIncomplete`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    effective_on = effective_day(command.effective_on, clock)
    terms = policies.payment_terms(fund.council_id, effective_on)

    def decide(_head: Head) -> Draft:
        paid = books.standing_payments_of([fund.fund_id])[fund.fund_id].paid
        first_on = command.first_on or next_unpaid(fund, paid)
        check_period_unpaid(terms.period_from(first_on), paid)
        return payment_draft(
            fund,
            terms,
            first_on=first_on,
            effective_on=effective_on,
            amount=command.amount,
            difference_reason=command.difference_reason,
            reference=command.reference,
            evidence=command.evidence,
            key=key_of(cause),
        )

    posted = post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
    period = posted.entry.draft.period
    on = period.from_on if period else effective_on
    paid = books.standing_payments(fund.fund_id).paid
    return PaymentTaken(posted=posted, progress=progress(fund, terms, paid, on=on))
