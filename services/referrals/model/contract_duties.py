"""What a contract asks for again and again: returns, surveys, meetings, each a series with its clock (CE 3.1, 3.2; CP 7.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from services.referrals.errors import StepNotPossible
from services.referrals.model.cases import CaseRecord
from shared.events.contract import ContractDutiesBegun, ContractDutyDone
from shared.messaging.aggregates import Decision
from shared.policy.keeping import Kept, start, stop
from shared.policy.running import RunningClock

OF_SERVICE = (
    "outcomes_return",
    "newsletter",
    "collaboration_return",
    "satisfaction_survey",
    "safeguarding_self_assessment",
    "policy_documents_refresh",
    "staff_surgery",
    "peer_meeting",
)
"""Clocks that start with the contract of a support service."""
OF_PROVIDER = ("feedback_report", "quality_assurance_report")
"""Clocks that start with the agreement with a provider."""
ON_THEIR_OWN = ("continuity_plan_review",)
"""Clocks that start with something else, and so on a day of their own."""
BY_EVENT: Mapping[str, str] = MappingProxyType({"peer-meeting": "peer_meeting", "staff-surgery": "staff_surgery"})
"""Kinds of events of the calendar by which a duty is done."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A series, and the day from which it is counted."""

    duty: str
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class Done:
    """One time that a duty was done. `occurrence` is which of the series it counts for; none for one more than asked for."""

    duty: str
    done_on: date
    by: str
    at: datetime
    reference: str = ""
    occurrence: int | None = None


@dataclass(frozen=True, kw_only=True)
class ContractDuties(CaseRecord):
    """The duties of one contract: of the council's support service, or of one provider."""

    begun: tuple[Begun, ...]
    done: tuple[Done, ...] = ()
    clocks: tuple[RunningClock, ...] = ()

    def starts_on(self, duty: str) -> date | None:
        """From which day this duty is counted, if it has begun."""
        return next((one.starts_on for one in self.begun if one.duty == duty), None)

    def open_clock(self, duty: str) -> RunningClock | None:
        """The clock of the time that is due now."""
        return next((clock for clock in self.clocks if clock.is_open and clock.name == duty), None)

    def has(self, reference: str) -> bool:
        """Whether what this reference names was counted already."""
        return bool(reference) and any(one.reference == reference for one in self.done)


def begin(given: ContractDuties, new: Sequence[Begun], clocks: Sequence[RunningClock]) -> Decision[ContractDuties]:
    """These series begin. Raises `StepNotPossible` for one that has begun before."""
    known = [one.duty for one in new if given.starts_on(one.duty) is not None]
    if known:
        raise StepNotPossible(f"this has begun before: {', '.join(known)}")
    kept = start(given.clocks, clocks)
    told = ContractDutiesBegun(
        duties_id=given.record_id, starts_on=new[0].starts_on, duties=tuple(one.duty for one in new)
    )
    return Decision(state=replace(given, begun=(*given.begun, *new), clocks=kept.clocks), events=[told, *kept.events])


def do(
    given: ContractDuties, done: Done, *, stopped: RunningClock | None, following: Sequence[RunningClock]
) -> Decision[ContractDuties]:
    """A duty was done: the clock of the time that it counts for stops, the next one starts. Without such a clock it is kept."""
    told = ContractDutyDone(duties_id=given.record_id, duty=done.duty, done_on=done.done_on)
    kept = Kept(clocks=given.clocks)
    if stopped is not None:
        kept = _stopped(given.clocks, stopped, done.at)
        kept = kept.then(start(kept.clocks, following))
    return Decision(state=replace(given, done=(*given.done, done), clocks=kept.clocks), events=[told, *kept.events])


def _stopped(clocks: tuple[RunningClock, ...], one: RunningClock, at: datetime) -> Kept:
    kept = stop([clock for clock in clocks if clock.clock_id == one.clock_id], at=at)
    after = {clock.clock_id: clock for clock in kept.clocks}
    return Kept(clocks=tuple(after.get(clock.clock_id, clock) for clock in clocks), events=kept.events)
