"""The calendar of events, appointments, support in audits, and information that is given."""

from __future__ import annotations

from services.referrals.calls.base import JSON
from services.referrals.calls.cases import CaseCalls
from services.referrals.handlers import calendar
from services.referrals.handlers.cases import about
from services.referrals.handlers.casework import Noted
from services.referrals.model.calendar import YEAR_MONTHS, year_of
from services.referrals.schemas.cases import YearOfCalendar
from shared.dates import add_months, start_of_london_day
from shared.events.schemas import dump_event
from shared.messaging.calls.entrypoint import reads, rpc
from shared.messaging.cause import of_command
from shared.problems import load


class CalendarCalls(CaseCalls):
    """The calendar of events, appointments, support in audits, and information that is given."""

    @rpc
    def plan_calendar_event(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.NewCalendarEvent, calendar.plan_calendar_event, payload, caller)

    @rpc
    def hold_calendar_event(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.EventHeld, calendar.hold_calendar_event, payload, caller)

    @rpc
    def cancel_calendar_event(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.cancel_calendar_event, payload, caller)

    @rpc
    def make_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.NewAppointment, calendar.make_appointment, payload, caller)

    @rpc
    def move_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.OtherTime, calendar.move_appointment, payload, caller)

    @rpc
    def keep_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.keep_appointment, payload, caller)

    @rpc
    def miss_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.miss_appointment, payload, caller)

    @rpc
    def cancel_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.cancel_appointment, payload, caller)

    @rpc
    def plan_audit_support(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.NewAudit, calendar.plan_audit_support, payload, caller)

    @rpc
    def tell_of_audit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.tell_of_audit, payload, caller)

    @rpc
    def prepare_for_audit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.prepare_for_audit, payload, caller)

    @rpc
    def ask_for_audit_document(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.NewDocument, calendar.ask_for_audit_document, payload, caller)

    @rpc
    def give_audit_document(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.DocumentGiven, calendar.give_audit_document, payload, caller)

    @rpc
    def begin_audit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.begin_audit, payload, caller)

    @rpc
    def finish_audit(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(Noted, calendar.finish_audit, payload, caller)

    @rpc
    def give_information(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_command(calendar.NewInformation, calendar.give_information, payload, caller)

    @reads
    def get_calendar_event(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.calendar, payload, caller)

    @reads
    def list_calendar_events(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(self.desk.case_lists.calendar, ("kind", "status"), payload, caller)

    @reads
    def get_appointment(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.appointments, payload, caller)

    @reads
    def list_appointments(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(
            self.desk.case_lists.appointments, ("person_id", "referral_id", "status", "worker_id"), payload, caller
        )

    @reads
    def get_audit_support(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_read(self.desk.case_lists.audits, payload, caller)

    @reads
    def list_audit_support(self, payload: JSON, caller: JSON) -> JSON:
        return self.case_page(self.desk.case_lists.audits, ("person_id", "referral_id", "status"), payload, caller)

    @reads
    def show_calendar_year(self, payload: JSON, caller: JSON) -> JSON:
        """A year of the calendar against the council's policy, what is missing named (CE 3.2)."""
        given, desk = load(YearOfCalendar(), payload), self.desk.cases
        cause = of_command("show_calendar_year", payload, caller)
        council_id = about(
            council_id=given["council_id"], person_id=None, referral_id=None, desk=desk, cause=cause
        ).council_id
        since, before = given["from_on"], add_months(given["from_on"], YEAR_MONTHS)
        kinds = desk.rules.rows(council_id, "event_kinds", desk.clock.now())
        events = self.desk.case_lists.calendar_between(
            council_id, start_of_london_day(since), start_of_london_day(before)
        )
        year = year_of(kinds, events, from_on=since)
        return {"items": [dump_event(kind) | {"is_enough": kind.is_enough} for kind in year], "next": None}

    @reads
    def get_information(self, payload: JSON, caller: JSON) -> JSON:
        """What a person was told, list by list, and what is still to be told."""
        cause = of_command("get_information", payload, caller)
        found: JSON = dump_event(calendar.checklists(payload["referral_id"], desk=self.desk.cases, cause=cause))
        return {"id": calendar.information_id(payload["referral_id"]), "version": 0} | found
