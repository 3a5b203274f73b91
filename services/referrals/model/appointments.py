"""Appointments, and the reminder before each (CE 4.12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, cast

from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.events.calendar import AppointmentEnded, AppointmentMade, AppointmentReminderDue
from shared.messaging.aggregates import Decision

Status = Literal["made", "kept", "missed", "cancelled"]
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "made": {"move": "made", "keep": "kept", "miss": "missed", "cancel": "cancelled"},
        "kept": {},
        "missed": {},
        "cancelled": {},
    }
)


@dataclass(frozen=True, kw_only=True)
class Appointment(CaseRecord):
    """An appointment of one person. `remind_at` is when they are reminded; nothing when that is over or not to be."""

    worker_id: str
    starts_at: datetime
    place: str = ""
    status: Status = "made"
    remind_at: datetime | None = None
    reminded_at: datetime | None = None
    acts: tuple[Act, ...] = ()


def make(appointment: Appointment) -> Decision[Appointment]:
    """A new appointment."""
    return Decision(state=appointment, events=[_made(appointment)])


def move(
    appointment: Appointment, act: Act, *, starts_at: datetime, remind_at: datetime | None
) -> Decision[Appointment]:
    """Another time; the reminder moves with it. Raises `StepNotPossible`."""
    moved = replace(_stepped(appointment, act), starts_at=starts_at, remind_at=remind_at, reminded_at=None)
    return Decision(state=moved, events=[_made(moved)])


def end(appointment: Appointment, act: Act) -> Decision[Appointment]:
    """Kept, missed or cancelled; nobody is reminded any more. Raises `StepNotPossible`."""
    ended = replace(_stepped(appointment, act), remind_at=None)
    told = AppointmentEnded(appointment_id=ended.record_id, person_id=ended.person_id or "", outcome=ended.status)
    return Decision(state=ended, events=[told])


def remind(appointment: Appointment, *, at: datetime) -> Decision[Appointment]:
    """The reminder is due: told once, whoever looks and however often, and not when the appointment is over."""
    if appointment.remind_at is None or appointment.remind_at > at:
        return Decision(state=appointment)
    reminded = replace(appointment, remind_at=None, reminded_at=at)
    if appointment.starts_at <= at:
        return Decision(state=replace(reminded, reminded_at=None))
    told = AppointmentReminderDue(
        appointment_id=appointment.record_id,
        person_id=appointment.person_id or "",
        starts_at=appointment.starts_at,
    )
    return Decision(state=reminded, events=[told])


def _made(appointment: Appointment) -> AppointmentMade:
    return AppointmentMade(
        appointment_id=appointment.record_id,
        person_id=appointment.person_id or "",
        worker_id=appointment.worker_id,
        starts_at=appointment.starts_at,
    )


def _stepped(appointment: Appointment, act: Act) -> Appointment:
    status = cast(Status, next_status(STEPS, appointment.status, act.step, "appointment"))
    return replace(appointment, status=status, acts=(*appointment.acts, act))
