"""A spend that was asked for and not allowed: kept with its clause, so that it can be explained and asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ledger.errors import SpendNotAllowed
from services.ledger.model.spending import Ground, Outcome, SpendDecision, SpendRequest
from shared.errors import FieldError
from shared.money import Pence


@dataclass(frozen=True, kw_only=True)
class RefusedSpend:
    """What was asked, what was decided, and under which policy."""

    spend_id: str
    fund_id: str
    category: str
    payee_id: str
    amount: Pence
    decision: SpendDecision
    policy_version: str
    asked_by: str
    asked_at: datetime


def refused(
    spend_id: str,
    fund_id: str,
    request: SpendRequest,
    decision: SpendDecision,
    *,
    policy_version: str,
    by: str,
    at: datetime,
) -> RefusedSpend:
    """The record of this refusal."""
    return RefusedSpend(
        spend_id=spend_id,
        fund_id=fund_id,
        category=request.category,
        payee_id=request.payee_id,
        amount=request.amount,
        decision=decision,
        policy_version=policy_version,
        asked_by=by,
        asked_at=at,
    )


def problem_of(refusal: RefusedSpend) -> SpendNotAllowed:
    """The refusal as the caller is told it: the reason, what would change it, and the clause as the rule that was
    met.
    """
    errors = [
        FieldError(
            field="category",
            rule=ground.clause or "payee-hold",
            message=f"{ground.reason} {ground.would_change}".strip(),
        )
        for ground in refusal.decision.grounds
    ]
    detail = f"{refusal.decision.reason} {refusal.decision.would_change}".strip()
    return SpendNotAllowed(detail, errors=errors)


def refusal_as_json(refusal: RefusedSpend) -> dict[str, Any]:
    """The stored form."""
    return {
        "spend_id": refusal.spend_id,
        "fund_id": refusal.fund_id,
        "category": refusal.category,
        "payee_id": refusal.payee_id,
        "amount_pence": refusal.amount.amount,
        "outcome": refusal.decision.outcome,
        "grounds": [_ground_as_json(ground) for ground in refusal.decision.grounds],
        "policy_version": refusal.policy_version,
        "asked_by": refusal.asked_by,
        "asked_at": refusal.asked_at,
    }


def refusal_from_json(values: Mapping[str, Any]) -> RefusedSpend:
    """The refusal that was stored."""
    outcome: Outcome = values["outcome"]
    return RefusedSpend(
        spend_id=values["spend_id"],
        fund_id=values["fund_id"],
        category=values["category"],
        payee_id=values["payee_id"],
        amount=Pence(values["amount_pence"]),
        decision=SpendDecision(outcome=outcome, grounds=tuple(Ground(**each) for each in values["grounds"])),
        policy_version=values["policy_version"],
        asked_by=values["asked_by"],
        asked_at=values["asked_at"],
    )


def _ground_as_json(ground: Ground) -> dict[str, str]:
    return {"clause": ground.clause, "reason": ground.reason, "would_change": ground.would_change}
