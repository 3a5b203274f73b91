"""The reviews of a person's support: the council's, the provider's and the law's cycles, side by side (CP 3.2.6-7, 7.4; reg 7).

Each cycle is a series of the council's pack. When one of its reviews is done its clock stops, and the next one's starts. One
meeting may count for several cycles; it is recorded once, with why it counts for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import ReviewNotPossible
from services.referrals.model.referral import is_staff
from shared.context import Caller
from shared.errors import FieldError, Invalid
from shared.events.language import Event
from shared.events.reviews import BudgetChangeNoted, ReviewAsked, ReviewHeld, ReviewProgrammeEnded, ReviewsProgrammed
from shared.ids import derived_id
from shared.messaging.aggregates import Decision
from shared.policy.keeping import Kept, start, stop
from shared.policy.running import RunningClock

Cycle = Literal["council", "provider", "statutory"]
CYCLES: tuple[Cycle, ...] = ("council", "provider", "statutory")
HOLDERS: dict[Cycle, frozenset[str]] = {
    "council": frozenset({"social_worker", "brokerage_team"}),
    "provider": frozenset({"isf_provider", "support_broker"}),
    "statutory": frozenset({"social_worker", "brokerage_team"}),
}
"""Whose review each cycle is: the council's own, the provider's, and the council's duty under the Regulations."""


@dataclass(frozen=True, kw_only=True)
class Satisfied:
    """A cycle that a meeting counts for: which of its reviews, which clock, and why it counts."""

    cycle: Cycle
    occurrence: int
    because: str
    clock_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Review:
    """One meeting, recorded once."""

    review_id: str
    held_on: date
    held_by: str
    recorded_at: datetime
    outcome: str
    satisfied: tuple[Satisfied, ...]
    advocate_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class AskedReview:
    """A review that somebody asked for, because circumstances changed (CP 3.2.7)."""

    asked_by: str
    asked_at: datetime
    reason: str
    held_in: str | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetChange:
    """A significant change of the budget, told to the council (CP 7.4)."""

    weekly_before_pence: int
    weekly_after_pence: int
    reason: str
    noted_by: str
    noted_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReviewProgramme:
    """The reviews of one referral in support. `done` is how many reviews of a cycle have been held."""

    programme_id: str
    referral_id: str
    person_id: str
    provider_id: str | None = None
    support_began_on: date
    cycles: tuple[Cycle, ...]
    reviews: tuple[Review, ...] = ()
    asked: tuple[AskedReview, ...] = ()
    budget_changes: tuple[BudgetChange, ...] = ()
    ended_on: date | None = None
    clocks: tuple[RunningClock, ...] = ()


def programme_id_of(referral_id: str, round: int = 1) -> str:
    """The id of the programme of a referral's provider: one for each round of offers (CP 5.3)."""
    return derived_id("rvp", referral_id, *([str(round)] if round > 1 else []))


def is_programme_shown_to(caller: Caller, programme: ReviewProgramme) -> bool:
    """Staff in scope, the person, and the provider that they chose."""
    if caller.organisation_id is not None:
        return caller.organisation_id == programme.provider_id
    return is_staff(caller) or caller.actor_id == programme.person_id


def programmed(programme: ReviewProgramme, clocks: Sequence[RunningClock]) -> Decision[ReviewProgramme]:
    """The cycles begin with the support."""
    kept = start((), clocks)
    told = ReviewsProgrammed(
        programme_id=programme.programme_id,
        referral_id=programme.referral_id,
        person_id=programme.person_id,
        support_began_on=programme.support_began_on,
        cycles=programme.cycles,
    )
    return Decision(state=replace(programme, clocks=kept.clocks), events=[told, *kept.events])


def occurrence_of(programme: ReviewProgramme, cycle: Cycle) -> int:
    """Which review of the cycle is due now, from 1."""
    return 1 + sum(one.cycle == cycle for review in programme.reviews for one in review.satisfied)


