"""Reckons a council's open clocks anew, page by page, whenever what they are reckoned under has changed.

Each council has one document here that falls due: when a pack takes effect, when a process starts whose packs or bank holidays
are others, and every London midnight, because a pack that was known before may be in force from that day on. It remembers
under what it last reckoned everything, and how far it has come; whoever takes it up goes on from there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from shared.clock import Clock
from shared.dates import add_days, london_day, start_of_london_day
from shared.errors import Conflict, PolicyIncomplete
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import Cause, of_schedule
from shared.messaging.scheduling import Due
from shared.policy.clock_keeper import ClockKeeper
from shared.policy.errors import UnknownCouncil
from shared.policy.policies import Policies
from shared.policy.views import pack_view
from shared.store.documents import Field, Order
from shared.store.records import dump_record, load_record

log = structlog.get_logger(__name__)
PAGE = 200
"""How many records are looked at between two notes of how far it has come."""
Settled = Literal["no", "once", "yes"]


@dataclass(frozen=True, kw_only=True)
class Recalculating:
    """One council's. `under` is what everything was last reckoned under, `aim` what it is being reckoned under now.

    `stretch` and `after` are how far that has come. It is gone through `once` and then once more after a while: another
    replica may have started clocks under the old pack until it had heard of the new one.
    """

    council_id: str
    due_at: datetime
    under: str = ""
    aim: str = ""
    settled: Settled = "no"
    stretch: int = 0
    after: str | None = None
    looked_at: int = 0


RECALCULATIONS = collection_of(
    "recalculations",
    fields=(Field(path="state.due_at", kind="instant"),),
    orders=(Order(name="due", by=(("state.due_at", "ascending"),)),),
)
RECALCULATIONS_DUE = Due(name="recalculations", collection=RECALCULATIONS, path="state.due_at")
RECALCULATING: Kind[Recalculating] = Kind(
    name="recalculation", dump=dump_record, load=lambda state: load_record(Recalculating, state)
)


class _Overtaken(Exception):
    """Another replica has gone on, or it was ordered anew."""


def reckoned_under(policies: Policies, council_id: str, at: datetime) -> str:
    """A hash of what a council's clocks are reckoned under at this instant: its pack, whole, and its calendars' versions."""
    try:
        pack = policies.pack(council_id, on=london_day(at))
    except (PolicyIncomplete, UnknownCouncil):
        return "no pack in force"
    return input_hash([pack_view(pack), [policies.calendar(pack, name).version for name in sorted(pack.calendars)]])


@dataclass(frozen=True, kw_only=True)
class Recalculations:
    """One service's. `settle_seconds` is how long the other replicas may take to hear of a new pack."""

    records: Aggregates[Recalculating]
    keeper: ClockKeeper
    clock: Clock
    settle_seconds: float
    stopping: threading.Event = field(default_factory=threading.Event)

    def order(self, council_id: str, *, cause: Cause) -> None:
        """Has the council's open clocks reckoned anew as soon as somebody looks. Raises `StoreAway`."""
        now, record_id = self.clock.now(), recalculation_id(council_id)
        first = Decision(state=Recalculating(council_id=council_id, due_at=now))
        try:
            self.records.create(record_id, first, council_id=council_id, cause=cause)
        except Conflict:
            self.records.change(record_id, lambda state: Decision(state=_ordered(state, now)), cause=cause)

    def order_where_needed(self, councils: Iterable[str]) -> None:
        """Orders it for those councils whose clocks were last reckoned under something else. Raises `StoreAway`."""
        known = {found.state.council_id: found.state.under for found in self.records.find(limit=1_000).items}
        for council_id in councils:
            if known.get(council_id) != reckoned_under(self.keeper.policies, council_id, self.clock.now()):
                self.order(council_id, cause=of_schedule("recalculations", council_id))

    def go_on(self, record_id: str) -> None:
        """Goes on to the end, or until the service stops. Another replica may do the same meanwhile; it does no harm."""
        self.keeper.policies.read_again()
        try:
            while self._take_page(record_id) and not self.stopping.is_set():
                pass
        except _Overtaken:
            log.info("recalculation.overtaken", record_id=record_id)

    def _take_page(self, record_id: str) -> bool:
        """Reckons one page and notes it; whether there is another."""
        before = self.records.get(record_id).state
        now = self.clock.now()
        aim = reckoned_under(self.keeper.policies, before.council_id, now)
        if before.due_at > now:
            return False
        if before.under == aim:
            self._note(record_id, before, replace(before, aim="", settled="no", due_at=_midnight_after(now)))
            return False
        state = before if before.aim == aim else _begun(before, aim)
        page = self.keeper.recalculate_page(
            state.council_id,
            state.stretch,
            after=state.after,
            limit=PAGE,
            cause=of_schedule("recalculations", record_id),
        )
        after = replace(state, after=page.next, looked_at=state.looked_at + page.looked_at)
        if page.next is None:
            after = replace(after, stretch=state.stretch + 1)
        is_last = after.stretch == self.keeper.stretches
        self._note(record_id, before, self._gone_through(after, now) if is_last else after)
        return not is_last

    def _gone_through(self, state: Recalculating, now: datetime) -> Recalculating:
        """To be gone through once more when every replica has heard of it; then not before midnight."""
        done = replace(state, stretch=0, after=None)
        if state.settled == "no":
            return replace(done, settled="once", due_at=now + timedelta(seconds=self.settle_seconds))
        log.info("recalculation.done", council_id=state.council_id, looked_at=state.looked_at)
        return replace(done, settled="yes", under=state.aim, aim="", looked_at=0, due_at=_midnight_after(now))

    def _note(self, record_id: str, before: Recalculating, after: Recalculating) -> None:
        def decide(now: Recalculating) -> Decision[Recalculating]:
            if now != before:
                raise _Overtaken
            return Decision(state=after)

        self.records.change(record_id, decide, cause=of_schedule("recalculations", record_id))


def recalculation_id(council_id: str) -> str:
    """The id of one council's record."""
    return derived_id("rcl", council_id)


def _ordered(state: Recalculating, at: datetime) -> Recalculating:
    """Due now; whoever is at it under what held before stops."""
    return replace(state, due_at=at, under="")


def _begun(state: Recalculating, aim: str) -> Recalculating:
    return replace(state, aim=aim, settled="no", stretch=0, after=None, looked_at=0)


def _midnight_after(now: datetime) -> datetime:
    return start_of_london_day(add_days(london_day(now), 1))
