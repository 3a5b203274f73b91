"""Setting money aside by purpose, and having it free again."""

from __future__ import annotations

from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.posting import key_of, post_entry
from services.ledger.model.allocations import allocation_draft, release_draft
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.chart import allocations_in
from services.ledger.model.commands import AllocateMoney, ReleaseMoney
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import Cause
from shared.money import Pence


def allocate_money(
    command: AllocateMoney,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> Posted:
    """Sets money aside for an outcome of the agreed plan.

    Raises `PlanNotAgreed`, `NotAnAgreedPurpose`, `FundClosed`, `WouldOverdrawFund`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    on = london_day(clock.now())
    version = policies.pack(fund.council_id, on).version

    def decide(_head: Head) -> Draft:
        return allocation_draft(
            fund,
            command.purpose,
            command.amount,
            on=on,
            policy_version=version,
            reason=command.reason,
            key=key_of(cause),
        )

    return post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def release_money(
    command: ReleaseMoney,
    *,
    cause: Cause,
    funds: Aggregates[Fund],
    books: Books,
    policies: FundPolicies,
    clock: Clock,
    attempts: int,
) -> Posted:
    """Has what is set aside for a purpose free again, also for one that the plan no longer has.

    Raises `MoreThanAllocated`, `FundClosed`, and what posting raises.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    on = london_day(clock.now())
    version = policies.pack(fund.council_id, on).version

    def decide(head: Head) -> Draft:
        fund.check_open()
        return release_draft(
            head,
            command.purpose,
            command.amount,
            on=on,
            policy_version=version,
            reason=command.reason,
            key=key_of(cause),
        )

    return post_entry(decide, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)


def list_allocations(fund_id: str, *, caller: Caller, funds: Aggregates[Fund], books: Books) -> dict[str, Pence]:
    """What is set aside for each purpose. Raises `NotFound`."""
    get_fund(fund_id, caller=caller, funds=funds)
    return allocations_in(books.head(fund_id).balances)
