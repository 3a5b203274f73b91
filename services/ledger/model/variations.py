"""Changes of budget, support or outcomes: asked for in writing, approved before they are made, but for a crisis (CP 4.1 to 4.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.ledger.errors import NotYetPossible, VariationNeedsAnotherApprover, VariationNeedsCommissioner
from services.ledger.model.about_funds import stop_named
from services.ledger.model.arrangements import HighLevelOutcome
from services.ledger.model.funds import Fund, PlanLine
from shared.dates import london_day
from shared.errors import FieldError, Invalid
from shared.events.fund_life import (
    CrisisContacted,
    FundVariationApproved,
    FundVariationRefused,
    FundVariationRequested,
    FundVariationWithdrawn,
)
from shared.messaging.aggregates import Decision
from shared.money import Pence, format_gbp, total
from shared.policy.running import RunningClock

State = Literal["crisis", "requested", "approved", "refused", "withdrawn"]
OPEN: frozenset[State] = frozenset({"crisis", "requested"})
CRISIS_CLOCK = "crisis_contact"


@dataclass(frozen=True, kw_only=True)
class SupportItem:
    """One part of the breakdown: activity, tasks, and what it costs a week (CP 4.1)."""

    activity: str
    tasks: str
    weekly_cost: Pence


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for in writing. What stays as it is is left out."""

    weekly_budget: Pence | None = None
    lines: tuple[PlanLine, ...] = ()
    outcomes: tuple[HighLevelOutcome, ...] = ()
    breakdown: tuple[SupportItem, ...] = ()
    evidence: tuple[str, ...] = ()
    other_costs: str = ""


