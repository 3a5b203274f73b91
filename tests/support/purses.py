"""A process in small: money goes from one purse to another, on two records, with nothing lost or doubled in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.clock import Clock
from shared.errors import Conflict, NotFound
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import Cause, of_command
from shared.messaging.processes import PROCESSES, PROCESSES_DUE, PROGRESS, Process, Processes, Progress, Step
from shared.messaging.scheduling import DueWork, Scheduler
from shared.store.documents import Store
from shared.store.records import dump_record, load_record
from tests.support.crashing import Life, MortalDocuments
from tests.support.scheduling import LEASE_SECONDS, a_scheduler

COUNCIL = "cheshire-east"
PURSES = collection_of("purses")
COLLECTIONS = (PURSES, PROCESSES)
WAITS = (10.0, 60.0)


class PurseEmpty(Conflict):
    """There is not enough in it."""


class PurseShut(Conflict):
    """It takes nothing in."""


@dataclass(frozen=True, kw_only=True)
class Purse:
    """What is in it, in whole pence, and every movement."""

    pence: int
    moves: tuple[int, ...] = ()
    shut: bool = False


PURSE: Kind[Purse] = Kind(name="purse", dump=dump_record, load=lambda state: load_record(Purse, state))


class Bank:
    """One replica of a service that moves money between purses, over a store it shares; `life` may end."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        life: Life | None = None,
        owner: str = "replica-1",
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.store = store
        self.life = life or Life()
        self.failures: dict[str, list[Exception]] = {}
        documents = MortalDocuments(store.documents(PROCESSES), self.life)
        self.purses = self._aggregates(MortalDocuments(store.documents(PURSES), self.life), PURSE, clock)
        self.processes = Processes(
            records=self._aggregates(documents, PROGRESS, clock),
            kinds=[self.moving()],
            clock=clock,
            lease_seconds=lease_seconds,
            retry_after_seconds=WAITS,
        )
        self.scheduler: Scheduler = a_scheduler(clock, owner=owner, lease_seconds=lease_seconds)
        self.work = DueWork(due=PROCESSES_DUE, documents=documents, do=self.processes.go_on)

    def moving(self) -> Process:
        """Takes it out of one purse, puts it into the other; what can't be put in goes back."""
        return Process(
            name="moving",
            steps=(
                Step(name="take-out", do=self._take_out, undo=self._put_back),
                Step(name="put-in", do=self._put_in, undo=self._take_out_again),
            ),
        )

    def add(self, purse_id: str, pence: int, *, shut: bool = False) -> None:
        purse = Purse(pence=pence, shut=shut)
        cause = of_command("add", {"id": purse_id}, {"actor_id": "clerk-1", "roles": [], "councils": ["*"]})
        self.purses.create(purse_id, Decision(state=purse), council_id=COUNCIL, cause=cause)

    def shut(self, purse_id: str, *, shut: bool) -> None:
        cause = of_command("shut", {"id": purse_id}, {"actor_id": "clerk-1", "roles": [], "councils": ["*"]})
        self.purses.change(purse_id, lambda purse: Decision(state=replace(purse, shut=shut)), cause=cause)

    def move(self, source: str, target: str, pence: int, *, key: str = "key-1") -> Progress:
        """The command; a repeat of its key finds the first."""
        data = {"source": source, "target": target, "pence": pence}
        caller = {"actor_id": "clerk-1", "roles": [], "councils": ["*"], "idempotency_key": key}
        return self.processes.carry_out("moving", data, council_id=COUNCIL, cause=of_command("move", data, caller))

    def sweep(self) -> int:
        return self.scheduler.sweep(self.work)

    def moves(self, *purse_ids: str) -> list[tuple[int, ...]]:
        """Every movement of these purses."""
        return [self.purses.get(purse_id).state.moves for purse_id in purse_ids]

    def _take_out(self, data: Mapping[str, Any], cause: Cause) -> None:
        self._meet("take-out")
        self._change(data["source"], -data["pence"], cause)

    def _put_in(self, data: Mapping[str, Any], cause: Cause) -> None:
        self._meet("put-in")
        self._change(data["target"], data["pence"], cause)

    def _put_back(self, data: Mapping[str, Any], cause: Cause) -> None:
        self._meet("put-back")
        self._reverse(data["source"], -data["pence"], cause)

    def _take_out_again(self, data: Mapping[str, Any], cause: Cause) -> None:
        self._meet("take-out-again")
        self._reverse(data["target"], data["pence"], cause)

    def _change(self, purse_id: str, pence: int, cause: Cause) -> None:
        def decide(purse: Purse) -> Decision[Purse]:
            if purse.pence + pence < 0:
                raise PurseEmpty(f"purse {purse_id} has not enough in it")
            if purse.shut and pence > 0:
                raise PurseShut(f"purse {purse_id} is shut")
            return Decision(state=replace(purse, pence=purse.pence + pence, moves=(*purse.moves, pence)))

        self.purses.change(purse_id, decide, cause=cause)

    def _reverse(self, purse_id: str, pence: int, cause: Cause) -> None:
        """Takes a movement back, if there was one."""

        def decide(purse: Purse) -> Decision[Purse]:
            if pence not in purse.moves:
                return Decision(state=purse)
            return Decision(state=replace(purse, pence=purse.pence - pence, moves=(*purse.moves, -pence)))

        try:
            self.purses.change(purse_id, decide, cause=cause)
        except NotFound:
            return

    def _meet(self, step: str) -> None:
        if self.failures.get(step):
            raise self.failures[step].pop(0)

    def _aggregates(self, documents: MortalDocuments, kind: Kind[Any], clock: Clock) -> Aggregates[Any]:
        return Aggregates(documents=documents, kind=kind, clock=clock, nudge=lambda _: None)
