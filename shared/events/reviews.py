"""What referrals tells of the reviews of a person's support. What was said in them stays in the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from shared.events.language import Event, Stream, event

REVIEW = Stream(name="review", owner="referrals", about="the reviews of a person's support, from its start to its end")


@event("review.programmed", stream=REVIEW)
@dataclass(frozen=True, kw_only=True)
class ReviewsProgrammed(Event):
    """Support has begun, and its reviews are due from then on (CP 3.2.6, 7.4; Direct Payments Regulations 2014 reg 7)."""

    programme_id: str
    referral_id: str
    person_id: str
    support_began_on: date
    cycles: Annotated[tuple[str, ...], "council, provider, statutory: those that the council's policy has"]


@event("review.held", stream=REVIEW)
@dataclass(frozen=True, kw_only=True)
class ReviewHeld(Event):
    """One meeting was held; it is recorded once, for each cycle that it satisfied."""

    programme_id: str
    referral_id: str
    review_id: str
    held_on: date
    cycles: tuple[str, ...]


@event("review.asked", stream=REVIEW)
@dataclass(frozen=True, kw_only=True)
class ReviewAsked(Event):
    """Somebody asked for a review, because circumstances changed (CP 3.2.7). The reason stays in the record."""

    programme_id: str
    referral_id: str
    person_id: str


@event("review.budget.changed", stream=REVIEW)
@dataclass(frozen=True, kw_only=True)
class BudgetChangeNoted(Event):
    """The budget changed significantly; the council is told (CP 7.4)."""

    programme_id: str
    referral_id: str
    person_id: str
    weekly_before_pence: int
    weekly_after_pence: int


@event("review.programme.ended", stream=REVIEW)
@dataclass(frozen=True, kw_only=True)
class ReviewProgrammeEnded(Event):
    """Support has ended, and its reviews with it."""

    programme_id: str
    referral_id: str
    ended_on: date
