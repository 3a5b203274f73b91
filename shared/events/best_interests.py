"""What is told of best-interest decisions: ids, codes and days; what was weighed stays in the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from shared.events.casework import CASEWORK
from shared.events.language import Event, event


@event("bestinterests.begun", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class BestInterestsBegun(Event):
    """A decision is to be made for somebody who lacks the capacity to make it (CP 5.2)."""

    decision_id: str
    referral_id: str
    decision_maker: Annotated[str, "a role of the council's policy"]
    has_family: bool


@event("bestinterests.advocate.named", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AdvocateNamed(Event):
    """An advocate stands beside the person (CP 5.2)."""

    decision_id: str
    referral_id: str
    advocate_id: str


@event("bestinterests.decided", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class BestInterestsDecided(Event):
    """It is decided what is in the person's best interests (CP 5.2, 6.16)."""

    decision_id: str
    referral_id: str
    outcome: Literal["for", "against"]
    decided_on: date
