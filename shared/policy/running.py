"""Clocks that run with an aggregate: started by a rule of the council's pack, stopped in time or not, or breached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

State = Literal["running", "breached", "stopped", "stopped_late"]


@dataclass(frozen=True, kw_only=True)
class RunningClock:
    """One clock of one record.

    `rule` is the rule's number in the pack (C1); `policy` and `calendar_version` say what the due instant was reckoned
    under; `explanation` lists every day counted or skipped.
    """

    clock_id: str
    rule: str
    name: str
    record_id: str
    started_at: datetime
    due_at: datetime
    clause: str
    policy: str
    calendar_version: str
    provisional: bool
    explanation: dict[str, Any]
    state: State = "running"
    stopped_at: datetime | None = None


def stop_clocks(
    clocks: Sequence[RunningClock], *, at: datetime, rules: Iterable[str] | None = None
) -> tuple[tuple[RunningClock, ...], list[RunningClock]]:
    """Stops the open clocks of these rules (of all rules, without any); gives all clocks and those just stopped."""
    wanted = None if rules is None else set(rules)
    after = [
        _stop(clock, at) if _open(clock) and (wanted is None or clock.rule in wanted) else clock for clock in clocks
    ]
    stopped = [new for new, old in zip(after, clocks, strict=True) if new is not old]
    return tuple(after), stopped


def breach_overdue(
    clocks: Sequence[RunningClock], *, at: datetime
) -> tuple[tuple[RunningClock, ...], list[RunningClock]]:
    """Marks running clocks past their due instant; gives all clocks and those just breached."""
    after = [replace(c, state="breached") if c.state == "running" and _missed(c, at) else c for c in clocks]
    breached = [new for new, old in zip(after, clocks, strict=True) if new is not old]
    return tuple(after), breached


def next_due(clocks: Iterable[RunningClock]) -> datetime | None:
    """When the first running clock falls due; what the sweeper's index holds."""
    return min((clock.due_at for clock in clocks if clock.state == "running"), default=None)


def has_breach(clocks: Iterable[RunningClock]) -> bool:
    """Whether a clock is overdue and still open."""
    return any(clock.state == "breached" for clock in clocks)


def _open(clock: RunningClock) -> bool:
    return clock.state in ("running", "breached")


def _stop(clock: RunningClock, at: datetime) -> RunningClock:
    return replace(clock, state="stopped_late" if _missed(clock, at) else "stopped", stopped_at=at)


def _missed(clock: RunningClock, at: datetime) -> bool:
    """Due instants name whole seconds, and the second they name still counts (23:59:59)."""
    return at.replace(microsecond=0) > clock.due_at
