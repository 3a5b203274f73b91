"""A fund's life: opening it, agreeing its plan."""

from __future__ import annotations

from services.ledger.model.commands import AgreePlan, OpenFund
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.spending import check_plan
from services.ledger.ports import FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound
from shared.events.ledger import FundOpened, FundPlanAgreed
from shared.ids import derived_id
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause


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
