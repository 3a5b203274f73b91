"""Noting that the council invoiced the person's contribution (CP 5.4)."""

from __future__ import annotations

from datetime import date

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import effective_day, key_of, post_entry
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.commands import NoteContribution
from services.ledger.model.contributions import check_gross, contribution_draft, next_uninvoiced
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.model.series import Turn, turn_holding
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.dates import start_of_london_day
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause
from shared.policy.pack import PolicyPack

CONTRIBUTION_INVOICE = "contribution_invoice"


def note_contribution(
    command: NoteContribution,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> Posted:
    """Notes the next invoice, never before its four weeks have ended.

    Raises `ContributionNotDue`, `PeriodAlreadyInvoiced`, `ContributionNotInvoiced`, `FundClosed`, `PolicyIncomplete`, and
    what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    invoiced_on = effective_day(command.invoiced_on, clock)
    pack = policies.pack(fund.council_id, invoiced_on)
    clause = check_gross(pack)

    def decide(_head: Head) -> Draft:
        entries = list(books.entries(fund.fund_id))
        first_on = command.first_on or next_uninvoiced(fund, entries)
        turn = _turn(pack, fund, first_on, policies)
        return contribution_draft(
            fund,
            turn,
            entries,
            amount=command.amount,
            invoiced_on=invoiced_on,
            clause=clause,
            policy_version=pack.version,
            reference=command.reference,
            key=key_of(cause),
        )

    return post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def _turn(pack: PolicyPack, fund: Fund, day: date, policies: FundPolicies) -> Turn:
    """The four weeks that hold this day, and when they are invoiced."""
    number, days = turn_holding(pack, CONTRIBUTION_INVOICE, fund.starts_on, day)
    started_at = start_of_london_day(fund.starts_on)
    deadline = policies.reckon(pack.version, CONTRIBUTION_INVOICE, started_at, number)
    return Turn(occurrence=number, days=days, deadline=deadline)
