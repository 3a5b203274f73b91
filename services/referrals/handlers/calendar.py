"""The calendar of events, appointments with their reminders, support in audits, and information that is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from services.referrals.handlers.cases import About, CaseDesk, about, act, begun, change_case, not_later_than_today
from services.referrals.handlers.casework import Named, Noted
from services.referrals.model import appointments, audits, calendar, information
from services.referrals.model.appointments import Appointment
from services.referrals.model.audits import AuditSupport, Document
from services.referrals.model.calendar import CalendarEvent, Way
from services.referrals.model.information import TABLES, Given, InformationRecord, TopicList
from shared.dates import london_day
from shared.errors import NotFound, PolicyIncomplete, invalid
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


@dataclass(frozen=True, kw_only=True)
class NewCalendarEvent:
    """A peer meeting, workshop or surgery."""

    council_id: str
    kind: str
    starts_at: datetime
    way: Way = "in-person"
    place: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EventHeld:
    """How many came."""

    id: str
    attendance: int


@dataclass(frozen=True, kw_only=True)
class NewAppointment(Named):
    """An appointment; reminded of at `remind_at`, or as long before as the setting says."""

    worker_id: str
    starts_at: datetime
    place: str = ""
    remind_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OtherTime:
    """Another time for an appointment."""

    id: str
    starts_at: datetime
    remind_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class NewAudit(Named):
    """An audit of a person's direct payment."""

    starts_on: date


@dataclass(frozen=True, kw_only=True)
class NewDocument:
    """A document that an audit asks for."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DocumentGiven:
    """When a document was given."""

    id: str
    document_id: str
    given_on: date


@dataclass(frozen=True, kw_only=True)
class NewInformation:
    """Items of one list that a person was given."""

    referral_id: str
    topic_list: TopicList
    items: tuple[str, ...]
    given_on: date | None = None


def plan_calendar_event(given: NewCalendarEvent, *, desk: CaseDesk, cause: Cause) -> Stored[CalendarEvent]:
    """Puts an event into the calendar (CE 3.2). Raises `Invalid`, `PolicyIncomplete`."""
    known = about(council_id=given.council_id, person_id=None, referral_id=None, desk=desk, cause=cause)
    now = desk.clock.now()
    desk.rules.check_code(known.council_id, "event_kinds", given.kind, now, field="kind", key="kind")
    for topic in given.topics:
        desk.rules.check_code(known.council_id, "workshop_topics", topic, now, field="topics")
    if given.way == "in-person" and not given.place.strip():
        raise invalid("place", "required", "say where it takes place")
    event = CalendarEvent(
        **begun(known, cause.new_id("evt"), desk=desk, cause=cause),
        kind=given.kind,
        starts_at=given.starts_at,
        way=given.way,
        place=given.place,
        topics=given.topics,
    )
    return desk.calendar.create(event.record_id, calendar.plan(event), council_id=known.council_id, cause=cause)


def hold_calendar_event(given: EventHeld, *, desk: CaseDesk, cause: Cause) -> Stored[CalendarEvent]:
    """It has taken place."""
    if given.attendance < 0:
        raise invalid("attendance", "range", "say how many came, from 0")
    decide = partial(calendar.hold, act=act("hold", desk=desk, cause=cause), attendance=given.attendance)
    return change_case(given.id, decide, records=desk.calendar, cause=cause)


def cancel_calendar_event(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[CalendarEvent]:
    """It does not take place."""
    decide = partial(calendar.cancel, act=act("cancel", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.calendar, cause=cause)


def make_appointment(given: NewAppointment, *, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    """An appointment of a person (CE 4.12)."""
    known = _of_person(given, desk, cause)
    remind_at = _reminder(given.starts_at, given.remind_at, desk)
    made = Appointment(
        **begun(known, cause.new_id("apt"), desk=desk, cause=cause),
        worker_id=given.worker_id,
        starts_at=given.starts_at,
        place=given.place,
        remind_at=remind_at,
    )
    return desk.appointments.create(made.record_id, appointments.make(made), council_id=known.council_id, cause=cause)


def move_appointment(given: OtherTime, *, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    """Another time for it; the person is reminded of that one."""
    remind_at = _reminder(given.starts_at, given.remind_at, desk)
    moved = act("move", desk=desk, cause=cause)
    decide = partial(appointments.move, act=moved, starts_at=given.starts_at, remind_at=remind_at)
    return change_case(given.id, decide, records=desk.appointments, cause=cause)


def keep_appointment(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    """The appointment was kept."""
    return _end("keep", given, desk, cause)


def miss_appointment(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    """The appointment was missed."""
    return _end("miss", given, desk, cause)


def cancel_appointment(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    """The appointment is cancelled."""
    return _end("cancel", given, desk, cause)


def remind(appointment_id: str, *, desk: CaseDesk, cause: Cause) -> None:
    """The person is to be reminded. A repeat finds nothing left to do."""
    desk.appointments.change(appointment_id, partial(appointments.remind, at=desk.clock.now()), cause=cause)


def plan_audit_support(given: NewAudit, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """An audit comes (CE 3.2 "Audit"). Raises `PolicyIncomplete` where the contract has no support in audits."""
    known = _of_person(given, desk, cause)
    desk.rules.codes(known.council_id, "audit_support_steps", desk.clock.now())
    audit = AuditSupport(**begun(known, cause.new_id("aud"), desk=desk, cause=cause), starts_on=given.starts_on)
    return desk.audits.create(audit.record_id, Decision(state=audit), council_id=known.council_id, cause=cause)


def tell_of_audit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """The person is told that the audit comes."""
    council_id = desk.audits.get(given.id, caller=cause.caller).council_id
    days = desk.rules.number(council_id, "audit_notice_days", desk.clock.now())
    told = act("tell", note=given.note, desk=desk, cause=cause)
    return change_case(given.id, partial(audits.tell, act=told, notice_days=days), records=desk.audits, cause=cause)


def prepare_for_audit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """Worries were talked through, or help was given."""
    decide = partial(audits.prepare, act=act("prepare", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.audits, cause=cause)


def ask_for_audit_document(given: NewDocument, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """The audit asks for a document."""
    if not given.name.strip():
        raise invalid("name", "required", "say which document")
    document = Document(document_id=cause.new_id("doc"), name=given.name)
    return change_case(given.id, partial(audits.ask_for, document=document), records=desk.audits, cause=cause)


def give_audit_document(given: DocumentGiven, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """A document was given."""
    not_later_than_today("given_on", given.given_on, desk=desk)
    decide = partial(audits.give, document_id=given.document_id, on=given.given_on)
    return change_case(given.id, decide, records=desk.audits, cause=cause)


def begin_audit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """The audit begins, after the person was told."""
    decide = partial(audits.begin, act=act("begin", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.audits, cause=cause)


def finish_audit(given: Noted, *, desk: CaseDesk, cause: Cause) -> Stored[AuditSupport]:
    """The audit is over."""
    decide = partial(audits.finish, act=act("finish", note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.audits, cause=cause)


def give_information(given: NewInformation, *, desk: CaseDesk, cause: Cause) -> Stored[InformationRecord]:
    """Records what a person was told, item by item (CP 8.2; CE 7.4, 3.2). Raises `Invalid`, `PolicyIncomplete`."""
    known = about(council_id=None, person_id=None, referral_id=given.referral_id, desk=desk, cause=cause)
    not_later_than_today("given_on", given.given_on, desk=desk)
    now, (table, key) = desk.clock.now(), TABLES[given.topic_list]
    if not given.items:
        raise invalid("items", "required", "name at least one item")
    for item in given.items:
        desk.rules.check_code(known.council_id, table, item, now, field="items", key=key)
    day = given.given_on or london_day(now)
    new = [Given(topic_list=given.topic_list, item=i, given_on=day, by=cause.actor_id) for i in given.items]
    record_id = information_id(given.referral_id)
    try:
        return change_case(record_id, partial(information.give, given=new), records=desk.information, cause=cause)
    except NotFound:
        first = InformationRecord(**begun(known, record_id, desk=desk, cause=cause))
        decision = information.give(first, new)
        return desk.information.create(record_id, decision, council_id=known.council_id, cause=cause)


def checklists(referral_id: str, *, desk: CaseDesk, cause: Cause) -> dict[str, Any]:
    """Each list that the council's policy has, with what was given of it and when."""
    known = about(council_id=None, person_id=None, referral_id=referral_id, desk=desk, cause=cause)
    record = _information(referral_id, known, desk, cause)
    lists = {}
    for topic_list, (table, _) in TABLES.items():
        try:
            rows = desk.rules.rows(known.council_id, table, desk.clock.now())
        except PolicyIncomplete:  # the council's contract has no such list
            continue
        lists[topic_list] = information.checklist(record, topic_list, rows)
    return {"referral_id": referral_id, "council_id": known.council_id, "lists": lists}


