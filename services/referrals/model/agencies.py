"""Care agencies that people can be signposted to, by how CQC rates them (CE 3.2 "The Care Agency")."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.referrals.errors import AgencyBarred
from shared.events.agencies import AgencyListed, AgencyRated
from shared.messaging.aggregates import Decision

CqcRating = Literal["outstanding", "good", "requires-improvement", "inadequate", "not-rated"]
RATINGS: tuple[CqcRating, ...] = ("outstanding", "good", "requires-improvement", "inadequate", "not-rated")


@dataclass(frozen=True, kw_only=True)
class Rating:
    """What CQC said on a day, and where that was read."""

    rating: CqcRating
    rated_on: date
    source: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Agency:
    """A care agency of a council's area. `barred` is what its newest rating came to under the council's policy."""

    agency_id: str
    reference: str
    name: str
    ratings: tuple[Rating, ...]
    barred: bool = False
    policy: str = ""


def newest(agency: Agency) -> Rating:
    """The rating that counts: the one of the latest day, of two of one day the later recorded."""
    return max(agency.ratings, key=lambda rating: (rating.rated_on, rating.recorded_at))


def list_agency(agency: Agency, *, barring: tuple[str, ...]) -> Decision[Agency]:
    """An agency is known, with its rating."""
    listed = replace(agency, barred=newest(agency).rating in barring)
    return Decision(state=listed, events=[AgencyListed(agency_id=agency.agency_id), _told(listed)])


def rate_agency(agency: Agency, rating: Rating, *, barring: tuple[str, ...], policy: str) -> Decision[Agency]:
    """A rating is recorded; an older one than the newest changes nothing of how the agency stands."""
    rated = replace(agency, ratings=(*agency.ratings, rating), policy=policy)
    rated = replace(rated, barred=newest(rated).rating in barring)
    return Decision(state=rated, events=[_told(rated)])


def refuse_barred(agency: Agency) -> None:
    """Raises `AgencyBarred` for an agency that nobody is signposted to."""
    if agency.barred:
        rating = newest(agency)
        raise AgencyBarred(
            f"CQC rated this agency {rating.rating} on {rating.rated_on.isoformat()}: nobody is signposted to it "
            '(CE 3.2 "The Care Agency")'
        )


def _told(agency: Agency) -> AgencyRated:
    rating = newest(agency)
    return AgencyRated(agency_id=agency.agency_id, rating=rating.rating, rated_on=rating.rated_on, barred=agency.barred)
