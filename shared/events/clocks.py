"""What is told of a clock, in the stream of the record that it runs with: ids and instants, never a reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from shared.events.language import Event, event
from shared.events.referrals import REFERRAL


@event("clock.started", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockStarted(Event):
    """A clock of the council's policy began to run."""

    clock_id: str
    rule: Annotated[str, "the rule's id in the pack, e.g. C1"]
    record_id: str
    clause: str
    due_at: datetime
    warn_at: Annotated[datetime | None, "when it is warned of, if the pack says so"] = None
    duty: Annotated[str, "what it shares with its twins, if it has any"] = ""


@event("clock.warned", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockWarned(Event):
    """A clock that is still running will soon be due."""

    clock_id: str
    rule: str
    record_id: str
    clause: str
    due_at: datetime
    worker_id: Annotated[str | None, "the designated worker of its case, if it has one"] = None


@event("clock.breached", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockBreached(Event):
    """A clock ran past its due instant before it was stopped."""

    clock_id: str
    rule: str
    record_id: str
    clause: str
    due_at: datetime
    worker_id: Annotated[str | None, "the designated worker of its case, if it has one"] = None


@event("clock.paused", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockPaused(Event):
    """A clock stands still. Why stays in the record: it can be free text."""

    clock_id: str
    rule: str
    record_id: str
    paused_at: datetime
    paused_by: str


@event("clock.resumed", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockResumed(Event):
    """A clock runs again after a pause."""

    clock_id: str
    rule: str
    record_id: str
    resumed_at: datetime
    resumed_by: str
    due_at: Annotated[datetime, "when it is due now, without what did not count"]


@event("clock.recalculated", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockRecalculated(Event):
    """A clock was reckoned anew, because the council's pack or the calendar changed, and moved."""

    clock_id: str
    rule: str
    record_id: str
    clause: str
    due_before: datetime
    due_after: datetime
    warn_before: datetime | None = None
    warn_after: datetime | None = None
    policy_before: str
    policy_after: str
    calendar_before: str
    calendar_after: str
    state: Annotated[Literal["running", "warned", "breached"], "a breached clock stays breached"]


@event("clock.stopped", stream=REFERRAL)
@dataclass(frozen=True, kw_only=True)
class ClockStopped(Event):
    """What the clock was waiting for has happened."""

    clock_id: str
    rule: str
    record_id: str
    stopped_at: datetime
    in_time: bool