def information_id(referral_id: str) -> str:
    """A referral has one record of what was given."""
    return derived_id("inf", referral_id)


def _information(referral_id: str, known: About, desk: CaseDesk, cause: Cause) -> InformationRecord:
    record_id = information_id(referral_id)
    try:
        return desk.information.get(record_id, caller=cause.caller).state
    except NotFound:
        return InformationRecord(**begun(known, record_id, desk=desk, cause=cause))


def _of_person(given: Named, desk: CaseDesk, cause: Cause) -> About:
    known = about(
        council_id=given.council_id, person_id=given.person_id, referral_id=given.referral_id, desk=desk, cause=cause
    )
    if known.person_id is None:
        raise invalid("person_id", "required", "name the person, or their referral")
    return known


def _reminder(starts_at: datetime, remind_at: datetime | None, desk: CaseDesk) -> datetime | None:
    """When to remind; not at all when that would be over already."""
    now = desk.clock.now()
    if starts_at <= now:
        raise invalid("starts_at", "future", "an appointment is still to come")
    if remind_at is not None and remind_at >= starts_at:
        raise invalid("remind_at", "order", "a reminder comes before the appointment")
    chosen = remind_at or starts_at - timedelta(hours=desk.reminder_hours)
    return chosen if chosen > now else None


def _end(step: str, given: Noted, desk: CaseDesk, cause: Cause) -> Stored[Appointment]:
    decide = partial(appointments.end, act=act(step, note=given.note, desk=desk, cause=cause))
    return change_case(given.id, decide, records=desk.appointments, cause=cause)
