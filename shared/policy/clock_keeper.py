"""Keeps the clocks of a service's records: all its collections with clocks, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from typing import Any, Generic

import structlog

from shared.clock import Clock
from shared.context import EVERY_COUNCIL, Caller
from shared.errors import NotFound, Unavailable, invalid
from shared.messaging.aggregates import Aggregates, Decision, Found, Stored
from shared.messaging.cause import Cause
from shared.policy import keeping
from shared.policy.clock_list import ClockList, Wanted, lines_of_stored
from shared.policy.keeping import B
from shared.policy.policies import Policies
from shared.policy.running import RunningClock
from shared.store.documents import AnyOf, Between, Condition, Equal, StoreAway

log = structlog.get_logger(__name__)
REASON_LIMIT = 200
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
STRETCHES: tuple[tuple[Condition, str], ...] = (
    (Between(path="state.next_due_at", low=BEGINNING), "due-in-council"),
    (Equal(path="state.overdue", value=True), "overdue-in-council"),
)
"""Which records of a collection have clocks to be reckoned anew, and in which order they are gone through."""


@dataclass(frozen=True, kw_only=True)
class ClockBearing(Generic[B]):
    """One collection of records with clocks; its records' ids begin with `prefix` and a hyphen.

    `is_shown` says whether a caller sees a record's clocks; its council is looked at besides. `worker_of` names the designated
    worker of a record's case, who hears of what its clocks come to.
    """

    prefix: str
    records: Aggregates[B]
    is_shown: Callable[[Caller, B], bool]
    worker_of: Callable[[B], str | None] = lambda _: None

    def shown(self, record_ids: Sequence[str], caller: Caller) -> list[Stored[B]]:
        """Those of these records that the caller may see."""
        found = self.records.find([AnyOf(path="_id", values=record_ids)], limit=len(record_ids)).items
        return [stored for stored in found if self.may_see(caller, stored)]

    def may_see(self, caller: Caller, stored: Stored[B]) -> bool:
        """Whether the caller sees this record's clocks."""
        return caller.may_see(stored.council_id) and self.is_shown(caller, stored.state)


@dataclass(frozen=True, kw_only=True)
class ClockOfRecord:
    """One clock, and the record that it runs with."""

    clock: RunningClock
    record: Stored[Any]


@dataclass(frozen=True, kw_only=True)
class ClockPage:
    """Clocks by due instant, and where to go on."""

    items: list[ClockOfRecord]
    next: str | None


@dataclass(frozen=True, kw_only=True)
class RecalculatedPage:
    """How many records were looked at, and where to go on."""

    looked_at: int
    next: str | None


