"""What other rules would change for clocks that run, reckoned by the very function that reckons them anew. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.dates import start_of_london_day
from shared.events.schemas import dump_event
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.running import MOVING, RunningClock, recalculated

EffectKind = Literal["clock", "missing", "component", "means", "eligibility", "refusal_reason"]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One thing that would be otherwise: a clock's due instant, or what a record lacks or is classed as.

    `would_breach` is a clock that would be overdue the moment the rules change, and is not under today's.
    """

    kind: EffectKind
    record_id: str
    name: str
    before: str | None
    after: str | None
    clock_id: str | None = None
    rule: str | None = None
    would_breach: bool = False
    note: str = ""


def changes_at(pack: PolicyPack, *, now: datetime) -> datetime:
    """When the pack would begin to matter: its first day, or now where that has begun."""
    return max(start_of_london_day(pack.effective_on), now)


def left_open(before: PolicyPack, after: PolicyPack) -> Iterator[str]:
    """The clocks and values that one pack sets and the other leaves open: whoever needs them would be stopped."""
    for name, clock in before.clocks.items():
        if not clock.unset and not (name in after.clocks and not after.clocks[name].unset):
            yield name
    for name, entry in before.values.items():
        if not entry.unset and not (name in after.values and not after.values[name].unset):
            yield name


def clock_effects(clocks: Iterable[RunningClock], *, trial: Policies, at: datetime) -> Iterator[Effect]:
    """The clocks whose due instant these policies would move at this instant.

    A clock that is due before then will have ended, or been breached under the rules it runs under, and is left out.
    """
    for clock in clocks:
        if clock.state in MOVING and clock.due_at < at:
            continue
        after = recalculated(clock, trial, at)
        if after is not clock and after.recalculations[-1].before.due_at != after.recalculations[-1].after.due_at:
            yield _effect(after, at)


def _effect(clock: RunningClock, at: datetime) -> Effect:
    done = clock.recalculations[-1]
    return Effect(
        kind="clock",
        record_id=clock.record_id,
        clock_id=clock.clock_id,
        rule=clock.rule,
        name=clock.name,
        before=dump_event(done.before.due_at),
        after=dump_event(done.after.due_at),
        would_breach=clock.state in MOVING and done.after.due_at < at,
        note=done.note,
    )
