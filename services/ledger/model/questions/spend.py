"""May the fund be spent on this (CP 6.17), and does it hold as much?"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.ledger.model.allocations import allocated_to
from services.ledger.model.blocks import Head
from services.ledger.model.categories import is_short_stay
from services.ledger.model.decisions import Answer, Case, Ground, Question, Reading, Verdict, missing_fact, readings_of
from services.ledger.model.entries import Period
from services.ledger.model.short_stays import stays_among
from services.ledger.model.sought_first import SoughtFirst, Supply, readings_asked
from services.ledger.model.spend_rules import SpendRules, spend_rules_of
from services.ledger.model.spending import Agreement, Outcome, Planned, PlannedSpend, SpendRequest, decide_spend
from shared.money import Pence, format_gbp

VERDICTS: dict[Outcome, Verdict] = {"allow": "allow", "refuse": "refuse", "needs_agreement": "needs-agreement"}
SOMEBODY = "payee"
"""Stands for the payee where no fund is named: then the facts say what is known of them."""


@dataclass(frozen=True, kw_only=True)
class SpendFacts:
    """A spend that is thought of. What a named fund knows (plan, household, holds, stays) is added to the facts."""

    category: str
    amount: Pence | None = None
    payee_id: str | None = None
    delivered_by: str | None = None
    supply: Supply = "service"
    outcome_id: str | None = None
    purpose: str | None = None
    period: Period | None = None
    agreements: tuple[Agreement, ...] = ()
    sought_first: SoughtFirst = field(default_factory=SoughtFirst)
    payee_in_household: bool = False
    payee_on_hold: bool = False
    plan_outcomes: frozenset[str] = frozenset()
    plan_categories: frozenset[str] = frozenset()
    earlier_stays: tuple[Period, ...] = ()


def may_be_spent(facts: SpendFacts, case: Case) -> Answer:
    """Raises `UnknownCategory`, `PlanNotAgreed`, `PolicyIncomplete`, and `Invalid` for a stay without days or equipment
    without an amount.
    """
    if facts.supply == "equipment" and facts.amount is None:
        raise missing_fact("amount_pence")
    request, rules = _request(facts, case), spend_rules_of(case.pack)
    decision = decide_spend(
        request,
        rules=rules,
        plan=_planned(facts, case),
        held_payees=_held(request, facts, case),
        household=_household(facts, case),
        earlier_stays=(*facts.earlier_stays, *stays_among(case.entries)),
    )
    short = _short(facts, case)
    verdict = VERDICTS[decision.outcome]
    if short and verdict == "allow":
        return Answer(verdict="refuse", grounds=(short,), readings=_readings(facts, case, rules), values=_values(case))
    grounds = (*decision.grounds, short) if short else decision.grounds
    return Answer(verdict=verdict, grounds=grounds, readings=_readings(facts, case, rules), values=_values(case))


SPEND = Question(
    name="spend", about="May the fund be spent on this, and what would change the answer?", answer=may_be_spent
)


def _request(facts: SpendFacts, case: Case) -> SpendRequest:
    return SpendRequest(
        amount=facts.amount or Pence(1),
        category=facts.category,
        payee_id=facts.payee_id or SOMEBODY,
        effective_on=case.on,
        supply=facts.supply,
        outcome_id=facts.outcome_id,
        delivered_by=facts.delivered_by,
        period=facts.period,
        agreements=facts.agreements,
        sought_first=facts.sought_first,
    )


def _planned(facts: SpendFacts, case: Case) -> Planned:
    given = PlannedSpend(outcome_ids=facts.plan_outcomes, categories=facts.plan_categories)
    if case.fund is None:
        return given
    plan = case.fund.agreed_plan()
    return PlannedSpend(outcome_ids=given.outcome_ids | plan.outcome_ids, categories=given.categories | plan.categories)


def _held(request: SpendRequest, facts: SpendFacts, case: Case) -> frozenset[str]:
    stated = frozenset({request.payee_id}) if facts.payee_on_hold else frozenset()
    return stated | (case.about.held_among(request.parties) if case.about else frozenset())


def _household(facts: SpendFacts, case: Case) -> frozenset[str]:
    stated = frozenset({facts.payee_id or SOMEBODY}) if facts.payee_in_household else frozenset()
    return stated | (case.fund.household_ids if case.fund else frozenset())


def _short(facts: SpendFacts, case: Case) -> Ground | None:
    if facts.amount is None or case.about is None:
        return None
    if facts.purpose:
        return _not_allocated(facts.purpose, facts.amount, case.about.head)
    free = case.about.head.free
    if facts.amount <= free:
        return None
    return Ground(
        clause="",
        reason=f"The fund has {format_gbp(free)} free to spend; this needs {format_gbp(facts.amount)}.",
        would_change=f"{format_gbp(facts.amount - free)} more in the fund would allow it.",
    )


def _not_allocated(purpose: str, amount: Pence, head: Head) -> Ground | None:
    held = allocated_to(head, purpose)
    if amount <= held:
        return None
    return Ground(
        clause="",
        reason=f"{format_gbp(held)} is set aside for {purpose}; this needs {format_gbp(amount)}.",
        would_change=f"{format_gbp(amount - held)} more set aside for it would allow it.",
    )


def _readings(facts: SpendFacts, case: Case, rules: SpendRules) -> tuple[Reading, ...]:
    names = ["prohibited_spend", *(readings_asked(facts.supply, rules.first.steps) if rules.first else ())]
    if is_short_stay(facts.category):
        names += ["short_stay_window_months", "short_stay_joining_gap_weeks"]
    return readings_of(*(case.pack.entry(name) for name in names))


def _values(case: Case) -> dict[str, int]:
    return {"free_pence": case.about.head.free.amount} if case.about else {}
