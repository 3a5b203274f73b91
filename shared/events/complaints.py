"""What is told of complaints, concerns, compliments and negative written feedback: ids and codes, never what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from shared.events.language import Event, Stream, event

COMPLAINT = Stream(name="complaint", owner="referrals", about="a complaint, concern, compliment or negative feedback")

ComplaintKind = Literal["complaint", "concern", "compliment", "negative-feedback"]
NextAction = Literal["looked-into", "meeting-offered", "practice-changed", "passed-on", "no-change"]


@event("complaint.recorded", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintRecorded(Event):
    """A complaint, concern, compliment or negative feedback was recorded (CE 7.4, CP 9.1.2)."""

    complaint_id: str
    kind: ComplaintKind
    person_id: Annotated[str | None, "whom it is about or from, if that is known"] = None
    reporter: Annotated[str, "person, family, professional, staff, other"]
    in_writing: bool


@event("complaint.forwarded", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintForwarded(Event):
    """It is passed on to the council (CP 9.1.1)."""

    complaint_id: str
    kind: ComplaintKind


@event("complaint.acknowledged", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintAcknowledged(Event):
    """Its receipt is acknowledged (Complaints Regulations 2009 reg 13)."""

    complaint_id: str
    kind: ComplaintKind
    reporter_id: Annotated[str | None, "who is written to; without one it was done by hand"] = None


@event("complaint.answered", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintAnswered(Event):
    """It is answered; negative written feedback in writing, with a copy to the council (CE 7.1(f))."""

    complaint_id: str
    kind: ComplaintKind
    reporter_id: Annotated[str | None, "who is written to; without one it was done by hand"] = None
    next_action: Annotated[NextAction | None, "what follows"] = None
    copied_to_council: bool = False


@event("complaint.reviewed", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintReviewed(Event):
    """It was discussed at a monitoring meeting (CP 9.1.2, CE 8.2)."""

    complaint_id: str
    held_on: date


@event("complaint.escalated", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintEscalated(Event):
    """A dispute about a partner goes to the commissioners (CE 8.2)."""

    complaint_id: str
    kind: ComplaintKind


@event("complaint.closed", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class ComplaintClosed(Event):
    """It is closed; nothing is owed any more."""

    complaint_id: str
    kind: ComplaintKind


@event("complaint.ombudsman.opened", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class OmbudsmanCaseOpened(Event):
    """The Ombudsman looks into it (CE 7.4)."""

    complaint_id: str


@event("complaint.recommendation.recorded", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class RecommendationRecorded(Event):
    """The Ombudsman recommends something (CE 7.4). What stays in the record."""

    complaint_id: str
    recommendation_id: str
    due_on: date | None = None


@event("complaint.recommendation.done", stream=COMPLAINT)
@dataclass(frozen=True, kw_only=True)
class RecommendationDone(Event):
    """A recommendation was carried out (CE 7.4)."""

    complaint_id: str
    recommendation_id: str
    done_on: date
