"""Clocks that run with a record: started by a rule of the council's pack, warned of, paused, breached, stopped in time or late.

Values and pure rules. What is told of each change is in `shared.policy.keeping`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, Literal

from shared.dates import london_day
from shared.errors import Conflict, FieldError, PolicyIncomplete
from shared.ids import derived_id
from shared.policy.clocks import Deadline, due
from shared.policy.errors import UnknownCouncil
from shared.policy.pauses import Pause
from shared.policy.policies import Policies
from shared.policy.rules import ClockRule, NoSuchOccurrence

State = Literal["running", "warned", "breached", "paused", "stopped", "stopped_late"]
STATES: tuple[State, ...] = ("running", "warned", "breached", "paused", "stopped", "stopped_late")
OPEN: frozenset[State] = frozenset({"running", "warned", "breached", "paused"})
MOVING: frozenset[State] = frozenset({"running", "warned"})
"""Those for which time passes."""


class PauseNotPossible(Conflict):
    """The clock is not in a state that can be paused, or resumed."""


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """When a clock was due and warned of, and under what that was reckoned."""

    due_at: datetime
    warn_at: datetime | None
    policy: str
    calendar_version: str


@dataclass(frozen=True, kw_only=True)
class Recalculation:
    """A clock reckoned anew: `before`, `after`, and in words what a breach would have been."""

    at: datetime
    before: Reckoning
    after: Reckoning
    note: str = ""

    @property
    def moved(self) -> bool:
        """Whether it made a difference to when the clock is due or warned of."""
        return (self.before.due_at, self.before.warn_at) != (self.after.due_at, self.after.warn_at)


@dataclass(frozen=True, kw_only=True)
class RunningClock:
    """One clock of one record.

    `rule` is the rule's number in the pack (C1), `occurrence` which time of a series it is, `duty` what it shares with its
    twins; `policy` and `calendar_version` say what the due instant was reckoned under; `explanation` lists every day counted
    or skipped. While it is paused `due_at` stands as it was. A breached clock keeps the due instant that it missed.
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
    occurrence: int = 1
    duty: str = ""
    warn_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    recalculations: tuple[Recalculation, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def council_id(self) -> str:
        """The council whose pack it runs under."""
        return self.policy.partition("/")[0]

    @property
    def next_at(self) -> datetime | None:
        """When something happens to it by itself next: it is warned of, or breached."""
        if self.state not in MOVING:
            return None
        return self.warn_at if self.state == "running" and self.warn_at is not None else self.due_at

    @property
    def reckoning(self) -> Reckoning:
        return Reckoning(
            due_at=self.due_at, warn_at=self.warn_at, policy=self.policy, calendar_version=self.calendar_version
        )


Changed = tuple[tuple[RunningClock, ...], list[RunningClock]]
"""All clocks of a record, and those just changed."""


def running_clock(deadline: Deadline, *, record_id: str) -> RunningClock:
    """The clock that runs to this deadline; the same record, rule, occurrence and start have the same one."""
    rule = deadline.rule
    parts = (record_id, rule.name, deadline.started_at.isoformat())
    return RunningClock(
        clock_id=derived_id("clk", *parts, *([str(rule.occurrence)] if rule.occurrence > 1 else [])),
        rule=rule.id,
        name=rule.name,
        record_id=record_id,
        started_at=deadline.started_at,
        occurrence=rule.occurrence,
        **_reckoned(deadline),
    )


def stop_clocks(clocks: Sequence[RunningClock], *, at: datetime, rules: Iterable[str] | None = None) -> Changed:
    """Stops the open clocks of these rules (of all rules, without any); gives all clocks and those just stopped."""
    wanted = None if rules is None else set(rules)

    def stopped(clock: RunningClock) -> RunningClock:
        is_meant = clock.is_open and (wanted is None or clock.rule in wanted)
        return _stopped(clock, at) if is_meant else clock

    return _each(clocks, stopped)


def run_again(clocks: Sequence[RunningClock], clock_id: str) -> Changed:
    """Has a clock that was stopped run to the instant it was due at, as if it had not been stopped."""

    def again(clock: RunningClock) -> RunningClock:
        if clock.clock_id != clock_id or clock.is_open:
            return clock
        return replace(clock, state="running", stopped_at=None, warned_at=None, breached_at=None)

    return _each(clocks, again)


def pass_time(clocks: Sequence[RunningClock], *, at: datetime) -> Changed:
    """Marks what has been reached: due instants missed, warnings; gives all clocks and those just marked.

    A clock whose due instant has passed before anyone looked is breached at once, and not warned of any more.
    """
    return _each(clocks, lambda clock: _at(clock, at))


def pause(clock: RunningClock, *, at: datetime, by: str, reason: str, policies: Policies) -> RunningClock:
    """The clock stands still from now on. Raises `PauseNotPossible`, and `PolicyIncomplete` if its pack sets no pauses."""
    _refuse_unless_pausable(_rule(clock, policies))
    now = _at(clock, at)
    if now.state not in MOVING:
        raise PauseNotPossible(f"a clock that is {now.state} cannot be paused")
    stands = Pause(from_at=max(at.replace(microsecond=0), clock.started_at), paused_by=by, reason=reason)
    return replace(clock, state="paused", pauses=(*clock.pauses, stands))


def resume(clock: RunningClock, *, at: datetime, by: str, policies: Policies) -> RunningClock:
    """The clock runs again, due later by what did not count (`Pause`). Raises `PauseNotPossible`."""
    if clock.state != "paused":
        raise PauseNotPossible(f"a clock that is {clock.state} cannot be resumed: it does not stand still")
    pauses = _ended(clock.pauses, at, by=by)
    rule = _rule(clock, policies)
    pack = policies.version(clock.policy)
    deadline = due(rule, clock.started_at, policies.calendar(pack, rule.calendar), pauses=pauses)
    state: State = "warned" if clock.warned_at and not _ahead(deadline.warn_at, at) else "running"
    return replace(clock, state=state, pauses=pauses, **_reckoned(deadline))


def recalculated(clock: RunningClock, policies: Policies, at: datetime) -> RunningClock:
    """The clock under the pack and the calendar in force at this instant; the very same one where nothing differs.

    A clock that has ended, or stands still, is left as it is, and so is one that has no limit in that pack. A breached
    one stays breached and keeps the due instant it missed; it notes if it would not have been.
    """
    if clock.state not in MOVING and clock.state != "breached":
        return clock
    deadline = _deadline_at(clock, policies, at)
    if deadline is None:
        return clock
    reckoned = replace(clock, **_reckoned(deadline))
    if reckoned.reckoning == _as_last_reckoned(clock):
        return clock
    done = Recalculation(at=at, before=_as_last_reckoned(clock), after=reckoned.reckoning)
    if clock.state == "breached":
        done = replace(done, note=_would_be(clock, deadline.due_at))
        return replace(clock, recalculations=(*clock.recalculations, done))
    state: State = "running" if _ahead(reckoned.warn_at, at) else clock.state
    return replace(reckoned, state=state, recalculations=(*clock.recalculations, done))


def strictest(clocks: Iterable[RunningClock]) -> frozenset[str]:
    """The ids of those open clocks that are due first of several with the same duty; more than one where they tie."""
    by_duty: dict[str, list[RunningClock]] = {}
    for clock in clocks:
        if clock.duty and clock.is_open:
            by_duty.setdefault(clock.duty, []).append(clock)
    twins = (group for group in by_duty.values() if len(group) > 1)
    return frozenset(chain.from_iterable(map(_first_due, twins)))


def _first_due(twins: Sequence[RunningClock]) -> list[str]:
    first = min(clock.due_at for clock in twins)
    return [clock.clock_id for clock in twins if clock.due_at == first]


def next_due(clocks: Iterable[RunningClock]) -> datetime | None:
    """When something happens to one of them by itself next; what the sweeper's index holds."""
    return min((at for clock in clocks if (at := clock.next_at) is not None), default=None)


def has_breach(clocks: Iterable[RunningClock]) -> bool:
    """Whether a clock is overdue and still open."""
    return any(clock.state == "breached" for clock in clocks)


def _each(clocks: Sequence[RunningClock], change: Callable[[RunningClock], RunningClock]) -> Changed:
    after = tuple(change(clock) for clock in clocks)
    return after, [new for new, old in zip(after, clocks, strict=True) if new is not old]


def _reckoned(deadline: Deadline) -> dict[str, Any]:
    """What of a clock follows from its deadline."""
    return {
        "due_at": deadline.due_at,
        "warn_at": deadline.warn_at,
        "clause": deadline.clause or "",
        "policy": deadline.rule.policy_version,
        "calendar_version": deadline.calendar_version,
        "provisional": deadline.provisional,
        "duty": deadline.rule.duty or "",
        "explanation": deadline.explain(),
    }


def _at(clock: RunningClock, at: datetime) -> RunningClock:
    if clock.state not in MOVING:
        return clock
    if _missed(clock, at):
        return replace(clock, state="breached", breached_at=at)
    if clock.state == "running" and clock.warn_at is not None and not _ahead(clock.warn_at, at):
        return replace(clock, state="warned", warned_at=at)
    return clock


def _stopped(clock: RunningClock, at: datetime) -> RunningClock:
    """A clock that stands still is stopped in time: it was not breached before, and nothing has counted since."""
    if clock.state == "paused":
        return replace(clock, state="stopped", stopped_at=at, pauses=_ended(clock.pauses, at))
    return replace(clock, state="stopped_late" if _missed(clock, at) else "stopped", stopped_at=at)


def _ended(pauses: tuple[Pause, ...], at: datetime, *, by: str | None = None) -> tuple[Pause, ...]:
    """With the last pause ended, in whole seconds."""
    last = pauses[-1]
    return (*pauses[:-1], replace(last, until_at=max(at.replace(microsecond=0), last.from_at), resumed_by=by))


def _missed(clock: RunningClock, at: datetime) -> bool:
    """Due instants name whole seconds, and the second they name still counts (23:59:59)."""
    return clock.state == "breached" or at.replace(microsecond=0) > clock.due_at


def _ahead(instant: datetime | None, at: datetime) -> bool:
    """Whether it is still to come; a second that has begun is not."""
    return instant is not None and at.replace(microsecond=0) <= instant


def _rule(clock: RunningClock, policies: Policies) -> ClockRule:
    return policies.version(clock.policy).clock_rule(clock.name, occurrence=clock.occurrence)


def _refuse_unless_pausable(rule: ClockRule) -> None:
    if rule.pause is None:
        field = f"clocks.{rule.name}.pause"
        message = f"The council has not set whether {rule.name} ({rule.id}) may be paused, and what then counts."
        raise PolicyIncomplete(
            f"policy incomplete: {rule.policy_version} {field}",
            errors=[FieldError(field=field, rule="unset", message=message)],
        )


def _deadline_at(clock: RunningClock, policies: Policies, at: datetime) -> Deadline | None:
    """Nothing where no pack is in force, or where it has no such clock, or none that falls due so often."""
    try:
        pack = policies.pack(clock.council_id, on=london_day(at))
        rule = pack.clock_rule(clock.name, occurrence=clock.occurrence)
    except (UnknownCouncil, PolicyIncomplete, NoSuchOccurrence):
        return None
    return due(rule, clock.started_at, policies.calendar(pack, rule.calendar), pauses=clock.pauses)


def _as_last_reckoned(clock: RunningClock) -> Reckoning:
    """A breached clock keeps its own due instant, so what it was last reckoned to stands in its recalculations."""
    if clock.state == "breached" and clock.recalculations:
        return clock.recalculations[-1].after
    return clock.reckoning


def _would_be(clock: RunningClock, due_at: datetime) -> str:
    if clock.breached_at is not None and not due_at < clock.breached_at.replace(microsecond=0):
        return "Under this reckoning it would not have been breached when it was; it stays breached."
    return "Under this reckoning it would have been breached too."
