"""The collections of case work, and the questions asked of them by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.referrals.handlers.cases import CaseDesk, CaseRules
from services.referrals.model.appointments import Appointment
from services.referrals.model.audits import AuditSupport
from services.referrals.model.best_interests import BestInterests
from services.referrals.model.calendar import CalendarEvent
from services.referrals.model.complaints import Complaint
from services.referrals.model.contract_duties import ContractDuties
from services.referrals.model.contract_notices import ContractNotice
from services.referrals.model.information import InformationRecord
from services.referrals.model.messages import Message
from services.referrals.model.onward import OnwardReferral, ResourceProblem
from services.referrals.model.visits import Visit
from services.referrals.model.whistleblowing import ProtectedReporter, WhistleblowingReport, is_lead
from services.referrals.store import calendar, casework, contract
from services.referrals.store.best_interests import BEST_INTEREST, BEST_INTERESTS, decisions_of
from services.referrals.store.cases import cases_seen_by, cases_shown_to
from services.referrals.store.complaints import COMPLAINT, COMPLAINTS
from services.referrals.store.questions import ReferralStore
from services.referrals.store.scope import scope_of
from shared.clock import Clock
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Found, Kind
from shared.store.documents import Between, Collection, Condition, Equal

CASE_COLLECTIONS = (
    COMPLAINTS,
    casework.REPORTS,
    casework.REPORTERS,
    casework.MESSAGES,
    casework.VISITS,
    casework.ONWARD_REFERRALS,
    casework.RESOURCE_PROBLEMS,
    calendar.CALENDAR_EVENTS,
    calendar.APPOINTMENTS,
    calendar.AUDITS,
    calendar.INFORMATION,
    BEST_INTERESTS,
    contract.CONTRACT_DUTIES,
    contract.CONTRACT_NOTICES,
)


MOST_OF_A_YEAR = 1000
"""Events of one council in a year that the check of its calendar looks at."""


@dataclass(frozen=True, kw_only=True)
class CaseLists:
    """The records of case work, and its questions by name."""

    complaints: Aggregates[Complaint]
    reports: Aggregates[WhistleblowingReport]
    reporters: Aggregates[ProtectedReporter]
    messages: Aggregates[Message]
    visits: Aggregates[Visit]
    onward: Aggregates[OnwardReferral]
    problems: Aggregates[ResourceProblem]
    calendar: Aggregates[CalendarEvent]
    appointments: Aggregates[Appointment]
    audits: Aggregates[AuditSupport]
    information: Aggregates[InformationRecord]
    best_interests: Aggregates[BestInterests]
    duties: Aggregates[ContractDuties]
    notices: Aggregates[ContractNotice]

    @classmethod
    def over(cls, aggregates: Callable[[Collection, Kind[Any]], Aggregates[Any]]) -> CaseLists:
        """The records, each kind in its collection."""
        return cls(
            complaints=aggregates(COMPLAINTS, COMPLAINT),
            reports=aggregates(casework.REPORTS, casework.REPORT),
            reporters=aggregates(casework.REPORTERS, casework.REPORTER),
            messages=aggregates(casework.MESSAGES, casework.MESSAGE),
            visits=aggregates(casework.VISITS, casework.VISIT),
            onward=aggregates(casework.ONWARD_REFERRALS, casework.ONWARD_REFERRAL),
            problems=aggregates(casework.RESOURCE_PROBLEMS, casework.RESOURCE_PROBLEM),
            calendar=aggregates(calendar.CALENDAR_EVENTS, calendar.CALENDAR_EVENT),
            appointments=aggregates(calendar.APPOINTMENTS, calendar.APPOINTMENT),
            audits=aggregates(calendar.AUDITS, calendar.AUDIT),
            information=aggregates(calendar.INFORMATION, calendar.INFORMATION_RECORD),
            best_interests=aggregates(BEST_INTERESTS, BEST_INTEREST),
            duties=aggregates(contract.CONTRACT_DUTIES, contract.DUTIES),
            notices=aggregates(contract.CONTRACT_NOTICES, contract.NOTICE),
        )

    def desk(self, store: ReferralStore, *, rules: CaseRules, clock: Clock, reminder_hours: int = 24) -> CaseDesk:
        """What the use cases of case work are handed."""
        return CaseDesk(
            referrals=store.referrals,
            people=store,
            rules=rules,
            clock=clock,
            reminder_hours=reminder_hours,
            **vars(self),
        )

    def best_interests_of(self, referral_id: str) -> list[BestInterests]:
        """A referral's best-interest decisions, the newest first (CP 5.2)."""
        return decisions_of(self.best_interests, referral_id)

    def complaints_seen_by(self, caller: Caller, *, after: str | None, limit: int, **where: Any) -> Found[Complaint]:
        """Complaints and their kin in the caller's view, the newest first."""
        return cases_seen_by(caller, self.complaints, where=where, after=after, limit=limit)

    def reviews_due(self, caller: Caller, *, due_by: str, after: str | None, limit: int) -> Found[Complaint]:
        """Those about partners that are due to be discussed by a day, the longest due first (CE 8.2)."""
        where = [
            *cases_shown_to(caller),
            Between(path="state.review_due_on", low="0", high=due_by, including_high=True),
        ]
        return self.complaints.find(where, order="review", after=after, limit=limit)

    def calendar_between(self, council_id: str, since: datetime, before: datetime) -> list[CalendarEvent]:
        """A council's events that begin in this time, the first at the top; a year of them at most."""
        where: list[Condition] = [
            Equal(path="council_id", value=council_id),
            Between(path="state.starts_at", low=since, high=before),
        ]
        return [stored.state for stored in self.calendar.find(where, order="begins", limit=MOST_OF_A_YEAR).items]

    def reports_seen_by(
        self, caller: Caller, *, after: str | None, limit: int, status: str | None = None
    ) -> Found[WhistleblowingReport]:
        """Reports for the named person, the newest first; for anybody else there are none (CE 7.5)."""
        if not is_lead(caller):
            return Found(items=[], next=None)
        asked = [Equal(path="state.status", value=status)] if status is not None else []
        return self.reports.find([*scope_of(caller), *asked], order="newest", after=after, limit=limit)
