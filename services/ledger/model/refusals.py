"""A spend that was asked for and not allowed: kept with its clause, so that it can be explained and asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.ledger.errors import NoRouteToAgreement, SpendNeedsAnotherAgreer, SpendNotAllowed
from services.ledger.model.commands import RequestSpend
from services.ledger.model.spending import SpendDecision
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
    asked: RequestSpend | None = None

    def can_be_agreed_by(self, actor_id: str) -> RequestSpend:
        """What was asked, if somebody else may still agree to it.

        Raises `NoRouteToAgreement` where the policy gives none (CP 6.17(a) to (f)), `SpendNeedsAnotherAgreer` for
        whoever asked.
        """
        if self.decision.outcome != "needs_agreement":
            raise NoRouteToAgreement(f"Nobody's agreement changes this: {self.decision.reason}")
        if self.asked is None:
            raise NoRouteToAgreement("This refusal was kept without what was asked; ask for the spend again.")
        if actor_id == self.asked_by:
            raise SpendNeedsAnotherAgreer("Whoever asked for the spend cannot be the one who agrees to it.")
        return self.asked


def refused(
    spend_id: str, command: RequestSpend, decision: SpendDecision, *, policy_version: str, by: str, at: datetime
) -> RefusedSpend:
    """The record of this refusal."""
    request = command.spend
    return RefusedSpend(
        spend_id=spend_id,
        fund_id=command.fund_id,
        category=request.category,
        payee_id=request.payee_id,
        amount=request.amount,
        decision=decision,
        policy_version=policy_version,
        asked_by=by,
        asked_at=at,
        asked=command,
    )


def problem_of(refusal: RefusedSpend) -> SpendNotAllowed:
    """The refusal as the caller is told it: the reason, what would change it, and the clause as the rule that was
    met.
    """
    return not_allowed(refusal.decision)


def not_allowed(decision: SpendDecision) -> SpendNotAllowed:
    """The decision as the refusal of whoever asked."""
    errors = [
        FieldError(
            field=ground.field or "category",
            rule=ground.clause or "hold",
            message=f"{ground.reason} {ground.would_change}".strip(),
        )
        for ground in decision.grounds
    ]
    return SpendNotAllowed(f"{decision.reason} {decision.would_change}".strip(), errors=errors)
