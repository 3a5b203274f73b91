"""A contract's returns, surveys and meetings: begun, done, due again (CE 3.1, 3.2; CP 7.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from services.referrals.handlers.cases import About, CaseDesk, about, begun, change_case, not_later_than_today
from services.referrals.model import contract_duties as model
from services.referrals.model.contract_duties import (
    BY_EVENT,
    OF_PROVIDER,
    OF_SERVICE,
    ON_THEIR_OWN,
    Begun,
    ContractDuties,
    Done,
)
from shared.dates import london_day
from shared.errors import Conflict, NotFound, invalid
from shared.events.calendar import CalendarEventHeld
from shared.ids import derived_id
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause
from shared.policy.running import RunningClock

MOST_OCCURRENCES = 1200
"""A century of months: more has nobody to catch up with."""


@dataclass(frozen=True, kw_only=True)
class NewDuties:
    """A contract that starts: the support service's, or with a provider. `duties` names some of them only."""

    council_id: str
    starts_on: date
    provider_id: str | None = None
    duties: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DutyDone:
    """That a duty was done, and where it can be looked up."""

    id: str
    duty: str
    done_on: date
    reference: str = ""


def begin_contract_duties(given: NewDuties, *, desk: CaseDesk, cause: Cause) -> Stored[ContractDuties]:
    """What the contract asks for again and again is due from its start; what was due before now is not asked for.

    Raises `NotFound`, `Invalid`, and `StepNotPossible` for what has begun already.
    """
    known = about(council_id=given.council_id, person_id=None, referral_id=None, desk=desk, cause=cause)
    record_id = duties_id(given.council_id, given.provider_id)
    new = [Begun(duty=duty, starts_on=given.starts_on) for duty in _asked_for(given)]
    clocks = [clock for one in new for clock in _first_to_come(one, record_id, known, desk)]
    new = [one for one in new if one.duty in {clock.name for clock in clocks}]
    if not new:
        raise invalid("duties", "policy", "the council's policy has none of them")
    blank = ContractDuties(
        **begun(known, record_id, desk=desk, cause=cause) | {"provider_id": given.provider_id}, begun=()
    )
    try:
        decision = model.begin(blank, new, clocks)
        return desk.duties.create(record_id, decision, council_id=known.council_id, cause=cause)
    except Conflict:
        decide = partial(model.begin, new=new, clocks=clocks)
        return change_case(record_id, decide, records=desk.duties, cause=cause)


def do_contract_duty(given: DutyDone, *, desk: CaseDesk, cause: Cause) -> Stored[ContractDuties]:
    """A duty was done. It counts for the time that is due, unless it was done in the time before (ours).

    Raises `NotFound`, `Invalid`.
    """
    not_later_than_today("done_on", given.done_on, desk=desk)
    council_id = desk.duties.get(given.id, caller=cause.caller).council_id
    decide = partial(_do, given=given, council_id=council_id, at=desk.clock.now(), desk=desk, cause=cause)
    return change_case(given.id, decide, records=desk.duties, cause=cause)


def count_event(event: CalendarEventHeld, *, council_id: str, desk: CaseDesk, cause: Cause) -> None:
    """An event of the calendar that was held does the duty that asks for it, once (CE 3.2)."""
    duty, record_id = BY_EVENT.get(event.kind), duties_id(council_id, None)
    if duty is None:
        return
    try:
        duties = desk.duties.get(record_id).state
    except NotFound:
        return
    held_on = london_day(desk.calendar.get(event.event_id).state.starts_at)
    started_on = duties.starts_on(duty)
    if started_on is None or held_on < started_on or duties.has(event.event_id):
        return
    given = DutyDone(id=record_id, duty=duty, done_on=held_on, reference=event.event_id)
    decide = partial(_do, given=given, council_id=council_id, at=desk.clock.now(), desk=desk, cause=cause)
    desk.duties.change(record_id, decide, cause=cause)


def duties_id(council_id: str, provider_id: str | None) -> str:
    """The id of a contract's one record of duties."""
    return derived_id("ctr", council_id, provider_id or "support-service")


def _asked_for(given: NewDuties) -> tuple[str, ...]:
    own = OF_PROVIDER if given.provider_id else OF_SERVICE
    foreign = sorted(set(given.duties) - {*own, *ON_THEIR_OWN})
    if foreign:
        raise invalid("duties", "known", f"these are no duties of this contract: {', '.join(foreign)}")
    return given.duties or own


def _do(
    duties: ContractDuties, *, given: DutyDone, council_id: str, at: datetime, desk: CaseDesk, cause: Cause
) -> Decision[ContractDuties]:
    started_on = duties.starts_on(given.duty)
    if started_on is None:
        begun = ", ".join(one.duty for one in duties.begun)
        raise invalid("duty", "known", f"this duty has not begun; those that have: {begun}")
    if given.done_on < started_on:
        raise invalid("done_on", "order", "a duty is done once it has begun")
    if duties.has(given.reference):
        return Decision(state=duties)
    clock, known = duties.open_clock(given.duty), About(council_id=council_id)
    one = Begun(duty=given.duty, starts_on=started_on)
    counts = clock is not None and given.done_on > _before(one, clock, duties.record_id, known, desk)
    done = Done(duty=given.duty, done_on=given.done_on, by=cause.actor_id, at=at, reference=given.reference)
    if clock is None or not counts:
        return model.do(duties, done, stopped=None, following=())
    following = _occurrence(one, clock.occurrence + 1, duties.record_id, known, desk)
    return model.do(duties, replace(done, occurrence=clock.occurrence), stopped=clock, following=following)


def _before(one: Begun, clock: RunningClock, record_id: str, known: About, desk: CaseDesk) -> date:
    """The last day of the time before the one that is due: what was done by then counts for that."""
    if clock.occurrence == 1:
        return date.min
    return london_day(_occurrence(one, clock.occurrence - 1, record_id, known, desk)[0].due_at)


def _first_to_come(one: Begun, record_id: str, known: About, desk: CaseDesk) -> tuple[RunningClock, ...]:
    """The clock of the first time that is still to come; none where the council's policy has no such clock."""
    now = desk.clock.now()
    for occurrence in range(1, MOST_OCCURRENCES):
        clocks = _occurrence(one, occurrence, record_id, known, desk)
        if not clocks or clocks[0].due_at > now:
            return clocks
    return ()


def _occurrence(one: Begun, occurrence: int, record_id: str, known: About, desk: CaseDesk) -> tuple[RunningClock, ...]:
    return desk.rules.clocks(
        known.council_id,
        [one.duty],
        record_id=record_id,
        started_at=desk.clock.now(),
        started_on=one.starts_on,
        occurrence=occurrence,
    )
