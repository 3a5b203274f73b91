"""May the fund be spent on this? The answer names its clause and what evidence would change it (CP 6.17).

Everything is decided from the council's policy, the agreed plan, the household and the payees on hold. Whether the fund
holds enough is the book's question, asked when the spend is posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol

from services.ledger.errors import PlanHasProhibitedSpend, UnknownCategory
from services.ledger.model.categories import is_short_stay
from services.ledger.model.decisions import Ground
from services.ledger.model.entries import Grounds, Period
from services.ledger.model.funds import Plan, PlanLine
from services.ledger.model.short_stays import StayLimit, days_counted
from services.ledger.model.sought_first import Looked, SoughtFirst, Supply, look_first
from services.ledger.model.spend_rules import AgreementRule, Prohibition, SpendRules
from shared.errors import FieldError, PolicyIncomplete, invalid
from shared.money import Pence

Outcome = Literal["allow", "refuse", "needs_agreement"]

ON_HOLD = "The payee is on hold."


class Planned(Protocol):
    """What was planned: the outcomes agreed, and the categories of spend that serve them."""

    @property
    def outcome_ids(self) -> frozenset[str]: ...

    @property
    def categories(self) -> frozenset[str]: ...


@dataclass(frozen=True, kw_only=True)
class PlannedSpend:
    """Agreed outcomes and categories without the plan that they stand in."""

    outcome_ids: frozenset[str]
    categories: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """An agreement that was given, under which clause, and where it is on record."""

    clause: str
    agreed_by: str
    agreed_on: date
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class SpendRequest:
    """A spend that is asked for. `delivered_by` names who does the work when the payee is a firm; `sought_first` is what
    was looked for before the fund was asked (CP 2.3, 2.9).
    """

    amount: Pence
    category: str
    payee_id: str
    effective_on: date
    supply: Supply = "service"
    outcome_id: str | None = None
    delivered_by: str | None = None
    period: Period | None = None
    agreements: tuple[Agreement, ...] = ()
    sought_first: SoughtFirst = field(default_factory=SoughtFirst)

    @property
    def parties(self) -> frozenset[str]:
        """Everyone who would be paid by it, directly or through a firm."""
        return frozenset(party for party in (self.payee_id, self.delivered_by) if party)


@dataclass(frozen=True, kw_only=True)
class SpendDecision:
    """The answer to a request, the weightiest ground first."""

    outcome: Outcome
    grounds: tuple[Ground, ...]

    @property
    def clause(self) -> str:
        return self.grounds[0].clause

    @property
    def reason(self) -> str:
        return " ".join(ground.reason for ground in self.grounds)

    @property
    def would_change(self) -> str:
        return " ".join(ground.would_change for ground in self.grounds if ground.would_change)

    def as_grounds(self) -> Grounds:
        """What the entry keeps of it."""
        return Grounds(clause=self.clause, reason=self.reason)


def decide_spend(
    request: SpendRequest,
    *,
    rules: SpendRules,
    plan: Planned,
    held_payees: frozenset[str],
    household: frozenset[str],
    earlier_stays: Sequence[Period] = (),
) -> SpendDecision:
    """Applies payee holds, CP 6.17(a) to (h), and what is looked for first (CP 2.3, 2.9).

    Raises `UnknownCategory`, `Invalid` for a stay without days, and `PolicyIncomplete` for equipment under a pack that says
    nothing of it.
    """
    _check_category(request.category, rules, plan)
    if request.parties & held_payees:
        field = "payee_id" if request.payee_id in held_payees else "delivered_by"
        return SpendDecision(outcome="refuse", grounds=(Ground(clause="", reason=ON_HOLD, field=field),))
    refusal = _never(rules.prohibition(request.category)) or _too_long(request, rules.stay_limit, earlier_stays)
    if refusal:
        return SpendDecision(outcome="refuse", grounds=(refusal,))
    looked = _looked_first(request, rules)
    if looked.missing:
        return SpendDecision(outcome="refuse", grounds=looked.missing)
    needed = _agreements_needed(request, rules, plan, household)
    missing = [each for each in needed if not any(_meets(given, each.rule) for given in request.agreements)]
    if missing:
        return SpendDecision(outcome="needs_agreement", grounds=tuple(each.missing() for each in missing))
    allowed = tuple(each.given() for each in needed) or _in_plan(rules)
    return SpendDecision(outcome="allow", grounds=(*allowed, *looked.shown))


def with_agreement(request: SpendRequest, rule: AgreementRule, *, agreed_on: date, reference: str) -> SpendRequest:
    """The request with the agreement that this rule asks for. Raises `Invalid` when it has to be in writing."""
    if rule.in_writing and not reference:
        raise invalid("reference", "in-writing", f"Say where the written agreement is kept ({rule.clause}).")
    given = Agreement(clause=rule.clause, agreed_by=rule.agreed_by, agreed_on=agreed_on, reference=reference)
    return replace(request, agreements=(*request.agreements, given))


def check_plan(plan: Plan, rules: SpendRules) -> None:
    """Raises `PlanHasProhibitedSpend`, naming line and clause, so that nobody agrees what must then be refused."""
    check_lines(plan.lines, rules)


def check_lines(lines: Sequence[PlanLine], rules: SpendRules) -> None:
    """The same of lines that are no plan yet."""
    found = [(place, rules.prohibition(line.category)) for place, line in enumerate(lines)]
    errors = [_prohibited_line(place, prohibition) for place, prohibition in found if prohibition]
    if errors:
        raise PlanHasProhibitedSpend("The plan has spending that the fund may not be used for.", errors=errors)


@dataclass(frozen=True, kw_only=True)
class _Needed:
    """An agreement that this request needs, why, and what of it asks for that."""

    rule: AgreementRule
    why: str
    field: str

    def missing(self) -> Ground:
        return Ground(
            clause=self.rule.clause,
            reason=f"{self.why} ({self.rule.clause}).",
            would_change=f"{self._agreement()} would allow it.",
            field=self.field,
        )

    def given(self) -> Ground:
        return Ground(clause=self.rule.clause, reason=f"{self._agreement()} was given ({self.rule.clause}).")

    def _agreement(self) -> str:
        kind = "The written agreement" if self.rule.in_writing else "The agreement"
        return f"{kind} of the {self.rule.agreed_by.replace('_', ' ')}"


def _check_category(category: str, rules: SpendRules, plan: Planned) -> None:
    if rules.knows(category) or category in plan.categories:
        return
    sentence = f"Neither the plan nor the council's policy has a category {category!r}."
    raise UnknownCategory(sentence, errors=[FieldError(field="category", rule="known-category", message=sentence)])


def _never(prohibition: Prohibition | None) -> Ground | None:
    if prohibition is None:
        return None
    reason = f"The fund may not be used for this: {prohibition.words.rstrip('.').lower()} ({prohibition.clause})."
    return Ground(clause=prohibition.clause, reason=reason, field="category")


def _too_long(request: SpendRequest, limit: StayLimit, earlier: Sequence[Period]) -> Ground | None:
    if not is_short_stay(request.category):
        return None
    if request.period is None:
        raise invalid("period", "required", "Give the first and last day of the stay.")
    days = days_counted(request.period, earlier, limit)
    if days <= limit.most_days:
        return None
    return Ground(
        clause=limit.clause,
        reason=f"With this stay {days} days would count; {limit.most_days} are allowed ({limit.clause}).",
        would_change=f"A stay that is {days - limit.most_days} days shorter could be paid.",
        field="period",
    )


def _looked_first(request: SpendRequest, rules: SpendRules) -> Looked:
    if rules.first is None:
        if request.supply == "equipment":
            sentence = f"policy incomplete: {rules.policy_version} sought_first, equipment_test (CP 2.3, 2.9)"
            raise PolicyIncomplete(sentence, errors=[FieldError(field="sought_first", rule="unset", message=sentence)])
        return Looked()
    return look_first(request.supply, request.amount, request.sought_first, rules.first)


def _agreements_needed(
    request: SpendRequest, rules: SpendRules, plan: Planned, household: frozenset[str]
) -> list[_Needed]:
    needed = []
    if request.supply == "service" and request.parties & household:
        why = "This pays for services from someone in the person's household"
        needed.append(_Needed(rule=rules.household, why=why, field="agreements"))
    if request.outcome_id not in plan.outcome_ids:
        why = "This serves none of the outcomes agreed in the plan"
        needed.append(_Needed(rule=rules.outside_outcomes, why=why, field="outcome_id"))
    return needed


def _meets(given: Agreement, rule: AgreementRule) -> bool:
    same = given.clause == rule.clause and given.agreed_by == rule.agreed_by
    return same and bool(given.reference or not rule.in_writing)


def _in_plan(rules: SpendRules) -> tuple[Ground, ...]:
    return (Ground(clause=rules.outside_outcomes.clause, reason="It serves an outcome agreed in the plan."),)


def _prohibited_line(place: int, prohibition: Prohibition) -> FieldError:
    sentence = f"The fund may not be used for this ({prohibition.clause})."
    return FieldError(field=f"lines.{place}.category", rule="may-be-spent-on", message=sentence)
