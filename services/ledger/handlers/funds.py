"""A fund's life: opening it, agreeing its plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import structlog

from services.ledger.model.commands import AgreePlan, OpenFund
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.spending import check_plan
from services.ledger.ports import FundPolicies
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound
from shared.events.ledger import FundOpened, FundPlanAgreed, FundSupportEnded
from shared.ids import derived_id
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause

log = structlog.get_logger(__name__)


def get_fund(fund_id: str, *, caller: Caller | None, funds: Aggregates[Fund]) -> Stored[Fund]:
    """The fund. Raises `NotFound`, also when it is not the caller's to see (CP 5.5, 9.7)."""
    stored = funds.get(fund_id, caller=caller)
    if caller is not None and not stored.state.is_open_to(caller):
        raise NotFound(f"there is no fund {fund_id}")
    return stored


def open_fund(
    command: OpenFund, *, cause: Cause, funds: Aggregates[Fund], policies: FundPolicies, clock: Clock
) -> Stored[Fund]:
    """Opens a fund; each provider of a referral has one fund only, whoever asks and how often (CP 3.2, 9.8).

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


def end_support(
    referral_id: str, *, round: int, ended_on: date, council_id: str, cause: Cause, funds: Aggregates[Fund]
) -> None:
    """The provider's services to the person ended: its fund says so until it is settled and closed (CP 5.3).

    A repeat changes nothing, nor does the end of a provider that never had a fund.
    """

    def end(fund: Fund) -> Decision[Fund]:
        if fund.support_ended_on is not None or fund.status == "closed":
            return Decision(state=fund)
        told = FundSupportEnded(fund_id=fund.fund_id, provider_id=fund.provider_id, ended_on=ended_on)
        return Decision(state=replace(fund, support_ended_on=ended_on), events=[told])

    fund_id = fund_of(council_id, referral_id, round)
    try:
        funds.get(fund_id)
    except NotFound:
        log.warning("fund.not_there_to_end", referral_id=referral_id)
        return
    funds.change(fund_id, end, cause=cause)


def _fund_id(command: OpenFund, cause: Cause) -> str:
    if command.referral_id is None:
        return cause.new_id("fund")
    return fund_of(command.council_id, command.referral_id, command.round)


def fund_of(council_id: str, referral_id: str, round: int) -> str:
    """The fund of a referral's provider: one for each that the person had (CP 5.3)."""
    return derived_id("fund", council_id, referral_id, *([str(round)] if round > 1 else []))


def _opened(fund: Fund) -> FundOpened:
    return FundOpened(
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        weekly_budget_pence=fund.weekly_budget.amount,
    )