def open_clock(programme: ReviewProgramme, cycle: Cycle, names: Sequence[str]) -> RunningClock | None:
    """The clock of the cycle's review that is due now."""
    return next((clock for clock in programme.clocks if clock.is_open and clock.name in names), None)


def hold(
    programme: ReviewProgramme, review: Review, *, next_clocks: Sequence[RunningClock], at: datetime
) -> Decision[ReviewProgramme]:
    """A meeting was held: the clocks of what it satisfies stop, and the next ones of those cycles start.

    Raises `ReviewNotPossible` once the programme has ended.
    """
    _refuse_ended(programme)
    kept = _stopped(programme.clocks, {one.clock_id for one in review.satisfied if one.clock_id}, at)
    kept = kept.then(start(kept.clocks, next_clocks))
    told = ReviewHeld(
        programme_id=programme.programme_id,
        referral_id=programme.referral_id,
        review_id=review.review_id,
        held_on=review.held_on,
        cycles=tuple(one.cycle for one in review.satisfied),
    )
    council_saw = any(one.cycle != "provider" for one in review.satisfied)
    asked = tuple(
        replace(one, held_in=review.review_id) if council_saw and one.held_in is None else one
        for one in programme.asked
    )
    held = replace(programme, reviews=(*programme.reviews, review), asked=asked, clocks=kept.clocks)
    return Decision(state=held, events=[told, *kept.events])


def ask(programme: ReviewProgramme, asked: AskedReview) -> Decision[ReviewProgramme]:
    """A review is asked for because circumstances changed (CP 3.2.7). Raises `ReviewNotPossible`."""
    _refuse_ended(programme)
    told = ReviewAsked(
        programme_id=programme.programme_id, referral_id=programme.referral_id, person_id=programme.person_id
    )
    return Decision(state=replace(programme, asked=(*programme.asked, asked)), events=[told])


def note_budget_change(programme: ReviewProgramme, change: BudgetChange) -> Decision[ReviewProgramme]:
    """A significant change of the budget is told to the council (CP 7.4). Raises `ReviewNotPossible`, `Invalid`."""
    _refuse_ended(programme)
    if change.weekly_before_pence == change.weekly_after_pence:
        message = "the weekly budget is the same before and after"
        raise Invalid(message, errors=[FieldError(field="weekly_after_pence", rule="change", message=message)])
    told = BudgetChangeNoted(
        programme_id=programme.programme_id,
        referral_id=programme.referral_id,
        person_id=programme.person_id,
        weekly_before_pence=change.weekly_before_pence,
        weekly_after_pence=change.weekly_after_pence,
    )
    return Decision(state=replace(programme, budget_changes=(*programme.budget_changes, change)), events=[told])


def end(programme: ReviewProgramme, *, ended_on: date, at: datetime) -> Decision[ReviewProgramme]:
    """Support has ended; no review is due any more. Ended twice changes nothing."""
    if programme.ended_on is not None:
        return Decision(state=programme)
    kept = stop(programme.clocks, at=at)
    told = ReviewProgrammeEnded(
        programme_id=programme.programme_id, referral_id=programme.referral_id, ended_on=ended_on
    )
    events: list[Event] = [told, *kept.events]
    return Decision(state=replace(programme, ended_on=ended_on, clocks=kept.clocks), events=events)


def _refuse_ended(programme: ReviewProgramme) -> None:
    if programme.ended_on is not None:
        raise ReviewNotPossible("support has ended, and its reviews with it")


def _stopped(clocks: tuple[RunningClock, ...], wanted: set[str], at: datetime) -> Kept:
    """Stops these clocks only."""
    kept = stop([clock for clock in clocks if clock.clock_id in wanted], at=at)
    after = {clock.clock_id: clock for clock in kept.clocks}
    return Kept(clocks=tuple(after.get(clock.clock_id, clock) for clock in clocks), events=kept.events)
