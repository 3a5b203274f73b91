"""A fund's life: opening it, agreeing its plan, closing it."""

from __future__ import annotations

from functools import partial

from services.ledger.errors import FundNotEmpty
from services.ledger.handlers.posting import key_of, post_entry
from services.ledger.model.blocks import Head
from services.ledger.model.commands import AgreePlan, CloseFund, OpenFund
from services.ledger.model.entries import Draft
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.spending import check_plan
from services.ledger.ports import Books, FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound
from shared.events.ledger import FundClosed, FundOpened, FundPlanAgreed
from shared.ids import derived_id
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.money import format_gbp


def get_fund(fund_id: str, *, caller: Caller | None, funds: Aggregates[Fund]) -> Stored[Fund]:
    """The fund. Raises `NotFound`, also when it is not the caller's to see (CP 5.5, 9.7)."""
    stored = funds.get(fund_id, caller=caller)
    if caller is not None and not stored.state.is_open_to(caller):
        raise NotFound(f"there is no fund {fund_id}")
    return stored


def open_fund(
    command: OpenFund, *, cause: Cause, funds: Aggregates[Fund], policies: FundPolicies, clock: Clock
) -> Stored[Fund]:
    """Opens a fund; a referral has one fund only, whoever asks and how often (CP 3.2, 9.8).

    Raises `PolicyIncomplete` when the council's policy has no terms for funds, `Conflict` when the referral has its
    fund.
    """
    today = london_day(clock.now())
    terms = policies.payment_terms(command.council_id, today)
    fund = Fund(
        fund_id=_fund_id(command, cause),
        council_id=command.council_id,
        person_id=command.person_id,
        provider_id=command.provider_id,
        weekly_budget=command.weekly_budget,
        opened_on=today,
        starts_on=command.starts_on,
        policy_version=terms.policy_version,
        referral_id=command.referral_id,
        household=command.household,
        shared_with=command.shared_with,
    )
    opened = Decision(state=fund, events=[_opened(fund)])
    return funds.create(fund.fund_id, opened, council_id=fund.council_id, cause=cause)


def agree_plan(
    command: AgreePlan, *, cause: Cause, funds: Aggregates[Fund], policies: FundPolicies, clock: Clock
) -> Stored[Fund]:
    """The social worker agrees the plan, and spending may start (CP 3.2.4, 3.2.5).

    Raises `PlanNeedsAnotherAgreer`, `PlanOverBudget`, `PlanHasProhibitedSpend`, `FundClosed`.
    """
    get_fund(command.fund_id, caller=cause.caller, funds=funds)
    today = london_day(clock.now())
    plan = Plan(lines=command.lines, written_by=command.written_by, agreed_by=cause.actor_id, agreed_on=today)

    def agree(fund: Fund) -> Decision[Fund]:
        check_plan(plan, policies.spend_rules(fund.council_id, today))
        told = FundPlanAgreed(fund_id=fund.fund_id, agreed_by=plan.agreed_by)
        return Decision(state=fund.with_plan_agreed(plan), events=[told])

    return funds.change(command.fund_id, agree, cause=cause)


def close_fund(
    command: CloseFund, *, cause: Cause, funds: Aggregates[Fund], books: Books, clock: Clock, attempts: int
) -> Stored[Fund]:
    """Ends the book, then the fund; a fund with money in hand stays open (CP 4.7).

    Two steps on two records: a repeat finds the book ended and takes the second. Raises `FundNotEmpty`, `FundClosed`.
    """
    fund = get_fund(command.fund_id, caller=cause.caller, funds=funds).state
    if not books.head(fund.fund_id).closed:
        end_book = partial(_ending, fund, command, cause, clock)
        post_entry(end_book, fund=fund, cause=cause, books=books, clock=clock, attempts=attempts)
    told = FundClosed(fund_id=fund.fund_id)
    return funds.change(fund.fund_id, lambda current: Decision(state=current.as_closed(), events=[told]), cause=cause)


def _ending(fund: Fund, command: CloseFund, cause: Cause, clock: Clock, head: Head) -> Draft:
    if head.in_hand:
        raise FundNotEmpty(f"Fund {fund.fund_id} still has {format_gbp(head.in_hand)}.")
    return Draft(
        type="closing",
        legs=(),
        effective_on=london_day(clock.now()),
        policy_version=fund.policy_version,
        reference=command.reason,
        key=key_of(cause),
    )


def _fund_id(command: OpenFund, cause: Cause) -> str:
    if command.referral_id is None:
        return cause.new_id("fund")
    return derived_id("fund", command.council_id, command.referral_id)


def _opened(fund: Fund) -> FundOpened:
    return FundOpened(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        weekly_budget_pence=fund.weekly_budget.amount,
    )
