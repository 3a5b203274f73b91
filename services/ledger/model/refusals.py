"""A spend that was asked for and not allowed: kept with its clause, so that it can be explained and asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.ledger.errors import SpendNotAllowed
from services.ledger.model.spending import SpendDecision, SpendRequest
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
            rule=ground.clause or "hold",
            message=f"{ground.reason} {ground.would_change}".strip(),
        )
        for ground in refusal.decision.grounds
    ]
    detail = f"{refusal.decision.reason} {refusal.decision.would_change}".strip()
    return SpendNotAllowed(detail, errors=errors)
