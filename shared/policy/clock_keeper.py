"""Keeps the clocks of a service's records: all its collections with clocks, in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic

from shared.clock import Clock
from shared.context import Caller
from shared.errors import NotFound, invalid
from shared.messaging.aggregates import Aggregates, Decision, Stored
from shared.messaging.cause import Cause
from shared.policy import keeping
from shared.policy.keeping import B
from shared.policy.policies import Policies
from shared.policy.running import RunningClock
from shared.store.documents import Condition, Equal

REASON_LIMIT = 200


@dataclass(frozen=True, kw_only=True)
class ClockBearing(Generic[B]):
    """One collection of records with clocks; its records' ids begin with `prefix` and a hyphen.

    `is_shown` says whether a caller sees a record's clocks, `shown_to` the same as conditions of a query; the council of
    a record is looked at besides.
    """

    prefix: str
    records: Aggregates[B]
    is_shown: Callable[[Caller, B], bool]
    shown_to: Callable[[Caller], Sequence[Condition]]


@dataclass(frozen=True, kw_only=True)
class ClockOfRecord:
    """One clock, and the record that it runs with."""

    clock: RunningClock
    record: Stored[Any]


@dataclass(frozen=True, kw_only=True)
class ClockKeeper:
    """One service's clocks."""

    bearing: Sequence[ClockBearing[Any]]
    policies: Policies
    clock: Clock

    def keep(self, record_id: str, *, cause: Cause) -> None:
        """What is due for a record: warnings and breaches, each told once. A repeat finds nothing left to do."""
        at = self.clock.now()
        records = self._bearing_of(record_id).records
        if keeping.tell_passed(records.get(record_id).state.clocks, at=at).events:
            records.change(
                record_id, lambda state: keeping.tell_passed(state.clocks, at=at).decision(state), cause=cause
            )

    def pause(self, clock_id: str, *, reason: str, cause: Cause) -> ClockOfRecord:
        """Has a clock stand still. Raises `NotFound`, `Invalid`, `PauseNotPossible`, `PolicyIncomplete`."""
        if not 0 < len(reason.strip()) <= REASON_LIMIT:
            raise invalid("reason", "length", f"say in 1 to {REASON_LIMIT} characters why the clock stands still")
        return self._change(clock_id, partial(keeping.pause, reason=reason.strip()), cause)

    def resume(self, clock_id: str, *, cause: Cause) -> ClockOfRecord:
        """Has a clock run again. Raises `NotFound`, `PauseNotPossible`."""
        return self._change(clock_id, keeping.resume, cause)

    def show(self, clock_id: str, caller: Caller) -> ClockOfRecord:
        """One clock. Raises `NotFound`, also for one that this caller may not see."""
        return self._found(clock_id, caller)[1]

    def _change(self, clock_id: str, change: Callable[..., keeping.Kept], cause: Cause) -> ClockOfRecord:
        bearing, found = self._found(clock_id, cause.caller)
        change = partial(change, at=self.clock.now(), by=cause.actor_id, policies=self.policies)

        def decide(state: Any) -> Decision[Any]:
            return change(state.clocks, clock_id).decision(state)

        return _of_record(bearing.records.change(found.record.id, decide, cause=cause), clock_id)

    def _found(self, clock_id: str, caller: Caller | None) -> tuple[ClockBearing[Any], ClockOfRecord]:
        for bearing in self.bearing:
            for stored in bearing.records.find([Equal(path="state.clock_ids", value=clock_id)], limit=1).items:
                if caller is None or (caller.may_see(stored.council_id) and bearing.is_shown(caller, stored.state)):
                    return bearing, _of_record(stored, clock_id)
        raise NotFound(f"there is no clock {clock_id}")

    def _bearing_of(self, record_id: str) -> ClockBearing[Any]:
        prefix = record_id.partition("-")[0]
        for bearing in self.bearing:
            if bearing.prefix == prefix:
                return bearing
        raise NotFound(f"no record with clocks is called {record_id}")


def _of_record(stored: Stored[Any], clock_id: str) -> ClockOfRecord:
    return ClockOfRecord(clock=next(c for c in stored.state.clocks if c.clock_id == clock_id), record=stored)
