"""Packs with every kind of clock, records that bear clocks, and desks of several replicas for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from shared.clock import Clock
from shared.context import Caller
from shared.messaging.aggregates import Aggregates, Kind, collection_of
from shared.messaging.cause import Cause, of_command
from shared.policy.clock_keeper import ClockBearing, ClockKeeper
from shared.policy.clock_list import CLOCKS, ClockList
from shared.policy.keeping import CLOCK_FIELDS, CLOCK_ORDERS, clock_index, clocks_due, clocks_from
from shared.policy.policies import Policies
from shared.policy.running import RunningClock
from shared.policy.source import PackText
from shared.store.documents import Documents
from shared.store.records import dump_record, load_record
from tests.support.documents import InMemoryDocuments
from tests.unit.policy.builders import ListedBankHolidays, a_calendar_entry, a_clock_entry, a_pack_text

STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
DUE = datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)
WARN = datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC)  # a working day before
COUNCIL = "sample"
ANSWER = a_clock_entry(warn_before={"count": 1, "unit": "working_days"}, pause="not_counted", duty="answer")
TWIN = a_clock_entry(id="S1", limit={"count": 3, "unit": "working_days"}, duty="answer", clause="Regulation 2")
PLAIN = a_clock_entry(id="C6", limit={"count": 24, "unit": "hours"})
PACK_CLOCKS = {"referral_response": ANSWER, "x_twin": TWIN, "urgent_start": PLAIN}


@dataclass
class Packs:
    """A source of packs that tests add to."""

    texts: list[PackText] = field(default_factory=list)

    def packs(self) -> list[PackText]:
        return self.texts


def policies(
    *,
    bank_holidays: Mapping[date, str] | None = None,
    later: Mapping[str, Any] | None = None,
    version: str = "listed",
    **changes: Any,
) -> Policies:
    """A council's pack from 2020, with `changes`; beside it one with those of `later`."""
    if not (bank_holidays or later or changes) and version == "listed":
        return _plain_policies()
    return _policies(bank_holidays or {}, later, version, changes)


@cache
def _plain_policies() -> Policies:
    return _policies({}, None, "listed", {})


def _policies(
    bank_holidays: Mapping[date, str], later: Mapping[str, Any] | None, version: str, changes: Mapping[str, Any]
) -> Policies:
    texts = [a_pack_text(**({"clocks": PACK_CLOCKS} | dict(changes)))]
    if later is not None:
        texts.append(a_pack_text(**({"clocks": PACK_CLOCKS} | dict(later))))
    holidays = ListedBankHolidays(names=bank_holidays, version=version)
    return Policies.load([Packs(texts)], bank_holidays=holidays)


def closed_on(*days: str) -> dict[str, Any]:
    """Calendars with the council's own closures."""
    closures = [{"on": day, "name": "Staff day"} for day in days]
    return {"office": a_calendar_entry(closures=closures)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """The least that bears clocks."""

    case_id: str
    clocks: tuple[RunningClock, ...] = ()


def _dump(case: Case) -> dict[str, Any]:
    state: dict[str, Any] = dump_record(case)
    return state | clock_index(case.clocks)


CASES = collection_of("cases", fields=CLOCK_FIELDS, orders=CLOCK_ORDERS)
CASE: Kind[Case] = Kind(name="case", dump=_dump, load=lambda state: load_record(Case, state))
CASES_DUE = clocks_due(CASES)


def some_clocks(*names: str, record_id: str = "case-1", under: Policies | None = None) -> tuple[RunningClock, ...]:
    """Clocks of these names that started on a Monday morning."""
    chosen = names or ("referral_response",)
    return clocks_from(under or policies(), COUNCIL, chosen, record_id=record_id, started_at=STARTED)


def memory() -> InMemoryDocuments:
    """An empty collection of cases."""
    return InMemoryDocuments(CASES)


def records_over(documents: Documents, clock: Clock) -> Aggregates[Case]:
    """The cases, as one process writes them."""
    return Aggregates(documents=documents, kind=CASE, clock=clock, nudge=lambda _: None)


def keeper_over(documents: Documents, clock: Clock, under: Policies | None = None) -> ClockKeeper:
    """One process's keeper of those cases."""
    bearing = ClockBearing(
        prefix="case",
        records=records_over(documents, clock),
        is_shown=lambda _caller, _case: True,
    )
    return ClockKeeper(
        bearing=[bearing], listing=ClockList(InMemoryDocuments(CLOCKS)), policies=under or policies(), clock=clock
    )


def a_worker(**changes: Any) -> Caller:
    return Caller(**({"actor_id": "worker-1", "roles": ("adviser",), "councils": (COUNCIL,)} | changes))


def a_command(caller: Caller | None = None) -> Cause:
    """The cause behind a worker's call."""
    return of_command("operation", {}, (caller or a_worker()).as_dict())
