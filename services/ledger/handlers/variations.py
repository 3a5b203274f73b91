"""Variations: asked for in writing, approved before they are made, taken over by the fund; and the path of a crisis (CP 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import structlog

from services.ledger.errors import FundClosed
from services.ledger.handlers.funds import get_fund
from services.ledger.handlers.life import LifeDesk, change_outcomes
from services.ledger.model import variations
from services.ledger.model.funds import Fund, Plan
from services.ledger.model.spending import check_lines
from services.ledger.model.variations import CRISIS_CLOCK, Asked, Crisis, Ruling, Variation
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound, invalid
from shared.events.fund_life import CrisisOpened, FundBudgetChanged
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.keeping import start

log = structlog.get_logger(__name__)
COMMISSIONER = "commissioner"


def open_crisis(fund_id: str, *, adjusted_at: datetime, what: str, desk: LifeDesk, cause: Cause) -> Stored[Variation]:
    """Care was adjusted in a crisis; from then on the time to contact the representative runs (CP 4.3). Raises `Invalid`."""
    fund, at = _open_fund(fund_id, desk, cause), desk.clock.now()
    if adjusted_at > at:
        raise invalid("adjusted_at", "not-in-future", "Record a crisis when it has come.")
    crisis = Crisis(adjusted_at=adjusted_at, what=what, recorded_by=cause.actor_id)
    variation = _variation(fund, cause, at, crisis=crisis)
    clocks = desk.rules.clocks(
        fund.council_id, (CRISIS_CLOCK,), record_id=variation.variation_id, started_at=adjusted_at
    )
    kept = start((), clocks)
    told = CrisisOpened(fund_id=fund_id, variation_id=variation.variation_id, adjusted_at=adjusted_at)
    opened = Decision(state=replace(variation, clocks=kept.clocks), events=[told, *kept.events])
    return desk.variations.create(variation.variation_id, opened, council_id=fund.council_id, cause=cause)


def request_variation(fund_id: str, asked: Asked, *, desk: LifeDesk, cause: Cause) -> Stored[Variation]:
    """A change is asked for in writing (CP 4.1). Raises `Invalid`, `PlanHasProhibitedSpend`, `FundClosed`."""
    fund, at = _open_fund(fund_id, desk, cause), desk.clock.now()
    _check(asked, fund, at, desk)
    decision = variations.request(_variation(fund, cause, at), asked, by=cause.actor_id, at=at)
    return desk.variations.create(decision.state.variation_id, decision, council_id=fund.council_id, cause=cause)


def follow_crisis(variation_id: str, asked: Asked, *, desk: LifeDesk, cause: Cause) -> Stored[Variation]:
    """The written request that a crisis is followed by (CP 4.3). Raises what a request raises, and `NotYetPossible`."""
    stored, at = seen_variation(variation_id, caller=cause.caller, desk=desk), desk.clock.now()
    _check(asked, _open_fund(stored.state.fund_id, desk, cause), at, desk)
    return desk.variations.change(
        variation_id, lambda state: variations.request(state, asked, by=cause.actor_id, at=at), cause=cause
    )


def contact_representative(variation_id: str, *, how: str, desk: LifeDesk, cause: Cause) -> Stored[Variation]:
    """The representative was told of a crisis (CP 4.3). Raises `NotYetPossible`."""
    return _change(variation_id, lambda state, at: variations.contact(state, how=how, at=at), desk, cause)


def decide_variation(
    variation_id: str, *, approved: bool, reason: str, from_on: date | None, desk: LifeDesk, cause: Cause
) -> Stored[Variation]:
    """The council decides (CP 4.2); what it approves the fund takes over a moment later.

    Raises `NotYetPossible`, `VariationNeedsAnotherApprover`, `VariationNeedsCommissioner`, `Invalid`.
    """
    is_commissioner = cause.caller is not None and COMMISSIONER in cause.caller.roles

    def decide(state: Variation, at: datetime) -> Decision[Variation]:
        day = from_on or london_day(at)
        ruling = Ruling(approved=approved, by=cause.actor_id, at=at, reason=reason, from_on=day)
        return variations.rule(state, ruling, is_commissioner=is_commissioner)

    return _change(variation_id, decide, desk, cause)


def withdraw_variation(variation_id: str, *, desk: LifeDesk, cause: Cause) -> Stored[Variation]:
    """A request is taken back. Raises `NotYetPossible`."""
    return _change(variation_id, lambda state, _: variations.withdraw(state), desk, cause)


def take_over(variation_id: str, *, desk: LifeDesk, cause: Cause) -> None:
    """The fund becomes what was approved: budget, plan, outcomes. A repeat of the event changes nothing."""
    variation = desk.variations.get(variation_id).state
    asked, ruling = variation.asked, variation.ruling
    if asked is None or ruling is None:
        raise TypeError("an approved variation has its request and its ruling")

    def vary(fund: Fund) -> Decision[Fund]:
        varied = fund.varied(
            weekly_budget=asked.weekly_budget or fund.weekly_budget, plan=_plan(fund, asked, variation)
        )
        told = FundBudgetChanged(
            fund_id=fund.fund_id,
            variation_id=variation_id,
            weekly_budget_pence=varied.weekly_budget.amount,
            from_on=ruling.from_on,
        )
        return Decision(state=varied, events=[told])

    try:
        fund = desk.funds.change(variation.fund_id, vary, cause=cause).state
    except FundClosed:
        log.warning("variation.fund_closed_before", variation_id=variation_id, fund_id=variation.fund_id)
        return
    if asked.outcomes:
        change_outcomes(fund, asked.outcomes, on=ruling.from_on, desk=desk, cause=cause)


def seen_variation(variation_id: str, *, caller: Caller | None, desk: LifeDesk) -> Stored[Variation]:
    """A variation of a fund that the caller may see. Raises `NotFound`."""
    missing = NotFound(f"there is no variation {variation_id}")
    stored = desk.variations.get(variation_id, caller=caller)
    try:
        get_fund(stored.state.fund_id, caller=caller, funds=desk.funds)
    except NotFound:
        raise missing from None
    return stored


def _plan(fund: Fund, asked: Asked, variation: Variation) -> Plan | None:
    """The plan with the approved lines, as the representative agreed it."""
    if not asked.lines or variation.ruling is None:
        return fund.plan
    return Plan(
        lines=asked.lines,
        written_by=variation.asked_by,
        agreed_by=variation.ruling.by,
        agreed_on=london_day(variation.ruling.at),
    )


def _change(
    variation_id: str, decide: Callable[[Variation, datetime], Decision[Variation]], desk: LifeDesk, cause: Cause
) -> Stored[Variation]:
    seen_variation(variation_id, caller=cause.caller, desk=desk)
    at = desk.clock.now()
    return desk.variations.change(variation_id, lambda state: decide(state, at), cause=cause)


def _check(asked: Asked, fund: Fund, at: datetime, desk: LifeDesk) -> None:
    variations.check_asked(asked, fund)
    check_lines(asked.lines, desk.policies.spend_rules(fund.council_id, london_day(at)))


def _variation(fund: Fund, cause: Cause, at: datetime, *, crisis: Crisis | None = None) -> Variation:
    return Variation(
        variation_id=cause.new_id("var"),
        fund_id=fund.fund_id,
        person_id=fund.person_id,
        provider_id=fund.provider_id,
        state="crisis",
        opened_at=at,
        crisis=crisis,
    )


def _open_fund(fund_id: str, desk: LifeDesk, cause: Cause) -> Fund:
    fund = get_fund(fund_id, caller=cause.caller, funds=desk.funds).state
    fund.check_open()
    return fund
