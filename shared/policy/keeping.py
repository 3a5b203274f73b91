"""What every record with clocks does with them: each change of a clock and the event that tells of it, in one write.

A kept aggregate has `clocks: tuple[RunningClock, ...]`. Its use cases put what these functions give in their decision:
`Decision(state=replace(state, clocks=kept.clocks), events=[..., *kept.events])`. Its collection declares `CLOCK_FIELDS` and
`CLOCK_ORDERS`, writes `clock_index(state.clocks)` beside its state, and is named in the service's `ClockKeeper`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol, Self, TypeVar

from shared.dates import london_day, start_of_london_day
from shared.errors import NotFound
from shared.events.clocks import (
    ClockBreached,
    ClockPaused,
    ClockRecalculated,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClockWarned,
)
from shared.events.language import Event
from shared.messaging.aggregates import Decision
from shared.messaging.scheduling import Due
from shared.policy import running
from shared.policy.clocks import due
from shared.policy.policies import Policies
from shared.policy.running import (
    RunningClock,
    has_breach,
    next_due,
    pass_time,
    recalculated,
    running_clock,
    stop_clocks,
)
from shared.store.documents import Collection, Field, Order

CLOCK_FIELDS = (
    Field(path="state.next_due_at", kind="instant"),
    Field(path="state.overdue", kind="flag"),
    Field(path="state.clock_ids", kind="texts"),
)
"""What a collection with clocks can be asked about them."""
CLOCK_ORDERS = (
    Order(name="due", by=(("state.next_due_at", "ascending"),)),
    Order(name="due-in-council", by=(("council_id", "ascending"), ("state.next_due_at", "ascending"))),
    Order(name="overdue-in-council", by=(("state.overdue", "ascending"), ("council_id", "ascending"))),
)
"""By when something happens next, for the sweep; the others are for going through a council's open clocks."""


class BearsClocks(Protocol):
    """A record with clocks; a frozen dataclass."""

    @property
    def clocks(self) -> tuple[RunningClock, ...]: ...


B = TypeVar("B", bound=BearsClocks)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """All clocks of a record after a change, and what is told of it."""

    clocks: tuple[RunningClock, ...]
    events: tuple[Event, ...] = ()

    def decision(self, state: B) -> Decision[B]:
        """The decision that changes nothing but the record's clocks."""
        changed: Any = state
        return Decision(state=replace(changed, clocks=self.clocks), events=self.events)

    def then(self, other: Self) -> Kept:
        """After this change, another one."""
        return Kept(clocks=other.clocks, events=(*self.events, *other.events))


def clocks_due(collection: Collection) -> Due:
    """The due work of a collection with clocks: records of which a clock is past the next thing that happens to it.

    Instants name whole seconds, and the second they name still counts.
    """
    return Due(
        name=f"clocks-{collection.name}",
        collection=collection,
        path="state.next_due_at",
        grace=timedelta(seconds=1),
    )


def clock_index(clocks: Sequence[RunningClock]) -> dict[str, Any]:
    """What a record's indexes need of its clocks."""
    return {
        "next_due_at": next_due(clocks),
        "overdue": has_breach(clocks),
        "clock_ids": [clock.clock_id for clock in clocks],
    }


def clocks_from(
    policies: Policies,
    council_id: str,
    names: Sequence[str],
    *,
    record_id: str,
    started_at: datetime,
    started_on: date | None = None,
    occurrence: int = 1,
) -> tuple[RunningClock, ...]:
    """Running clocks of those rules that the pack in force sets a limit for; what it leaves unset has no clock."""
    start = start_of_london_day(started_on) if started_on else started_at
    pack = policies.pack(council_id, on=london_day(start))
    rules = [pack.clock_rule(name, occurrence=occurrence) for name in names if pack.has_clock(name)]
    deadlines = [due(rule, start, policies.calendar(pack, rule.calendar)) for rule in rules]
    return tuple(running_clock(deadline, record_id=record_id) for deadline in deadlines)


def start(clocks: Sequence[RunningClock], new: Iterable[RunningClock]) -> Kept:
    """Adds clocks that begin to run; one that the record has already is not started again."""
    known = {clock.clock_id for clock in clocks}
    added = tuple(clock for clock in new if clock.clock_id not in known)
    return Kept(clocks=(*clocks, *added), events=tuple(map(_started, added)))


