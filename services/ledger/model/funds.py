"""A person's fund: its life and plan. Its money is in its book."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.ledger.errors import FundClosed, PlanNeedsAnotherAgreer, PlanNotAgreed, PlanOverBudget
from shared.context import Caller
from shared.errors import FieldError
from shared.money import Pence, format_gbp, total

Status = Literal["opened", "active", "closed"]

NO_OFFICERS = frozenset(
    {"person", "nominee", "circle", "personal_assistant", "isf_provider", "support_broker", "public"}
)
"""Roles by which nobody sees a council's funds; whoever has no others sees one because of whose it is, or who holds it."""


def is_officer(caller: Caller) -> bool:
    """Whether somebody sees their councils' funds by their role."""
    return caller.organisation_id is None and not set(caller.roles) <= NO_OFFICERS


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """One planned cost: which outcome it serves, in which category of spend, and its weekly cost (CP 3.2.3)."""

    line_id: str
    outcome_id: str
    category: str
    weekly_cost: Pence
    payee_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The ISF plan as the social worker agreed it (CP 3.2.4)."""

    lines: tuple[PlanLine, ...]
    written_by: str
    agreed_by: str
    agreed_on: date

    @property
    def outcome_ids(self) -> frozenset[str]:
        return frozenset(line.outcome_id for line in self.lines)

    @property
    def categories(self) -> frozenset[str]:
        return frozenset(line.category for line in self.lines)

    @property
    def weekly_cost(self) -> Pence:
        return total(line.weekly_cost for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class HouseholdMember:
    """Someone who lives in the person's household and might be paid (CP 6.17(h))."""

    party_id: str
    relation: str


@dataclass(frozen=True, kw_only=True)
class Fund:
    """One person's fund with one provider, held separately from every other (CP 9.8).

    `shared_with` names the nominee and circle who see it as the person does (CP 5.5, 9.7); `moved_to` and `moved_from` the
    funds that its money went to or came from when the person changed provider (CP 5.3).
    """

    fund_id: str
    council_id: str
    person_id: str
    provider_id: str
    weekly_budget: Pence
    opened_on: date
    starts_on: date
    policy_version: str
    referral_id: str | None = None
    household: tuple[HouseholdMember, ...] = ()
    shared_with: tuple[str, ...] = ()
    plan: Plan | None = None
    support_ended_on: date | None = None
    moved_to: str | None = None
    moved_from: tuple[str, ...] = ()
    status: Status = "opened"

    def with_plan_agreed(self, plan: Plan) -> Fund:
        """The fund with this plan in force.

        Raises `FundClosed`, `PlanNeedsAnotherAgreer` or `PlanOverBudget` (CP 3.2.3 to 3.2.5).
        """
        self.check_open()
        if plan.agreed_by == plan.written_by:
            raise PlanNeedsAnotherAgreer("The plan is agreed by someone other than the one who wrote it.")
        if plan.weekly_cost > self.weekly_budget:
            raise _over_budget(plan, self.weekly_budget)
        return replace(self, plan=plan, status="active")

    def varied(self, *, weekly_budget: Pence, plan: Plan | None) -> Fund:
        """The fund as an approved variation makes it (CP 4.2). Raises `FundClosed`."""
        self.check_open()
        return replace(self, weekly_budget=weekly_budget, plan=plan)

    def is_open_to(self, caller: Caller) -> bool:
        """A provider sees funds it holds, the person and those it is shared with theirs, officers their council's."""
        if caller.organisation_id is not None:
            return caller.organisation_id == self.provider_id
        return is_officer(caller) or caller.actor_id in self.readers

    @property
    def readers(self) -> tuple[str, ...]:
        """Who sees it because of whose it is: the person, and those they share it with (CP 5.5, 9.7)."""
        return tuple(dict.fromkeys((self.person_id, *self.shared_with)))

    def as_closed(self) -> Fund:
        """The fund at its end. Raises `FundClosed` when it is there already."""
        self.check_open()
        return replace(self, status="closed")

    def as_moved(self, to_fund_id: str) -> Fund:
        """The fund at its end, its money in another. Raises `FundClosed` when it is there already."""
        return replace(self.as_closed(), moved_to=to_fund_id)

    def with_money_from(self, fund_id: str) -> Fund:
        """The fund with another's money in it."""
        return replace(self, moved_from=tuple(dict.fromkeys((*self.moved_from, fund_id))))

    def check_open(self) -> None:
        """Raises `FundClosed`."""
        if self.status == "closed":
            raise FundClosed(f"Fund {self.fund_id} is closed.")

    def agreed_plan(self) -> Plan:
        """The plan in force. Raises `FundClosed` or `PlanNotAgreed`."""
        self.check_open()
        if self.plan is None:
            raise PlanNotAgreed("The social worker agrees the plan before anything is spent (CP 3.2.4).")
        return self.plan

    @property
    def household_ids(self) -> frozenset[str]:
        return frozenset(member.party_id for member in self.household)


def _over_budget(plan: Plan, budget: Pence) -> PlanOverBudget:
    sentence = f"The plan costs {format_gbp(plan.weekly_cost)} a week; the budget is {format_gbp(budget)} a week."
    return PlanOverBudget(sentence, errors=[FieldError(field="lines", rule="within-budget", message=sentence)])
