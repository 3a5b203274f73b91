"""What is told of the calendar of events, of appointments, of support in audits, and of information that was given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from shared.events.casework import CASEWORK
from shared.events.language import Event, event


@event("calendar.event.planned", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class CalendarEventPlanned(Event):
    """A meeting, workshop or surgery is in the calendar (CE 3.2)."""

    event_id: str
    kind: Annotated[str, "a code of the council's policy"]
    starts_at: datetime


@event("calendar.event.held", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class CalendarEventHeld(Event):
    """It has taken place."""

    event_id: str
    kind: str
    attendance: Annotated[int, "how many came"]


@event("calendar.event.cancelled", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class CalendarEventCancelled(Event):
    """It does not take place."""

    event_id: str
    kind: str


@event("appointment.made", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AppointmentMade(Event):
    """Somebody has an appointment, or another time for it (CE 4.12)."""

    appointment_id: str
    person_id: str
    worker_id: str
    starts_at: datetime


@event("appointment.reminder.due", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AppointmentReminderDue(Event):
    """The person is to be reminded of their appointment, by a channel that is safe for them (CE 4.9, 4.12)."""

    appointment_id: str
    person_id: str
    starts_at: datetime


@event("appointment.ended", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AppointmentEnded(Event):
    """What became of an appointment."""

    appointment_id: str
    person_id: str
    outcome: Annotated[str, "kept, missed, cancelled"]


@event("audit.announced", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AuditAnnounced(Event):
    """The person is told that an audit of their direct payment comes (CE 3.2 "Audit")."""

    audit_id: str
    person_id: str
    starts_on: date


@event("audit.begun", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AuditBegun(Event):
    """The audit has begun; the person was told of it before."""

    audit_id: str
    person_id: str


@event("audit.finished", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class AuditFinished(Event):
    """The audit is over."""

    audit_id: str
    person_id: str


@event("information.given", stream=CASEWORK)
@dataclass(frozen=True, kw_only=True)
class InformationGiven(Event):
    """A person was given information of a list of the council's policy (CP 8.2, CE 7.4, 3.2)."""

    information_id: str
    person_id: str
    topic_list: Annotated[str, "first-contact, service-start, advice"]
    items: Annotated[tuple[str, ...], "codes of the council's policy"]