@dataclass(frozen=True, kw_only=True)
class Crisis:
    """What was done in a crisis, before anybody was asked; it adjusts care, never the budget or CP 6.17 (CP 4.3)."""

    adjusted_at: datetime
    what: str
    recorded_by: str
    contacted_at: datetime | None = None
    contacted_how: str = ""


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What the Social Care Representative decided, and why (CP 4.2)."""

    approved: bool
    by: str
    at: datetime
    reason: str
    from_on: date


@dataclass(frozen=True, kw_only=True)
class Variation:
    """One change that is asked for, or was made in a crisis and is still to be asked for."""

    variation_id: str
    fund_id: str
    person_id: str
    provider_id: str
    state: State
    opened_at: datetime
    asked: Asked | None = None
    asked_by: str = ""
    asked_at: datetime | None = None
    crisis: Crisis | None = None
    ruling: Ruling | None = None
    clocks: tuple[RunningClock, ...] = ()


def check_asked(asked: Asked, fund: Fund) -> None:
    """A written request says what changes, with its costs and evidence (CP 4.1). Raises `Invalid`."""
    errors = []
    if asked.weekly_budget is None and not asked.lines and not asked.outcomes:
        errors.append(
            _fault("weekly_budget_pence", "change", "Say what is to change: the budget, the plan or the outcomes.")
        )
    if asked.weekly_budget is not None and asked.weekly_budget > fund.weekly_budget:
        errors += _unfounded_increase(asked, asked.weekly_budget - fund.weekly_budget)
    budget = asked.weekly_budget or fund.weekly_budget
    lines = asked.lines or (fund.plan.lines if fund.plan else ())
    cost = total(line.weekly_cost for line in lines)
    if cost > budget:
        sentence = f"The plan costs {format_gbp(cost)} a week; the budget would be {format_gbp(budget)} a week."
        errors.append(_fault("lines", "within-budget", sentence))
    if errors:
        raise Invalid("The request lacks what it needs to be reviewed (CP 4.1).", errors=errors)


def request(variation: Variation, asked: Asked, *, by: str, at: datetime) -> Decision[Variation]:
    """The written request is made; a crisis is followed by one (CP 4.1, 4.3). Raises `NotYetPossible` when it was made."""
    if variation.asked is not None or variation.state not in OPEN:
        raise NotYetPossible(f"This variation is {variation.state}; a further change is a variation of its own.")
    told = FundVariationRequested(
        fund_id=variation.fund_id,
        variation_id=variation.variation_id,
        weekly_budget_pence=asked.weekly_budget.amount if asked.weekly_budget else None,
        in_crisis=variation.crisis is not None,
    )
    state = replace(variation, state="requested", asked=asked, asked_by=by, asked_at=at)
    return Decision(state=state, events=[told])


def contact(variation: Variation, *, how: str, at: datetime) -> Decision[Variation]:
    """The Social Care Representative has been contacted about the crisis (CP 4.3). Raises `NotYetPossible`."""
    if variation.crisis is None or variation.crisis.contacted_at is not None:
        raise NotYetPossible("There is no crisis here that the representative has still to be told of.")
    crisis = replace(variation.crisis, contacted_at=at, contacted_how=how)
    kept = stop_named(variation.clocks, [CRISIS_CLOCK], at=at)
    told = CrisisContacted(fund_id=variation.fund_id, variation_id=variation.variation_id, contacted_at=at)
    return Decision(state=replace(variation, crisis=crisis, clocks=kept.clocks), events=[told, *kept.events])


def rule(variation: Variation, ruling: Ruling, *, is_commissioner: bool) -> Decision[Variation]:
    """The council approves or refuses; a crisis ends with it (CP 4.2, 4.3).

    Raises `NotYetPossible` unless it is asked for, `VariationNeedsAnotherApprover` for who asked or acted, and
    `VariationNeedsCommissioner` where outcomes change (CP 6.17(g)).
    """
    if variation.state != "requested" or variation.asked is None:
        raise NotYetPossible(f"This variation is {variation.state}; the council decides on a written request (CP 4.2).")
    acted = {variation.asked_by, variation.crisis.recorded_by if variation.crisis else ""}
    if ruling.by in acted:
        raise VariationNeedsAnotherApprover("A variation is decided by someone other than who asked for it (CP 4.2).")
    if variation.asked.outcomes and ruling.approved and not is_commissioner:
        raise VariationNeedsCommissioner("Other outcomes need the Commissioner's agreement (CP 6.17(g)).")
    _check_from(variation, ruling)
    kept = stop_named(variation.clocks, [CRISIS_CLOCK], at=ruling.at)
    ids = {"fund_id": variation.fund_id, "variation_id": variation.variation_id}
    told = FundVariationApproved(**ids, from_on=ruling.from_on) if ruling.approved else FundVariationRefused(**ids)
    state = replace(variation, state="approved" if ruling.approved else "refused", ruling=ruling, clocks=kept.clocks)
    return Decision(state=state, events=[told, *kept.events])


def withdraw(variation: Variation) -> Decision[Variation]:
    """Whoever asked takes it back; a crisis cannot be taken back. Raises `NotYetPossible`."""
    if variation.state != "requested" or variation.crisis is not None:
        raise NotYetPossible("Only a request that nobody has decided, and no crisis led to, is taken back.")
    told = FundVariationWithdrawn(fund_id=variation.fund_id, variation_id=variation.variation_id)
    return Decision(state=replace(variation, state="withdrawn"), events=[told])


def _check_from(variation: Variation, ruling: Ruling) -> None:
    """A change counts from its approval on; one that a crisis forced may count from the crisis on (CP 4.2, 4.3)."""
    crisis = variation.crisis
    today = london_day(ruling.at)
    earliest = london_day(crisis.adjusted_at) if crisis else today
    if not earliest <= ruling.from_on <= today:
        sentence = f"It can count from {earliest} to today: changes are approved before they are made (CP 4.2)."
        raise Invalid(sentence, errors=[_fault("from_on", "approved-first", sentence)])


def _unfounded_increase(asked: Asked, increase: Pence) -> list[FieldError]:
    errors = []
    cost = total(item.weekly_cost for item in asked.breakdown)
    if not asked.breakdown:
        errors.append(_fault("breakdown", "required", "Break the additional support down by activity, task and cost."))
    elif cost != increase:
        sentence = f"The breakdown comes to {format_gbp(cost)} a week; the increase is {format_gbp(increase)} a week."
        errors.append(_fault("breakdown", "adds-up", sentence))
    if not asked.evidence:
        errors.append(_fault("evidence", "required", "Name the documents that support the request."))
    return errors


def _fault(field: str, rule: str, message: str) -> FieldError:
    return FieldError(field=field, rule=rule, message=f"{message} (CP 4.1)" if rule == "required" else message)
