"""The collections of the calendar of events, appointments, audits and information that was given."""

from __future__ import annotations

from services.referrals.model.appointments import Appointment
from services.referrals.model.audits import AuditSupport
from services.referrals.model.calendar import CalendarEvent
from services.referrals.model.information import InformationRecord
from services.referrals.store.cases import case_collection, case_kind
from shared.messaging.scheduling import Due
from shared.store.documents import Field, Order

CALENDAR_EVENTS = case_collection(
    "calendar_events",
    "kind",
    "status",
    fields=(Field(path="state.starts_at", kind="instant"),),
    orders=(Order(name="begins", by=(("state.starts_at", "ascending"),)),),
)
CALENDAR_EVENT = case_kind("calendar event", CalendarEvent)
APPOINTMENTS = case_collection(
    "appointments",
    "status",
    "worker_id",
    fields=(Field(path="state.remind_at", kind="instant"),),
    orders=(Order(name="reminder", by=(("state.remind_at", "ascending"),)),),
)
APPOINTMENT = case_kind("appointment", Appointment)
REMINDERS_DUE = Due(name="appointment-reminders", collection=APPOINTMENTS, path="state.remind_at", order="reminder")
AUDITS = case_collection("audits", "status")
AUDIT = case_kind("audit", AuditSupport)
INFORMATION = case_collection("information")
INFORMATION_RECORD = case_kind("information", InformationRecord)
