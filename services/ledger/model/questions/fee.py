"""Which fee does the provider get for a fund (CP 3.3, Schedules III and IV)?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.ledger.errors import FeeAboveCeiling
from services.ledger.model.arrangements import Lot
from services.ledger.model.decisions import Answer, Case, Ground, Question, Reading, missing_fact, readings_of
from services.ledger.model.fees import OwnServices, fee_of, own_services_of
from shared.money import ZERO, Pence


@dataclass(frozen=True, kw_only=True)
class FeeFacts:
    """The lot; without a fund also the weekly budget, and for Lot 1 what of it buys the provider's own services."""

    lot: Lot
    weekly_budget: Pence | None = None
    own_service_weekly: Pence | None = None
    negotiated_percent: int | None = None


def fee(facts: FeeFacts, case: Case) -> Answer:
    """The fee a week. Raises `PolicyIncomplete` for what the schedules leave open."""
    budget = facts.weekly_budget or (case.fund.weekly_budget if case.fund else None)
    if budget is None:
        raise missing_fact("weekly_budget_pence")
    own = _own_services(facts, case, budget) if facts.lot == "lot-1" else None
    percent = facts.negotiated_percent if facts.lot == "lot-2" else None
    try:
        found = fee_of(case.pack, lot=facts.lot, weekly_budget=budget, own_services=own, negotiated_percent=percent)
    except FeeAboveCeiling as above:
        ground = Ground(
            clause=case.pack.entry("lot_2_fee_ceiling_pence").clause or "",
            reason=above.detail,
            would_change="A percentage that stays under the ceiling would be allowed.",
        )
        return Answer(verdict="refuse", grounds=(ground,))
    return Answer(
        verdict="value",
        grounds=(Ground(clause=found.clause, reason=found.reason),),
        readings=_readings(facts, case),
        values={"lot": found.lot, "tier": found.tier, "weekly_fee_pence": found.weekly.amount, **_own_out(own)},
    )


FEE = Question(name="fee", about="Which fee does the provider get a week, and by which tier?", answer=fee)


def _own_services(facts: FeeFacts, case: Case, budget: Pence) -> OwnServices:
    if facts.own_service_weekly is not None:
        return OwnServices(own=facts.own_service_weekly, others=ZERO, budget=budget, basis="stated")
    weeks = case.pack.number("funding_weeks")
    own = own_services_of(case.fund, case.entries, on=case.on, actual_after_weeks=weeks) if case.fund else None
    if own is None:
        raise missing_fact("own_service_weekly_pence")
    return own


def _readings(facts: FeeFacts, case: Case) -> tuple[Reading, ...]:
    return readings_of(case.pack.entry("lot_1_own_service_percent")) if facts.lot == "lot-1" else ()


def _own_out(own: OwnServices | None) -> dict[str, Any]:
    if own is None:
        return {}
    return {
        "own_services": {
            "own_pence": own.own.amount,
            "others_pence": own.others.amount,
            "budget_pence": own.budget.amount,
            "basis": own.basis,
        }
    }
