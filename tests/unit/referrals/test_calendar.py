"""The year's calendar, appointments and reminders, support in audits, and what a person was told."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.referrals.errors import StepNotPossible
from services.referrals.handlers import calendar
from services.referrals.handlers.calendar import (
    DocumentGiven,
    EventHeld,
    NewAppointment,
    NewAudit,
    NewCalendarEvent,
    NewDocument,
    NewInformation,
    OtherTime,
)
from services.referrals.handlers.cases import seen_case
from services.referrals.handlers.casework import Noted
from services.referrals.model.appointments import Appointment
from services.referrals.model.audits import AuditSupport
from services.referrals.model.calendar import CalendarEvent, KindOfYear, year_of
from services.referrals.store import REMINDERS_DUE
from shared.context import Caller
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from tests.support.clocks import A_MONDAY_MORNING
from tests.support.scheduling import a_scheduler
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event, policies

YEAR = date(2026, 1, 1)
KINDS = policies().pack(CE, on=YEAR).table("event_kinds")


@pytest.fixture
def desk() -> ReferralsDesk:
    return ReferralsDesk()


def an_event_of(kind: str, day: date, *, status: str = "planned", place: str = "Library") -> CalendarEvent:
    return CalendarEvent(
        record_id="evt-1",
        recorded_by="adviser-1",
        recorded_at=A_MONDAY_MORNING,
        kind=kind,
        starts_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        status=status,  # type: ignore[arg-type]
        place=place,
    )


def checked(events: list[CalendarEvent], kind: str = "peer-meeting") -> KindOfYear:
    return next(one for one in year_of(KINDS, events, from_on=YEAR) if one.kind == kind)


def test_a_years_calendar_names_what_it_lacks() -> None:
    events = [an_event_of("peer-meeting", date(2026, month, 10), place=f"Place {month}") for month in (1, 5, 6)]

    meetings, surgeries = checked(events), checked(events, "staff-surgery")

    assert (meetings.planned, meetings.least, meetings.most, meetings.missing, meetings.places) == (3, 4, 12, 1, 3)
    assert [span.from_on for span in meetings.empty] == [date(2026, 7, 1), date(2026, 10, 1)]
    assert meetings.clause == 'CE 3.2 "Peer Support Network"'
    assert (surgeries.missing, len(surgeries.empty)) == (6, 6)
    assert checked(events, "workshop").is_enough


def test_a_calendar_that_keeps_to_the_policy_is_enough_and_a_meeting_too_many_is_named() -> None:
    enough = [an_event_of("peer-meeting", date(2026, month, 10)) for month in (2, 5, 8, 11)]

    assert checked(enough).is_enough
    assert [span.from_on for span in checked([*enough, an_event_of("peer-meeting", date(2026, 2, 20))]).crowded] == [
        date(2026, 2, 1)
    ]


@pytest.mark.parametrize(
    "event",
    [
        an_event_of("peer-meeting", date(2026, 3, 1), status="cancelled"),
        an_event_of("peer-meeting", date(2025, 12, 31)),
        an_event_of("peer-meeting", date(2027, 1, 1)),
    ],
    ids=["cancelled", "the year before", "the year after"],
)
def test_what_is_cancelled_or_in_another_year_does_not_count(event: CalendarEvent) -> None:
    assert checked([event]).planned == 0


@settings(max_examples=40, deadline=None)
@given(days=st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=15))
def test_a_meeting_more_is_never_fewer_missing_than_one_less(days: list[date]) -> None:
    events = [an_event_of("peer-meeting", day) for day in days]
    one_more = checked([*events, an_event_of("peer-meeting", date(2026, 6, 1))])
    year = checked(events)

    assert one_more.missing <= year.missing
    assert len(one_more.empty) <= len(year.empty)
    assert len(one_more.crowded) >= len(year.crowded)
    assert (year.missing == 0) == (len(days) >= 4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "ball"}, "kind"), ({"topics": ("knitting",)}, "topics"), ({"place": " "}, "place")],
)
def test_what_is_wrong_with_a_planned_event_is_named(desk: ReferralsDesk, changes: dict[str, Any], field: str) -> None:
    plain = {"council_id": CE, "kind": "workshop", "starts_at": desk.clock.now(), "place": "Library"}

    with pytest.raises(Invalid) as refusal:
        calendar.plan_calendar_event(NewCalendarEvent(**plain | changes), desk=desk.cases, cause=a_command())

    assert [error.field for error in refusal.value.errors] == [field]


def test_an_event_is_held_once_and_counts_who_came(desk: ReferralsDesk) -> None:
    given = NewCalendarEvent(council_id=CE, kind="workshop", starts_at=desk.clock.now(), way="web")
    event = calendar.plan_calendar_event(given, desk=desk.cases, cause=a_command())

    held = calendar.hold_calendar_event(EventHeld(id=event.id, attendance=12), desk=desk.cases, cause=a_command())

    assert (held.state.status, held.state.attendance) == ("held", 12)
    with pytest.raises(StepNotPossible):
        calendar.cancel_calendar_event(Noted(id=event.id), desk=desk.cases, cause=a_command())
    found = desk.case_lists.calendar_between(CE, desk.clock.now(), desk.clock.now() + timedelta(days=1))
    assert [one.record_id for one in found] == [event.id]


def made(desk: ReferralsDesk, **changes: Any) -> Stored[Appointment]:
    known = len(desk.referrals.documents.find(limit=100).items)
    referral = desk.taken_in(an_event(data__referral_reference=f"REF-{known:04d}"))
    plain = {"referral_id": referral.id, "worker_id": "w-1", "starts_at": desk.clock.now() + timedelta(days=3)}
    return calendar.make_appointment(NewAppointment(**plain | changes), desk=desk.cases, cause=a_command())


def sweep(desk: ReferralsDesk) -> int:
    def do(appointment_id: str) -> None:
        calendar.remind(appointment_id, desk=desk.cases, cause=of_schedule("reminders", appointment_id))

    documents = desk.case_kinds["appointments"].documents
    return a_scheduler(desk.clock).sweep(DueWork(due=REMINDERS_DUE, documents=documents, do=do))


def reminders(desk: ReferralsDesk) -> int:
    return desk.case_kinds["appointments"].types_told().count("appointment.reminder.due")


def test_a_person_is_reminded_once_before_the_appointment(desk: ReferralsDesk) -> None:
    appointment = made(desk)
    desk.clock.at = appointment.state.starts_at - timedelta(hours=25)
    too_soon = sweep(desk)
    desk.clock.at = appointment.state.starts_at - timedelta(hours=24)

    swept = [sweep(desk), sweep(desk)]

    assert (too_soon, swept, reminders(desk)) == (0, [1, 0], 1)


def test_an_appointment_that_was_moved_is_reminded_of_at_its_new_time(desk: ReferralsDesk) -> None:
    appointment = made(desk)
    later = appointment.state.starts_at + timedelta(days=2)

    moved = calendar.move_appointment(OtherTime(id=appointment.id, starts_at=later), desk=desk.cases, cause=a_command())

    assert moved.state.remind_at == later - timedelta(hours=24)


@pytest.mark.parametrize("late_by", [timedelta(0), timedelta(hours=5)], ids=["cancelled", "over"])
def test_nobody_is_reminded_of_what_is_cancelled_or_over(desk: ReferralsDesk, late_by: timedelta) -> None:
    appointment = made(desk)
    if not late_by:
        calendar.cancel_appointment(Noted(id=appointment.id), desk=desk.cases, cause=a_command())
    desk.clock.at = appointment.state.starts_at + late_by

    sweep(desk)

    assert reminders(desk) == 0


def test_an_appointment_or_its_reminder_at_the_wrong_time_is_refused(desk: ReferralsDesk) -> None:
    now = desk.clock.now()

    with pytest.raises(Invalid):
        made(desk, starts_at=now)
    with pytest.raises(Invalid):
        made(desk, starts_at=now + timedelta(days=1), remind_at=now + timedelta(days=1))
    assert made(desk, starts_at=now + timedelta(hours=2)).state.remind_at is None


def an_audit(desk: ReferralsDesk, starts_on: date = date(2026, 3, 16)) -> Stored[AuditSupport]:
    given = NewAudit(referral_id=desk.taken_in(an_event()).id, starts_on=starts_on)
    return calendar.plan_audit_support(given, desk=desk.cases, cause=a_command())


def test_an_audit_does_not_begin_before_the_person_was_told(desk: ReferralsDesk) -> None:
    audit = Noted(id=an_audit(desk).id)

    with pytest.raises(StepNotPossible, match="possible now: tell"):
        calendar.begin_audit(audit, desk=desk.cases, cause=a_command())
    told = calendar.tell_of_audit(audit, desk=desk.cases, cause=a_command())
    calendar.prepare_for_audit(audit, desk=desk.cases, cause=a_command())
    calendar.begin_audit(audit, desk=desk.cases, cause=a_command())
    finished = calendar.finish_audit(audit, desk=desk.cases, cause=a_command())

    assert told.state.told_in_time
    assert [act.step for act in finished.state.acts] == ["tell", "prepare", "begin", "finish"]
    assert desk.case_kinds["audits"].types_told() == ["audit.announced", "audit.begun", "audit.finished"]


def test_who_is_told_on_the_day_of_the_audit_was_not_told_in_time(desk: ReferralsDesk) -> None:
    audit = an_audit(desk, starts_on=date(2026, 3, 2))

    told = calendar.tell_of_audit(Noted(id=audit.id), desk=desk.cases, cause=a_command())

    assert told.state.told_in_time is False


def test_an_audits_documents_are_followed_until_they_are_given(desk: ReferralsDesk) -> None:
    audit = an_audit(desk)
    asked = calendar.ask_for_audit_document(
        NewDocument(id=audit.id, name="Payslips"), desk=desk.cases, cause=a_command()
    )
    document = asked.state.documents[0]
    given = DocumentGiven(id=audit.id, document_id=document.document_id, given_on=date(2026, 3, 2))

    after = calendar.give_audit_document(given, desk=desk.cases, cause=a_command())

    assert (asked.state.missing, after.state.missing) == (["Payslips"], [])
    with pytest.raises(StepNotPossible):
        calendar.give_audit_document(given, desk=desk.cases, cause=a_command())


def test_where_the_contract_has_no_support_in_audits_it_says_so(desk: ReferralsDesk) -> None:
    referral, caller = desk.taken_in(an_event(council_id=CP), CP), an_adviser(councils=(CP,))
    given = NewAudit(referral_id=referral.id, starts_on=date(2026, 3, 16))

    with pytest.raises(PolicyIncomplete):
        calendar.plan_audit_support(given, desk=desk.cases, cause=a_command(caller))


def test_what_a_person_was_told_is_ticked_off_the_councils_own_lists(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event(council_id=CP), CP)
    caller = an_adviser(councils=(CP,))
    told = NewInformation(referral_id=referral.id, topic_list="first-contact", items=("8.2.1", "8.2.5"))

    record = calendar.give_information(told, desk=desk.cases, cause=a_command(caller))
    again = calendar.give_information(told, desk=desk.cases, cause=a_command(caller))
    lists = calendar.checklists(referral.id, desk=desk.cases, cause=a_command(caller))["lists"]

    assert record.id == again.id
    assert len(again.state.given) == 2
    assert [row["item"] for row in lists["first-contact"] if row["given_on"]] == ["8.2.1", "8.2.5"]
    assert len(lists["first-contact"]) == 5
    assert "advice" not in lists
    assert desk.case_kinds["information"].types_told() == ["information.given"]


def test_an_item_that_is_on_no_list_of_the_council_is_refused(desk: ReferralsDesk) -> None:
    referral = desk.taken_in(an_event())
    topics = [row["code"] for row in policies().pack(CE, on=YEAR).table("advice_topics")]
    plain = {"referral_id": referral.id, "topic_list": "advice"}

    with pytest.raises(Invalid, match="not in the council's policy"):
        calendar.give_information(NewInformation(**plain, items=("astrology",)), desk=desk.cases, cause=a_command())
    first = NewInformation(referral_id=referral.id, topic_list="first-contact", items=("8.2.1",))
    with pytest.raises(PolicyIncomplete):
        calendar.give_information(first, desk=desk.cases, cause=a_command())

    given = NewInformation(**plain, items=tuple(topics))
    assert len(calendar.give_information(given, desk=desk.cases, cause=a_command()).state.given) == 19


def test_a_person_sees_their_own_appointment_and_nobody_elses(desk: ReferralsDesk) -> None:
    appointment = made(desk)
    person = Caller(actor_id=str(appointment.state.person_id), roles=("person",), councils=(CE,))

    assert seen_case(appointment.id, records=desk.cases.appointments, caller=person).id == appointment.id
    with pytest.raises(NotFound):
        seen_case(
            appointment.id,
            records=desk.cases.appointments,
            caller=Caller(actor_id="per-other", roles=("person",), councils=(CE,)),
        )
