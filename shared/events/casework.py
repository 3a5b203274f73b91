"""What is told of day-to-day case work: ids, codes and instants; names, places and words stay in the records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from shared.events.language import Event, Stream, event

CASEWORK = Stream(
    name="casework", owner="referrals", about="messages, visits, onward referrals and problems with resources"
)


@event("message.left", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class MessageLeft(Event):
    """Somebody left a message that waits for an answer (CE 3.2 "Telephone and Email")."""

    message_id: str
    person_id: str | None = None
    channel: Annotated[str, "phone, email or other"]


@event("message.answered", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class MessageAnswered(Event):
    """A message was answered."""

    message_id: str
    answered_at: datetime


@event("visit.planned", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class VisitPlanned(Event):
    """A visit or meeting is planned (CE 4.3)."""

    visit_id: str
    person_id: str | None = None
    worker_id: str
    kind: Annotated[str, "a code of the council's policy"]
    off_premises: bool


@event("visit.confirmed", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class VisitConfirmed(Event):
    """A visit is confirmed; off premises, with its pathway for safeguarding and lone working (CE 3.3, 7.7)."""

    visit_id: str
    worker_id: str
    starts_at: datetime
    ends_at: datetime


@event("visit.cancelled", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class VisitCancelled(Event):
    """A visit does not take place."""

    visit_id: str
    worker_id: str


@event("visit.return.overdue", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class VisitReturnOverdue(Event):
    """A worker has not been heard of after a visit off premises: look for them now (CE 7.7)."""

    visit_id: str
    worker_id: str
    contact_id: Annotated[str, "who is to look for them"]
    expected_at: datetime


@event("visit.returned", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class VisitReturned(Event):
    """The worker is back, or was heard of."""

    visit_id: str
    worker_id: str
    returned_at: datetime


@event("onward.made", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class OnwardReferralMade(Event):
    """A person was referred on (CP 2.12, 2.14, 6.9)."""

    onward_id: str
    person_id: str
    kind: Annotated[str, "a code of the council's policy"]


@event("onward.ended", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class OnwardReferralEnded(Event):
    """What became of an onward referral."""

    onward_id: str
    outcome: Annotated[str, "taken-up, declined, not-reached"]


@event("resource.problem.logged", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ResourceProblemLogged(Event):
    """A resource could not be had (CP 6.8). The names stay in the log."""

    problem_id: str
    kind: Annotated[str, "a code of the council's policy"]


@event("resource.problem.shared", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ResourceProblemShared(Event):
    """The problem is shared with the health or social care representative (CP 6.8)."""

    problem_id: str
    kind: str


@event("resource.problem.resolved", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class ResourceProblemResolved(Event):
    """The resource was had, or something instead."""

    problem_id: str
