"""The calendar of events, appointments, audits and information that is given."""

from __future__ import annotations

from functools import partial

from gateway.api import ApiBlueprint
from gateway.routes.passing import changing, listing, reading
from gateway.schemas import calendar as shapes
from gateway.schemas.cases import Note
from gateway.services import REFERRALS

calendar = ApiBlueprint(
    "calendar", __name__, description="The calendar of events, appointments, audits and information that is given."
)
_read = partial(reading, calendar, service=REFERRALS)
_list = partial(listing, calendar, service=REFERRALS)
_change = partial(changing, calendar, service=REFERRALS)

_list(
    "/calendar-check",
    "calendar.check",
    "Check a year of the calendar against the council's policy; what is missing is named (CE 3.2).",
    method="show_calendar_year",
    query=shapes.YearFilter,
    item=shapes.KindOfYear,
)
_change(
    "/calendar-events",
    "calendar.record",
    "Put a peer meeting, workshop or surgery into the calendar (CE 3.2).",
    method="plan_calendar_event",
    body=shapes.NewCalendarEvent,
    answer=shapes.CalendarEvent,
    status=201,
)
_list(
    "/calendar-events",
    "calendar.list",
    "List calendar events, the newest first.",
    method="list_calendar_events",
    query=shapes.CalendarFilter,
    item=shapes.CalendarEvent,
)
_read(
    "/calendar-events/<id:id>",
    "calendar.read",
    "Read one of the calendar events.",
    method="get_calendar_event",
    answer=shapes.CalendarEvent,
)
_change(
    "/calendar-events/<id:id>/hold",
    "calendar.hold",
    "Record that an event has taken place, and how many came.",
    method="hold_calendar_event",
    body=shapes.Attendance,
    answer=shapes.CalendarEvent,
)
_change(
    "/calendar-events/<id:id>/cancel",
    "calendar.cancel",
    "Record that an event does not take place.",
    method="cancel_calendar_event",
    body=Note,
    answer=shapes.CalendarEvent,
)
_change(
    "/appointments",
    "appointments.record",
    "Make an appointment; the person is reminded of it by a channel that is safe for them (CE 4.9, 4.12).",
    method="make_appointment",
    body=shapes.NewAppointment,
    answer=shapes.Appointment,
    status=201,
)
_list(
    "/appointments",
    "appointments.list",
    "List appointments, the newest first.",
    method="list_appointments",
    query=shapes.AppointmentFilter,
    item=shapes.Appointment,
)
_read(
    "/appointments/<id:id>",
    "appointments.read",
    "Read one of the appointments.",
    method="get_appointment",
    answer=shapes.Appointment,
)
_change(
    "/appointments/<id:id>/move",
    "appointments.move",
    "Move an appointment; the reminder moves with it.",
    method="move_appointment",
    body=shapes.OtherTime,
    answer=shapes.Appointment,
)
_change(
    "/appointments/<id:id>/keep",
    "appointments.keep",
    "Record that an appointment was kept.",
    method="keep_appointment",
    body=Note,
    answer=shapes.Appointment,
)
_change(
    "/appointments/<id:id>/miss",
    "appointments.miss",
    "Record that an appointment was missed.",
    method="miss_appointment",
    body=Note,
    answer=shapes.Appointment,
)
_change(
    "/appointments/<id:id>/cancel",
    "appointments.cancel",
    "Record that an appointment is cancelled.",
    method="cancel_appointment",
    body=Note,
    answer=shapes.Appointment,
)
_change(
    "/audits",
    "audits.record",
    "Record that an audit of a direct payment comes, to support the person (CE 3.2).",
    method="plan_audit_support",
    body=shapes.NewAudit,
    answer=shapes.Audit,
    status=201,
)
_list(
    "/audits",
    "audits.list",
    "List audits, the newest first.",
    method="list_audit_support",
    query=shapes.AuditFilter,
    item=shapes.Audit,
)
_read(
    "/audits/<id:id>",
    "audits.read",
    "Read one of the audits.",
    method="get_audit_support",
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/tell",
    "audits.tell",
    "Tell the person that the audit comes; it cannot begin before.",
    method="tell_of_audit",
    body=Note,
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/prepare",
    "audits.prepare",
    "Record that worries were talked through, or help was given.",
    method="prepare_for_audit",
    body=Note,
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/documents",
    "audits.ask_for_document",
    "Record that the audit asks for a document.",
    method="ask_for_audit_document",
    body=shapes.NewDocument,
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/documents/<id:document_id>/give",
    "audits.give_document",
    "Record that a document was given.",
    method="give_audit_document",
    body=shapes.DocumentGiven,
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/begin",
    "audits.begin",
    "Record that the audit begins.",
    method="begin_audit",
    body=Note,
    answer=shapes.Audit,
)
_change(
    "/audits/<id:id>/finish",
    "audits.finish",
    "Record that the audit is over.",
    method="finish_audit",
    body=Note,
    answer=shapes.Audit,
)
_change(
    "/referrals/<id:referral_id>/information",
    "information.give",
    "Record what a person was told: on first contact, at the start, as advice (CP 8.2; CE 7.4, 3.2).",
    method="give_information",
    body=shapes.NewInformation,
    answer=shapes.Information,
)
_read(
    "/referrals/<id:referral_id>/information",
    "information.read",
    "Read what a person was told, list by list, and what is still to be told.",
    method="get_information",
    answer=shapes.Checklists,
)