@dataclass(frozen=True, kw_only=True)
class ClockKeeper:
    """One service's clocks."""

    bearing: Sequence[ClockBearing[Any]]
    listing: ClockList
    policies: Policies
    clock: Clock

    def keep(self, record_id: str, *, cause: Cause) -> None:
        """What is due for a record: warnings and breaches, each told once. A repeat finds nothing left to do."""
        at = self.clock.now()
        bearing = self._bearing_of(record_id)
        state = bearing.records.get(record_id).state
        if keeping.tell_passed(state.clocks, at=at).events:
            tell = partial(keeping.tell_passed, at=at, worker_id=bearing.worker_of(state))
            bearing.records.change(record_id, lambda now: tell(now.clocks).decision(now), cause=cause)

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

    def wanted(self, caller: Caller, *, council_id: str | None = None, **chosen: Any) -> Wanted:
        """What a caller wants to see, of one council or of all that it may see."""
        everywhere = self.policies.councils() if EVERY_COUNCIL in caller.councils else caller.councils
        return Wanted(councils=tuple(everywhere) if council_id is None else (council_id,), **chosen)

    def page(self, wanted: Wanted, *, caller: Caller, after: str | None, limit: int) -> ClockPage:
        """The clocks that fit and that this caller may see, over all collections, the first due first.

        There may be fewer than `limit` on a page that is not the last: those the caller may not see, and those that have
        changed since they were listed, are left out.
        """
        councils = [council_id for council_id in wanted.councils if caller.may_see(council_id)]
        listed = self.listing.page(replace(wanted, councils=councils), after=after, limit=limit)
        shown = self._shown({line.record_id for line in listed.lines}, caller)
        found = [_of_record(shown[line.record_id], line.clock_id) for line in listed.lines if line.record_id in shown]
        return ClockPage(items=[each for each in found if fits(each, wanted)], next=listed.next)

    @property
    def stretches(self) -> int:
        """How many lists of records there are in which clocks are to be reckoned anew."""
        return len(self.bearing) * len(STRETCHES)

    def recalculate_page(
        self, council_id: str, stretch: int, *, after: str | None, limit: int, cause: Cause
    ) -> RecalculatedPage:
        """Reckons the clocks of some records anew under what is in force now; those that nothing changes are not written.

        The stretches are those of each collection's records with clocks that run, and with clocks that are breached. A
        clock that is reckoned to be due later may come up again; that changes nothing.
        """
        records, page = self.bearing_of(stretch).records, self.stretch(council_id, stretch, after=after, limit=limit)
        for stored in page.items:
            self._try_to_recalculate(stored, records, cause)
        self.listing.enter(line for stored in page.items for line in lines_of_stored(stored))
        return RecalculatedPage(looked_at=len(page.items), next=page.next)

    def bearing_of(self, stretch: int) -> ClockBearing[Any]:
        """The collection that a stretch goes through."""
        return self.bearing[stretch // len(STRETCHES)]

    def stretch(self, council_id: str, stretch: int, *, after: str | None, limit: int) -> Found[Any]:
        """Some of a council's records whose clocks are reckoned anew when what they are reckoned under changes."""
        condition, order = STRETCHES[stretch % len(STRETCHES)]
        where = [Equal(path="council_id", value=council_id), condition]
        return self.bearing_of(stretch).records.find(where, order=order, after=after, limit=limit)

    def is_of_overdue(self, stretch: int) -> bool:
        """Whether the stretch is of records with breached clocks; the other is of those with clocks that run."""
        return STRETCHES[stretch % len(STRETCHES)][1].startswith("overdue")

    def _try_to_recalculate(self, stored: Stored[Any], records: Aggregates[Any], cause: Cause) -> None:
        """One record that can't be reckoned anew must not keep the others from it."""
        try:
            self._recalculate(stored, records, cause)
        except (StoreAway, Unavailable):
            raise
        except Exception as error:  # whatever is wrong with its rule or its record
            log.error("clocks.not_recalculated", record_id=stored.id, exc_info=error)

    def _recalculate(self, stored: Stored[Any], records: Aggregates[Any], cause: Cause) -> None:
        recalculate = partial(keeping.recalculate, policies=self.policies, at=self.clock.now())
        if recalculate(stored.state.clocks).clocks != stored.state.clocks:
            records.change(stored.id, lambda state: recalculate(state.clocks).decision(state), cause=cause)

    def _shown(self, record_ids: Iterable[str], caller: Caller) -> dict[str, Stored[Any]]:
        """Those of these records that the caller may see."""
        by_prefix = groupby(sorted(record_ids), key=_prefix)
        return {
            stored.id: stored
            for prefix, ids in by_prefix
            for stored in self._bearing_of(prefix).shown(list(ids), caller)
        }

    def _change(self, clock_id: str, change: Callable[..., keeping.Kept], cause: Cause) -> ClockOfRecord:
        bearing, found = self._found(clock_id, cause.caller)
        change = partial(change, at=self.clock.now(), by=cause.actor_id, policies=self.policies)

        def decide(state: Any) -> Decision[Any]:
            return change(state.clocks, clock_id).decision(state)

        return _of_record(bearing.records.change(found.record.id, decide, cause=cause), clock_id)

    def _found(self, clock_id: str, caller: Caller | None) -> tuple[ClockBearing[Any], ClockOfRecord]:
        for bearing in self.bearing:
            for stored in bearing.records.find([Equal(path="state.clock_ids", value=clock_id)], limit=1).items:
                if caller is None or bearing.may_see(caller, stored):
                    return bearing, _of_record(stored, clock_id)
        raise NotFound(f"there is no clock {clock_id}")

    def _bearing_of(self, record_id: str) -> ClockBearing[Any]:
        prefix = _prefix(record_id)
        for bearing in self.bearing:
            if bearing.prefix == prefix:
                return bearing
        raise NotFound(f"no record with clocks is called {record_id}")


def fits(found: ClockOfRecord, wanted: Wanted) -> bool:
    """Whether the clock as it is now is what is wanted: the list may be a moment behind."""
    clock = found.clock
    return (
        clock.state in wanted.states
        and wanted.rule in (None, clock.rule)
        and found.record.council_id in wanted.councils
    )


def _prefix(record_id: str) -> str:
    return record_id.partition("-")[0]


def _of_record(stored: Stored[Any], clock_id: str) -> ClockOfRecord:
    return ClockOfRecord(clock=next(c for c in stored.state.clocks if c.clock_id == clock_id), record=stored)
