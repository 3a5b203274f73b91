"""What referrals tells of care agencies: that one is known, and how CQC rates it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from shared.events.language import Event, Stream, event

AGENCY = Stream(name="agency", owner="referrals", about="a care agency and how CQC rates it")


@event("agency.listed", stream=AGENCY)
@dataclass(frozen=True, kw_only=True)
class AgencyListed(Event):
    """A care agency is known (CE 3.2 "The Care Agency")."""

    agency_id: str


@event("agency.rated", stream=AGENCY)
@dataclass(frozen=True, kw_only=True)
class AgencyRated(Event):
    """How CQC rates an agency now, and whether anybody may be signposted to it (CE 3.2 "The Care Agency")."""

    agency_id: str
    rating: Annotated[str, "outstanding, good, requires-improvement, inadequate, not-rated"]
    rated_on: date
    barred: bool
