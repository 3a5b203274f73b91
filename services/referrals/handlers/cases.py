"""What every use case of case work needs: its records, whom a new record is about, and who may change one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from services.referrals.handlers.seeing import seen_referral
from services.referrals.model.appointments import Appointment
from services.referrals.model.audits import AuditSupport
from services.referrals.model.best_interests import BestInterests
from services.referrals.model.calendar import CalendarEvent
from services.referrals.model.cases import Act, CaseRecord, is_case_shown
from services.referrals.model.complaints import Complaint
from services.referrals.model.contract_duties import ContractDuties
from services.referrals.model.contract_notices import ContractNotice
from services.referrals.model.information import InformationRecord
from services.referrals.model.messages import Message
from services.referrals.model.onward import OnwardReferral, ResourceProblem
from services.referrals.model.parties import Person
from services.referrals.model.referral import Referral
from services.referrals.model.visits import Visit
from services.referrals.model.whistleblowing import ProtectedReporter, WhistleblowingReport
from services.referrals.ports import Records
from shared.clock import Clock
from shared.context import Caller
from shared.dates import london_day
from shared.errors import NotFound, invalid
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

R = TypeVar("R", bound=CaseRecord)


class People(Protocol):
    """Questions about the people whom case work is about."""

    def person_seen_by(self, caller: Caller, person_id: str) -> Stored[Person]: ...

    def is_known_outside_contract_only(self, person_id: str, council_id: str) -> bool: ...


class CaseRules(Protocol):
    """What the use cases ask of a council's policy pack; see `services.referrals.case_rules`."""

    def version(self, council_id: str, at: datetime) -> str: ...

    def rows(self, council_id: str, name: str, at: datetime) -> tuple[Mapping[str, Any], ...]: ...

    def codes(self, council_id: str, name: str, at: datetime, *, key: str = "code") -> tuple[str, ...]: ...

    def check_code(
        self, council_id: str, name: str, given: str, at: datetime, *, field: str, key: str = "code"
    ) -> None: ...

    def codes_if_set(self, council_id: str, name: str, at: datetime) -> tuple[str, ...] | None: ...

    def number(self, council_id: str, name: str, at: datetime) -> int | None: ...

    def asks_for(self, council_id: str, name: str, at: datetime) -> bool: ...

    def clocks(
        self,
        council_id: str,
        names: Sequence[str],
        *,
        record_id: str,
        started_at: datetime,
        started_on: date | None = None,
        occurrence: int = 1,
    ) -> tuple[RunningClock, ...]: ...

    def as_it_stood(
        self, council_id: str, on: date, *, values: Sequence[str], clocks: Sequence[str]
    ) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class CaseDesk:
    """The records, rules and clock of case work."""

    referrals: Records[Referral]
    people: People
    complaints: Records[Complaint]
    reports: Records[WhistleblowingReport]
    reporters: Records[ProtectedReporter]
    messages: Records[Message]
    visits: Records[Visit]
    onward: Records[OnwardReferral]
    problems: Records[ResourceProblem]
    calendar: Records[CalendarEvent]
    appointments: Records[Appointment]
    audits: Records[AuditSupport]
    information: Records[InformationRecord]
    best_interests: Records[BestInterests]
    duties: Records[ContractDuties]
    notices: Records[ContractNotice]
    rules: CaseRules
    clock: Clock
    reminder_hours: int = 24


@dataclass(frozen=True, kw_only=True)
class About:
    """Whom a new record is about, as the caller may name them."""

    council_id: str
    person_id: str | None = None
    referral_id: str | None = None
    outside_contract: bool = False


def about(
    *, council_id: str | None, person_id: str | None, referral_id: str | None, desk: CaseDesk, cause: Cause
) -> About:
    """Whom a record is about: by referral, by person, or nobody by name, in a council of the caller's.

    Raises `NotFound` for what the caller may not see and `Invalid` where the names don't go together.
    """
    if referral_id is not None:
        return _of_referral(referral_id, person_id, desk, cause)
    if person_id is not None and cause.caller is not None:
        return _of_person(person_id, desk, cause.caller)
    if council_id is None:
        raise invalid("council_id", "required", "name the referral, the person or the council that it is about")
    if cause.caller is not None and not cause.caller.may_see(council_id):
        raise NotFound(f"there is no council {council_id}")
    return About(council_id=council_id)


def begun(known: About, record_id: str, *, desk: CaseDesk, cause: Cause) -> dict[str, Any]:
    """What every new record of case work holds."""
    now = desk.clock.now()
    return {
        "record_id": record_id,
        "person_id": known.person_id,
        "referral_id": known.referral_id,
        "shown_to_id": known.person_id,
        "provider_id": cause.caller.organisation_id if cause.caller else None,
        "outside_contract": known.outside_contract,
        "recorded_by": cause.actor_id,
        "recorded_at": now,
        "policy": desk.rules.version(known.council_id, now),
    }


def act(step: str, *, note: str = "", desk: CaseDesk, cause: Cause) -> Act:
    """The caller's act, now."""
    return Act(step=step, at=desk.clock.now(), by=cause.actor_id, note=note)


def seen_case(record_id: str, *, records: Records[R], caller: Caller | None) -> Stored[R]:
    """One record. Raises `NotFound`, also for one that this caller may not see."""
    stored = records.get(record_id, caller=caller)
    if caller is not None and not is_case_shown(caller, stored.state):
        raise NotFound(f"there is no record {record_id}")
    return stored


def change_case(record_id: str, decide: Callable[[R], Decision[R]], *, records: Records[R], cause: Cause) -> Stored[R]:
    """Changes a record that the caller may see. Raises `NotFound` otherwise, and what `decide` raises."""
    seen_case(record_id, records=records, caller=cause.caller)
    return records.change(record_id, decide, cause=cause)


def past_or_now(at: datetime | None, field: str, *, desk: CaseDesk) -> datetime:
    """The instant given, or now. Raises `Invalid` for one that is still to come."""
    now = desk.clock.now()
    if at is not None and at > now:
        raise invalid(field, "past", "this instant is still to come")
    return at or now


def not_later_than_today(field: str, day: Any, *, desk: CaseDesk) -> None:
    """Raises `Invalid` for a day that is still to come."""
    if day is not None and day > london_day(desk.clock.now()):
        raise invalid(field, "past", "this day is still to come")


def _of_referral(referral_id: str, person_id: str | None, desk: CaseDesk, cause: Cause) -> About:
    stored = seen_referral(referral_id, referrals=desk.referrals, caller=cause.caller)
    if person_id not in (None, stored.state.person_id):
        raise invalid("person_id", "same", "the referral is about another person")
    return About(
        council_id=stored.council_id,
        person_id=stored.state.person_id,
        referral_id=referral_id,
        outside_contract=not stored.state.in_contract,
    )


def _of_person(person_id: str, desk: CaseDesk, caller: Caller) -> About:
    council_id = desk.people.person_seen_by(caller, person_id).council_id
    outside = desk.people.is_known_outside_contract_only(person_id, council_id)
    return About(council_id=council_id, person_id=person_id, outside_contract=outside)
