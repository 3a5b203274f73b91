"""Work that falls due by itself: found by its due instant, leased, done once in effect, whichever replica does it.

The due instant stands in the record that it is about, so that nothing can fall due that was never written and nothing
written is forgotten. A lease only keeps replicas from doing the same at the same time. It is no proof: a clock may jump, a
replica may stall past its lease, one may die between lease and effect. So the work itself must be idempotent, as every
use case over `Aggregates` is that decides by the record's own state.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from shared.clock import Clock
from shared.errors import StewardError
from shared.store.documents import Between, Collection, Condition, Document, Documents, StoreAway, VersionChanged
from shared.store.values import value_at

log = structlog.get_logger(__name__)
PAGE = 200
LEASE = "lease"
"""Where a record keeps its lease. It is for one due instant: when the record's due instant has moved, it counts no more."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """Declares which records of a collection fall due, and when.

    `path` is a declared instant, `order` the declared order that begins with it. `grace` is how long past that instant a
    record must be to be due (a due instant may name a second that still counts).
    """

    name: str
    collection: Collection
    path: str
    order: str = "due"
    where: tuple[Condition, ...] = ()
    grace: timedelta = timedelta(0)


def always() -> bool:
    """There may be something due."""
    return True


@dataclass(frozen=True, kw_only=True)
class DueWork:
    """What is done when a record is due. `do` gets its id and is idempotent: it may be tried again, or by two at once.

    `may_be_any` is asked before each sweep; where it can say no, nothing is looked up. `lease_seconds` is for work that
    has another time than the scheduler's.
    """

    due: Due
    documents: Documents
    do: Callable[[str], object]
    may_be_any: Callable[[], bool] = always
    lease_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scheduler:
    """Does one replica's share of due work. `owner` names the replica in leases, for people who look.

    Work that fails is tried again when its lease ends. A lease of `lease_seconds` also ends when the clock stands where
    it can't have been taken: a lease that a clock gone wrong took far in the future binds nobody. Nor, where a replica
    `is_alone`, does another's: who took it is dead.
    """

    clock: Clock
    owner: str
    lease_seconds: float
    is_alone: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)

    def sweep(self, work: DueWork) -> int:
        """Does what is due now and not leased; says how many records were taken up. Raises `StoreAway`."""
        if not work.may_be_any():
            return 0
        taken = 0
        for document in self._found(work):
            if self.stopping.is_set():
                break
            if self._take(work, document):
                self._do(work, document["_id"])
                taken += 1
        return taken

    def late(self, work: DueWork, *, seconds: float) -> int:
        """How many records have been due for longer than that. Raises `StoreAway`."""
        return work.documents.count(_due_by(work.due, self.clock.now() - timedelta(seconds=seconds)))

    def _found(self, work: DueWork) -> Iterator[Document]:
        where, after = _due_by(work.due, self.clock.now()), None
        while True:
            page = work.documents.find(where, order=work.due.order, after=after, limit=PAGE)
            yield from page.items
            if (after := page.next) is None:
                return

    def _take(self, work: DueWork, document: Document) -> bool:
        """Leases the record for its present due instant, unless another holds that lease or writes first."""
        now, due_at = self.clock.now(), value_at(document, work.due.path)
        if self._binds(document.get(LEASE)) and _is_leased(document.get(LEASE), due_at, now):
            return False
        until = now + timedelta(seconds=work.lease_seconds or self.lease_seconds)
        lease = {"owner": self.owner, "taken_at": now, "until": until, "due_at": due_at}
        leased = document | {"version": document["version"] + 1, LEASE: lease}
        try:
            work.documents.replace(leased, version=document["version"])
        except VersionChanged:
            return False
        return True

    def _binds(self, lease: Mapping[str, Any] | None) -> bool:
        return lease is not None and (lease["owner"] == self.owner or not self.is_alone)

    def _do(self, work: DueWork, record_id: str) -> None:
        """One record that can't be done must not keep the others waiting."""
        try:
            work.do(record_id)
        except StoreAway:
            raise
        except StewardError as error:
            log.warning("due.delayed", work=work.due.name, record_id=record_id, exc_info=error)
        except Exception as error:  # whatever a use case raises
            log.error("due.failed", work=work.due.name, record_id=record_id, exc_info=error)


def _due_by(due: Due, at: datetime) -> list[Condition]:
    return [*due.where, Between(path=due.path, high=at - due.grace, including_high=True)]


def _is_leased(lease: dict[str, Any] | None, due_at: datetime, now: datetime) -> bool:
    """Whether a lease for this due instant runs. Clocks may differ by as much as the lease lasts, not by more."""
    if lease is None or lease["due_at"] != due_at:
        return False
    skew = lease["until"] - lease["taken_at"]
    return bool(lease["taken_at"] - skew <= now < lease["until"])
