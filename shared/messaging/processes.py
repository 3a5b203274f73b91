"""Effects on several records, one after the other: a process goes through its steps, and none is left half-way.

A process is a document of its own, written before its first step and again after each. Each step is a command keyed by
process and step, so that carrying it out again finds it done. Whoever dies under way leaves a document that falls due; any
replica goes on from there. A step that can't be carried out now is tried again later, as long as it takes. One that is
refused for good ends the process: what was done is undone, last first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard

import structlog

from shared.clock import Clock
from shared.errors import NotFound, Refusal, StewardError, Unavailable
from shared.ids import derived_id, input_hash
from shared.messaging.aggregates import Aggregates, Decision, Kind, collection_of
from shared.messaging.cause import Cause, Command
from shared.messaging.scheduling import Due
from shared.store.documents import AnyOf, Between, Documents, Field, Order, StoreAway
from shared.store.records import dump_record, load_record

log = structlog.get_logger(__name__)
Phase = Literal["doing", "undoing", "done", "undone"]
Effect = Callable[[Mapping[str, Any], Cause], object]
Data = dict[str, Any]


class StillUnderWay(Unavailable):
    """A step can't be carried out now. The process goes on by itself; asking again with the same key tells how it ended."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One effect on one record, given the process's data and a cause whose key makes a repeat find it done.

    `undo` takes it back, and does nothing where there is nothing to take back: it is called also for a step that was
    refused. Its cause bars the step's own key in the record that it writes, so that a replica that stalled half-way can't
    carry the step out afterwards.
    """

    name: str
    do: Effect
    undo: Effect | None = None


@dataclass(frozen=True, kw_only=True)
class Process:
    """A kind of process: its steps, in order. Those that may be refused come first."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far one process has come. `due_at` is when whoever is at it must be gone; `refusal` is the problem that ended it."""

    process: str
    data: Data
    actor_id: str
    correlation_id: str
    traceparent: str
    started_at: datetime
    due_at: datetime | None
    phase: Phase = "doing"
    done: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()
    refused: str | None = None
    refusal: Data | None = None
    attempts: int = 0

    @property
    def ended(self) -> bool:
        return self.phase in ("done", "undone")

    def past(self, step: str) -> Progress:
        """With this step done, or undone."""
        if self.phase == "undoing":
            return replace(self, undone=(*self.undone, step), attempts=0)
        return replace(self, done=(*self.done, step), attempts=0)

    def turned_back(self, step: str, refusal: Data) -> Progress:
        """With this step refused, and all before it to be undone."""
        return replace(self, phase="undoing", refused=step, refusal=refusal, attempts=0)

    def at_its_end(self) -> Progress:
        """Nobody need look at it again."""
        return replace(self, phase="undone" if self.phase == "undoing" else "done", due_at=None)


PROCESSES = collection_of(
    "processes",
    fields=(
        Field(path="state.process"),
        Field(path="state.phase"),
        Field(path="state.started_at", kind="instant"),
        Field(path="state.due_at", kind="instant"),
    ),
    orders=(Order(name="due", by=(("state.due_at", "ascending"),)),),
)
PROCESSES_DUE = Due(name="processes", collection=PROCESSES, path="state.due_at")
"""Processes that nobody is at any longer, or whose next attempt is due."""
PROGRESS: Kind[Progress] = Kind(name="process", dump=dump_record, load=lambda state: load_record(Progress, state))


def unfinished_since(documents: Documents, instant: datetime) -> int:
    """How many processes were started by then and have not ended."""
    open_ones = AnyOf(path="state.phase", values=["doing", "undoing"])
    return documents.count([open_ones, Between(path="state.started_at", high=instant, including_high=True)])


class _Overtaken(Exception):
    """Another replica has taken the process further."""


def _nothing() -> None:
    """There is nothing to check."""


