"""What a contract wants told at once, and changes in monitoring that have their notice to run (CE 7.3, 7.9, 8.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, cast

from services.referrals.errors import StepNotPossible
from services.referrals.model.cases import Act, CaseRecord, next_status
from shared.dates import london_day
from shared.events.contract import ContractChangeEffective, ContractNoticeRecorded, ContractNoticeTold
from shared.messaging.aggregates import Decision
from shared.policy.keeping import start, stop
from shared.policy.running import RunningClock

Kind = Literal["improper-conduct", "interruption", "improper-disclosure", "monitoring-change"]
Status = Literal["open", "told", "effective"]
CLOCKS: Mapping[Kind, str] = MappingProxyType(
    {
        "improper-conduct": "improper_conduct_notice",
        "interruption": "interruption_notice",
        "improper-disclosure": "improper_disclosure_notice",
        "monitoring-change": "monitoring_change_notice",
    }
)
"""The clock of the council's policy for each kind."""
STEPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"open": {"tell": "told", "take_effect": "effective"}, "told": {}, "effective": {}}
)
CHANGE = "monitoring-change"


@dataclass(frozen=True, kw_only=True)
class NoticeRun:
    """Until when the notice of a change runs, and every day of it. It runs out; there is nothing about it to breach."""

    rule: str
    clause: str
    until_on: date
    policy: str
    explanation: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ContractNotice(CaseRecord):
    """What happened, or what changes. `text` is in the record alone; `known_at` is when it was known, or announced.

    What must be told at once has a clock; a change that is announced has its `run`.
    """

    kind: Kind
    text: str
    known_at: datetime
    status: Status = "open"
    effective_on: date | None = None
    run: NoticeRun | None = None
    acts: tuple[Act, ...] = ()
    clocks: tuple[RunningClock, ...] = ()


def record(notice: ContractNotice, clocks: Sequence[RunningClock]) -> Decision[ContractNotice]:
    """It is known, and its clock runs from then; of a change its notice does."""
    told = ContractNoticeRecorded(notice_id=notice.record_id, kind=notice.kind, known_at=notice.known_at)
    if notice.kind == CHANGE:
        return Decision(state=replace(notice, run=_run(clocks[0])), events=[told])
    kept = start((), clocks)
    return Decision(state=replace(notice, clocks=kept.clocks), events=[told, *kept.events])


def tell(notice: ContractNotice, act: Act) -> Decision[ContractNotice]:
    """The council is told. Raises `StepNotPossible`, also for a change, of which the council tells."""
    if notice.kind == CHANGE:
        raise StepNotPossible("of a change in monitoring the council tells; possible now: take_effect")
    kept = stop(notice.clocks, at=act.at)
    told = ContractNoticeTold(notice_id=notice.record_id, kind=notice.kind)
    moved = replace(notice, status=_next(notice, act), acts=(*notice.acts, act), clocks=kept.clocks)
    return Decision(state=moved, events=[told, *kept.events])


def take_effect(notice: ContractNotice, act: Act, *, effective_on: date) -> Decision[ContractNotice]:
    """A change takes effect, no sooner than its notice has run (CE 7.3(h)). Raises `StepNotPossible`."""
    if notice.run is None:
        raise StepNotPossible("only a change in monitoring takes effect; possible now: tell")
    if effective_on < notice.run.until_on:
        until = notice.run.until_on.isoformat()
        raise StepNotPossible(f"its notice runs until {until} ({notice.run.clause}); it takes effect no sooner")
    told = ContractChangeEffective(notice_id=notice.record_id, effective_on=effective_on)
    moved = replace(notice, status=_next(notice, act), effective_on=effective_on, acts=(*notice.acts, act))
    return Decision(state=moved, events=[told])


def _run(clock: RunningClock) -> NoticeRun:
    return NoticeRun(
        rule=clock.rule,
        clause=clock.clause,
        until_on=london_day(clock.due_at),
        policy=clock.policy,
        explanation=clock.explanation,
    )


def _next(notice: ContractNotice, act: Act) -> Status:
    return cast(Status, next_status(STEPS, notice.status, act.step, "notice"))