def stop(clocks: Sequence[RunningClock], *, at: datetime, rules: Iterable[str] | None = None) -> Kept:
    """Stops the open clocks of these rules (of all rules, without any)."""
    after, stopped = stop_clocks(clocks, at=at, rules=rules)
    return Kept(clocks=after, events=tuple(map(_stopped, stopped)))


def start_again(clocks: Sequence[RunningClock], clock_id: str) -> Kept:
    """Has a clock run that was stopped for something that was taken back; nothing for one that is open, or that nobody knows."""
    after, begun = running.run_again(clocks, clock_id)
    return Kept(clocks=after, events=tuple(map(_started, begun)))


def tell_passed(clocks: Sequence[RunningClock], *, at: datetime, worker_id: str | None = None) -> Kept:
    """Marks and tells the warnings and breaches that have been reached; each once, whoever looks and however often.

    `worker_id` is the designated worker of the case, who is to hear of it.
    """
    after, passed = pass_time(clocks, at=at)
    return Kept(clocks=after, events=tuple(_passed(clock, worker_id) for clock in passed))


def pause(
    clocks: Sequence[RunningClock], clock_id: str, *, at: datetime, by: str, reason: str, policies: Policies
) -> Kept:
    """Has a clock stand still. Raises `NotFound`, `PauseNotPossible`, and `PolicyIncomplete` if its pack sets no pauses."""
    old = _the(clocks, clock_id)
    new = running.pause(old, at=at, by=by, reason=reason, policies=policies)
    told = ClockPaused(
        clock_id=clock_id, rule=new.rule, record_id=new.record_id, paused_at=new.pauses[-1].from_at, paused_by=by
    )
    return Kept(clocks=_with(clocks, new), events=(told,))


def resume(clocks: Sequence[RunningClock], clock_id: str, *, at: datetime, by: str, policies: Policies) -> Kept:
    """Has a clock run again, due later by what did not count; then under the pack in force now.

    Raises `NotFound`, `PauseNotPossible`.
    """
    new = running.resume(_the(clocks, clock_id), at=at, by=by, policies=policies)
    told = ClockResumed(
        clock_id=clock_id,
        rule=new.rule,
        record_id=new.record_id,
        resumed_at=new.pauses[-1].until_at or at,
        resumed_by=by,
        due_at=new.due_at,
    )
    resumed = Kept(clocks=_with(clocks, new), events=(told,))
    return resumed.then(recalculate(resumed.clocks, policies=policies, at=at))


def recalculate(clocks: Sequence[RunningClock], *, policies: Policies, at: datetime) -> Kept:
    """Reckons the open clocks under what is in force now; tells of those that moved."""
    after = tuple(recalculated(clock, policies, at) for clock in clocks)
    changed = [new for new, old in zip(after, clocks, strict=True) if new is not old]
    moved = [clock for clock in changed if clock.recalculations[-1].moved]
    return Kept(clocks=after, events=tuple(map(_recalculated, moved)))


def _the(clocks: Iterable[RunningClock], clock_id: str) -> RunningClock:
    for clock in clocks:
        if clock.clock_id == clock_id:
            return clock
    raise NotFound(f"there is no clock {clock_id}")


def _with(clocks: Iterable[RunningClock], new: RunningClock) -> tuple[RunningClock, ...]:
    return tuple(new if clock.clock_id == new.clock_id else clock for clock in clocks)


def _started(clock: RunningClock) -> ClockStarted:
    return ClockStarted(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        clause=clock.clause,
        due_at=clock.due_at,
        warn_at=clock.warn_at,
        duty=clock.duty,
    )


def _passed(clock: RunningClock, worker_id: str | None) -> Event:
    told = ClockBreached if clock.state == "breached" else ClockWarned
    return told(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        clause=clock.clause,
        due_at=clock.due_at,
        worker_id=worker_id,
    )


def _stopped(clock: RunningClock) -> ClockStopped:
    return ClockStopped(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        stopped_at=clock.stopped_at or clock.due_at,
        in_time=clock.state == "stopped",
    )


def _recalculated(clock: RunningClock) -> ClockRecalculated:
    before, after = clock.recalculations[-1].before, clock.recalculations[-1].after
    state: Any = clock.state
    return ClockRecalculated(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        clause=clock.clause,
        due_before=before.due_at,
        due_after=after.due_at,
        warn_before=before.warn_at,
        warn_after=after.warn_at,
        policy_before=before.policy,
        policy_after=after.policy,
        calendar_before=before.calendar_version,
        calendar_after=after.calendar_version,
        state=state,
    )
