"""The calendar of events, appointments, and support in audits (CE 3.2, 4.12)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from gateway.api import serves
from gateway.asking import ask, gateway
from gateway.pages.casework import step
from gateway.pages.casework_forms import note_form
from gateway.pages.fields import Field
from gateway.pages.forms import Form
from gateway.pages.options import codes, fixed, own_councils, whoever_asks
from gateway.pages.records import Family, Shown, about_whom, listed, new_step, register_families
from gateway.pages.steps import Record, in_status
from gateway.pages.words import council, day, london, short_day, words
from gateway.schemas import calendar as shapes
from gateway.services import REFERRALS
from shared.dates import london_day

calendar_pages = Blueprint("calendar_pages", __name__)
NOT_THERE = "–"

NEW_EVENT = Form(
    title="Plan an event",
    button="Plan the event",
    shape=shapes.NewCalendarEvent,
    fields=(
        Field(
            name="kind",
            label="What kind?",
            kind="one_of",
            choices=codes("event_kinds", key="kind"),
            ask="Choose the kind.",
        ),
        Field(name="starts_at", label="When?", kind="moment", ask="Enter when it begins."),
        Field(
            name="way",
            label="How do people take part?",
            kind="one_of",
            choices=fixed(shapes.WAYS),
            usual=lambda _: "in-person",
        ),
        Field(name="place", label="Where?", hint="Needed in person", ask="Say where it takes place.", optional=True),
        Field(name="topics", label="Which topics?", kind="any_of", choices=codes("workshop_topics"), optional=True),
        *about_whom(person=False),
    ),
)
HOLD = Form(
    title="Record that it took place",
    button="Record it",
    shape=shapes.Attendance,
    fields=(Field(name="attendance", label="How many came?", kind="number", ask="Enter how many came."),),
)
OF_EVENT: dict[str, Any] = {"get": "get_calendar_event", "one": "Event"}
EVENTS = Family(
    path="/calendar",
    area="calendar",
    one="Event",
    many="Calendar of events",
    get="get_calendar_event",
    listing="list_calendar_events",
    about="Peer meetings, workshops and surgeries.",
    also=(("What a year lacks", "/calendar/year"),),
    statuses=shapes.EVENT_STATUSES,
    columns=(
        Shown(name="starts_at", label="When", how=london),
        Shown(name="kind", label="What", how=words),
        Shown(name="place", label="Where"),
    ),
    facts=(
        Shown(name="kind", label="What", how=words),
        Shown(name="starts_at", label="When", how=london),
        Shown(name="way", label="How", how=words),
        Shown(name="place", label="Where"),
        Shown(name="topics", label="Topics", how=listed),
        Shown(name="attendance", label="How many came"),
    ),
    steps=(
        new_step(
            "/calendar",
            "calendar.record",
            "plan_calendar_event",
            NEW_EVENT,
            "The event is planned.",
            many="Calendar of events",
        ),
        step(
            "/calendar",
            "calendar.hold",
            "hold_calendar_event",
            HOLD,
            "The event is recorded as held.",
            possible=in_status("planned"),
            **OF_EVENT,
        ),
        step(
            "/calendar",
            "calendar.cancel",
            "cancel_calendar_event",
            note_form("Cancel the event", "Cancel the event", warning=True),
            "The event is cancelled.",
            possible=in_status("planned"),
            **OF_EVENT,
        ),
    ),
)
REMIND = Field(
    name="remind_at",
    label="When to remind the person?",
    kind="moment",
    hint="The platform's usual time before, if you leave it empty",
    optional=True,
)
NEW_APPOINTMENT = Form(
    title="Make an appointment",
    button="Make the appointment",
    shape=shapes.NewAppointment,
    intro=("The person is reminded by a channel that is safe for them (CE 4.9, 4.12).",),
    fields=(
        Field(
            name="worker_id",
            label="With whom?",
            hint="The worker's id",
            usual=whoever_asks,
            ask="Enter the worker.",
            width=20,
        ),
        Field(name="starts_at", label="When?", kind="moment", ask="Enter when it begins."),
        Field(name="place", label="Where?", optional=True),
        REMIND,
        *about_whom(),
    ),
)
MOVE = Form(
    title="Move the appointment",
    button="Move it",
    shape=shapes.OtherTime,
    intro=("The reminder moves with it.",),
    fields=(Field(name="starts_at", label="To when?", kind="moment", ask="Enter the new time."), REMIND),
)
OF_APPOINTMENT: dict[str, Any] = {"get": "get_appointment", "one": "Appointment", "possible": in_status("made")}
APPOINTMENTS = Family(
    path="/appointments",
    area="appointments",
    one="Appointment",
    many="Appointments",
    get="get_appointment",
    listing="list_appointments",
    statuses=shapes.APPOINTMENT_STATUSES,
    columns=(
        Shown(name="starts_at", label="When", how=london),
        Shown(name="worker_id", label="With"),
        Shown(name="place", label="Where"),
    ),
    facts=(
        Shown(name="starts_at", label="When", how=london),
        Shown(name="worker_id", label="With"),
        Shown(name="place", label="Where"),
        Shown(name="remind_at", label="To be reminded", how=london),
        Shown(name="reminded_at", label="Reminded", how=london),
    ),
    steps=(
        new_step(
            "/appointments",
            "appointments.record",
            "make_appointment",
            NEW_APPOINTMENT,
            "The appointment is made.",
            many="Appointments",
        ),
        step(
            "/appointments",
            "appointments.keep",
            "keep_appointment",
            note_form("Record that it was kept", "It was kept"),
            "The appointment was kept.",
            at_once=True,
            **OF_APPOINTMENT,
        ),
        step(
            "/appointments",
            "appointments.miss",
            "miss_appointment",
            note_form("Record that it was missed", "It was missed"),
            "The appointment was missed.",
            **OF_APPOINTMENT,
        ),
        step(
            "/appointments",
            "appointments.move",
            "move_appointment",
            MOVE,
            "The appointment is moved.",
            **OF_APPOINTMENT,
        ),
        step(
            "/appointments",
            "appointments.cancel",
            "cancel_appointment",
            note_form("Cancel the appointment", "Cancel the appointment", warning=True),
            "The appointment is cancelled.",
            **OF_APPOINTMENT,
        ),
    ),
)
NEW_AUDIT = Form(
    title="Record that an audit comes",
    button="Record it",
    shape=shapes.NewAudit,
    intro=("The person is told before it begins, and supported in it (CE 3.2).",),
    fields=(Field(name="starts_on", label="When does it start?", kind="day", ask="Enter the day."), *about_whom()),
)
DOCUMENT = Form(
    title="Record that the audit asks for a document",
    button="Record it",
    shape=shapes.NewDocument,
    fields=(Field(name="name", label="Which document?", ask="Say which document."),),
)
OF_AUDIT: dict[str, Any] = {"get": "get_audit_support", "one": "Audit"}


def _documents(audit: Record) -> list[tuple[str, str]]:
    found = [
        f"{one['name']}: {short_day(one['given_on']) if one.get('given_on') else 'not given yet'}"
        for one in audit.get("documents", ())
    ]
    return [("Documents", "; ".join(found))] if found else []


AUDITS = Family(
    path="/audits",
    area="audits",
    one="Audit",
    many="Audits",
    get="get_audit_support",
    listing="list_audit_support",
    statuses=shapes.AUDIT_STATUSES,
    columns=(Shown(name="starts_on", label="Starts", how=day), Shown(name="person_id", label="Person")),
    facts=(
        Shown(name="starts_on", label="Starts", how=day),
        Shown(name="told_at", label="The person was told", how=london),
    ),
    told=_documents,
    steps=(
        new_step("/audits", "audits.record", "plan_audit_support", NEW_AUDIT, "The audit is recorded.", many="Audits"),
        step(
            "/audits",
            "audits.tell",
            "tell_of_audit",
            note_form("Record that the person was told", "The person was told"),
            "The person was told.",
            possible=in_status("planned"),
            **OF_AUDIT,
        ),
        step(
            "/audits",
            "audits.prepare",
            "prepare_for_audit",
            note_form("Record help or a talk about worries", "Record it"),
            "The help is recorded.",
            possible=in_status("told", "begun"),
            **OF_AUDIT,
        ),
        step(
            "/audits",
            "audits.ask_for_document",
            "ask_for_audit_document",
            DOCUMENT,
            "The document is asked for.",
            possible=in_status("planned", "told", "begun"),
            **OF_AUDIT,
        ),
        step(
            "/audits",
            "audits.begin",
            "begin_audit",
            note_form("Record that the audit begins", "The audit begins"),
            "The audit has begun.",
            possible=in_status("told"),
            **OF_AUDIT,
        ),
        step(
            "/audits",
            "audits.finish",
            "finish_audit",
            note_form("Record that the audit is over", "The audit is over"),
            "The audit is over.",
            possible=in_status("begun"),
            **OF_AUDIT,
        ),
    ),
)


@calendar_pages.get("/calendar/year")
@serves("calendar.check")
def year() -> str:
    """A council's calendar year against its policy: how many of each kind there are, and what is missing."""
    councils = own_councils()
    chosen = request.args.get("council_id") if request.args.get("council_id") in councils else councils[0]
    first = london_day(gateway().clock.now()).replace(month=1, day=1)
    lines = ask(REFERRALS, "show_calendar_year", {"council_id": chosen, "from_on": first.isoformat()})["items"]
    return render_template(
        "calendar_year.html",
        lines=lines,
        first_on=first.isoformat(),
        chosen=chosen,
        councils=[(one, council(one)) for one in councils],
    )


register_families(calendar_pages, EVENTS, APPOINTMENTS, AUDITS)
