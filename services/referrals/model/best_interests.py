"""A decision in somebody's best interests: who decides, who stands beside the person, what came of it (CP 5.2, 6.16)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import AdvocateNeeded, BestInterestsUndecided, StepNotPossible
from services.referrals.model.cases import CaseRecord
from shared.events.best_interests import AdvocateNamed, BestInterestsBegun, BestInterestsDecided
from shared.messaging.aggregates import Decision

Outcome = Literal["for", "against"]
CARE_ACT_REVIEWS = frozenset({"council", "statutory"})
"""Cycles of reviews that are the council's under the Care Act; the provider's own are not."""


@dataclass(frozen=True, kw_only=True)
class DecisionMaker:
    """Who makes the decision: the Court of Protection, a family member, an advocate, the circle, social worker or attorney."""

    role: str
    name: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Advocate:
    """Who stands beside the person."""

    advocate_id: str
    name: str
    organisation: str
    named_by: str
    named_at: datetime


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What was decided, by whom, and why. `doubts` are those of anybody involved who is not confident (CP 5.2)."""

    outcome: Outcome
    decided_on: date
    reasons: str
    consulted: str
    doubts: str = ""
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class BestInterests(CaseRecord):
    """One decision. `assessment` is the reference of the assessment that found no capacity for it."""

    matter: str
    assessment: str
    has_family: bool
    decision_maker: DecisionMaker
    advocate: Advocate | None = None
    decided: Outcomes | None = None

    @property
    def needs_advocate(self) -> bool:
        """Without family an advocate is involved (CP 5.2)."""
        return not self.has_family


def begin(given: BestInterests) -> Decision[BestInterests]:
    """A decision is to be made."""
    told = BestInterestsBegun(
        decision_id=given.record_id,
        referral_id=given.referral_id or "",
        decision_maker=given.decision_maker.role,
        has_family=given.has_family,
    )
    return Decision(state=given, events=[told])


def name_advocate(given: BestInterests, advocate: Advocate) -> Decision[BestInterests]:
    """An advocate stands beside the person, also in place of another."""
    told = AdvocateNamed(
        decision_id=given.record_id, referral_id=given.referral_id or "", advocate_id=advocate.advocate_id
    )
    return Decision(state=replace(given, advocate=advocate), events=[told])


def decide(given: BestInterests, decided: Outcomes) -> Decision[BestInterests]:
    """What came of it (CP 5.2, 6.16). Raises `AdvocateNeeded`, `StepNotPossible` once it is decided."""
    if given.decided is not None:
        raise StepNotPossible("this is decided; a new decision has its own record")
    if given.needs_advocate and given.advocate is None:
        raise AdvocateNeeded("the person has no family: name the advocate who is involved first (CP 5.2)")
    told = BestInterestsDecided(
        decision_id=given.record_id,
        referral_id=given.referral_id or "",
        outcome=decided.outcome,
        decided_on=decided.decided_on,
    )
    return Decision(state=replace(given, decided=decided), events=[told])


def refuse_undecided(records: Sequence[BestInterests]) -> None:
    """The last decision stands, and none is open. Raises `BestInterestsUndecided`. `records` are the newest first."""
    if any(one.decided is None for one in records):
        raise BestInterestsUndecided("a best-interest decision is begun and not decided (CP 5.2)")
    if records and records[0].decided is not None and records[0].decided.outcome == "against":
        raise BestInterestsUndecided("it was decided that this is not in the person's best interests (CP 5.2, 6.16)")


def refuse_without_advocate(records: Sequence[BestInterests], cycles: Collection[str], advocate_id: str | None) -> None:
    """A Care Act review of somebody without family takes place with their advocate (CP 5.2). Raises `AdvocateNeeded`."""
    newest = records[0] if records else None
    if newest is None or not newest.needs_advocate or CARE_ACT_REVIEWS.isdisjoint(cycles):
        return
    if newest.advocate is None:
        raise AdvocateNeeded("the person has no family: name their advocate first, who joins the review (CP 5.2)")
    if advocate_id != newest.advocate.advocate_id:
        raise AdvocateNeeded(f"the person's advocate {newest.advocate.advocate_id} joins the review (CP 5.2)")