@dataclass(frozen=True, kw_only=True)
class Processes:
    """One service's processes. A step has `lease_seconds` before another replica may try it; one that can't be carried out
    is tried again after each of `retry_after_seconds`, then for ever after the last.
    """

    records: Aggregates[Progress]
    kinds: Iterable[Process]
    clock: Clock
    lease_seconds: float
    retry_after_seconds: tuple[float, ...]
    _by_name: dict[str, Process] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {kind.name: kind for kind in self.kinds})

    def carry_out(
        self, process: str, data: Data, *, council_id: str, cause: Cause, check: Callable[[], object] = _nothing
    ) -> Progress:
        """Starts a process and goes through it; a repeat of the cause's key finds the one that it started.

        `check` may refuse before anything is written. Raises what ended the process once what was done is undone, and
        `StillUnderWay`.
        """
        process_id = self._start(process, data, council_id=council_id, cause=cause, check=check)
        progress = self.go_on(process_id)
        if progress.refusal is not None and progress.ended:
            raise Refusal(progress.refusal)
        if not progress.ended:
            raise StillUnderWay("this is under way and goes on by itself; ask again shortly with the same key")
        return progress

    def go_on(self, process_id: str) -> Progress:
        """Goes on from where the process is, to its end or to a step that can't be carried out now. Raises `StoreAway`."""
        goes_on = True
        progress = self.records.get(process_id).state
        while goes_on and not progress.ended:
            goes_on = self._take_step(process_id, progress)
            progress = self.records.get(process_id).state
        return progress

    def _start(self, process: str, data: Data, *, council_id: str, cause: Cause, check: Callable[[], object]) -> str:
        process_id = cause.new_id("prc")
        first = Progress(
            process=process,
            data=data,
            actor_id=cause.actor_id,
            correlation_id=cause.correlation_id,
            traceparent=cause.traceparent,
            started_at=self.clock.now(),
            due_at=self._lease(),
        )
        if not self._is_known(process_id):
            check()
        self.records.create(process_id, Decision(state=first), council_id=council_id, cause=cause)
        return process_id

    def _is_known(self, process_id: str) -> bool:
        try:
            self.records.get(process_id)
        except NotFound:
            return False
        return True

    def _take_step(self, process_id: str, progress: Progress) -> bool:
        """Takes the next step and writes down what came of it; whether there may be another now. Raises `StoreAway`."""
        step = self._next_undo(progress) if progress.phase == "undoing" else self._next_step(progress)
        if step is None:
            self._write(process_id, progress, progress.at_its_end())
            return True
        try:
            _carry_out(step, process_id, progress)
        except StoreAway:
            raise
        except Exception as error:  # a step may fail in any way; what has been done must not be left half-way for it
            return self._note_failure(process_id, progress, step, error)
        self._write(process_id, progress, replace(progress.past(step.name), due_at=self._lease()))
        return True

    def _note_failure(self, process_id: str, progress: Progress, step: Step, error: Exception) -> bool:
        """A refusal ends the process; whatever else went wrong may pass, and so may a refusal to undo."""
        if progress.phase == "doing" and _is_refusal(error):
            log.warning("process.refused", process_id=process_id, step=step.name, code=error.code)
            turned = replace(progress.turned_back(step.name, error.problem()), due_at=self._lease())
            self._write(process_id, progress, turned)
            return True
        log.error("process.delayed", process_id=process_id, step=step.name, exc_info=error)
        wait = self.retry_after_seconds[min(progress.attempts, len(self.retry_after_seconds) - 1)]
        later = replace(progress, attempts=progress.attempts + 1, due_at=self._after(wait))
        self._write(process_id, progress, later)
        return False

    def _write(self, process_id: str, before: Progress, after: Progress) -> None:
        """Writes, unless another replica has taken the process further."""

        def decide(now: Progress) -> Decision[Progress]:
            if now != before:
                raise _Overtaken
            return Decision(state=after)

        try:
            self.records.change(process_id, decide, cause=_cause(process_id, before))
        except _Overtaken:
            log.info("process.overtaken", process_id=process_id)

    def _next_step(self, progress: Progress) -> Step | None:
        return next((step for step in self._steps(progress) if step.name not in progress.done), None)

    def _next_undo(self, progress: Progress) -> Step | None:
        begun = {*progress.done, progress.refused} - {*progress.undone}
        return next((s for s in reversed(self._steps(progress)) if s.name in begun and s.undo is not None), None)

    def _steps(self, progress: Progress) -> tuple[Step, ...]:
        kind = self._by_name.get(progress.process)
        if kind is None:
            raise NotFound(f"this release knows no process {progress.process}")
        return kind.steps

    def _lease(self) -> datetime:
        return self._after(self.lease_seconds)

    def _after(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)


def _is_refusal(error: Exception) -> TypeGuard[StewardError]:
    return isinstance(error, StewardError) and not isinstance(error, Unavailable)


def _carry_out(step: Step, process_id: str, progress: Progress) -> None:
    done_by = _command(process_id, step.name)
    if progress.phase == "doing":
        step.do(progress.data, replace(_cause(process_id, progress), command=done_by))
    elif step.undo is not None:
        undone_by = replace(_command(process_id, f"undo {step.name}"), bars=(done_by,))
        step.undo(progress.data, replace(_cause(process_id, progress), command=undone_by))


def _command(process_id: str, step: str) -> Command:
    return Command(key=derived_id("key", process_id, step), input=input_hash([process_id, step]))


def _cause(process_id: str, progress: Progress) -> Cause:
    return Cause(
        actor_id=progress.actor_id,
        correlation_id=progress.correlation_id,
        causation_id=process_id,
        traceparent=progress.traceparent,
    )
