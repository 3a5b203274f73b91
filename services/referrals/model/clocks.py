"""The clocks that run with a referral: how they stop, run out, and are told of."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.referrals.model.referral import Referral
from shared.events.language import Event
from shared.events.referrals import ClockBreached, ClockStarted, ClockStopped
from shared.messaging.aggregates import Decision
from shared.policy.running import RunningClock, breach_overdue, stop_clocks


def breach(referral: Referral, *, at: datetime) -> Decision[Referral]:
    """Marks the clocks that have run past their due instant."""
    clocks, breached = breach_overdue(referral.clocks, at=at)
    events = [
        ClockBreached(
            clock_id=clock.clock_id,
            rule=clock.rule,
            record_id=referral.referral_id,
            clause=clock.clause,
            due_at=clock.due_at,
        )
        for clock in breached
    ]
    return Decision(state=replace(referral, clocks=clocks), events=events)


def response_stopped(referral: Referral, at: datetime) -> tuple[Referral, list[Event]]:
    """The referrer has an answer: the response clock stops (CE 4.3)."""
    clocks, stopped = stop_clocks(referral.clocks, at=at, rules=("C1",))
    return replace(referral, clocks=clocks), [_told_stopped(referral, clock) for clock in stopped]


def all_stopped(referral: Referral, at: datetime) -> tuple[Referral, list[Event]]:
    """The referral has ended: no clock runs on."""
    clocks, stopped = stop_clocks(referral.clocks, at=at)
    return replace(referral, clocks=clocks), [_told_stopped(referral, clock) for clock in stopped]


def told_started(clock: RunningClock) -> ClockStarted:
    """What is told of a clock that begins to run."""
    return ClockStarted(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=clock.record_id,
        clause=clock.clause,
        due_at=clock.due_at,
    )


def _told_stopped(referral: Referral, clock: RunningClock) -> ClockStopped:
    return ClockStopped(
        clock_id=clock.clock_id,
        rule=clock.rule,
        record_id=referral.referral_id,
        stopped_at=clock.stopped_at or clock.due_at,
        in_time=clock.state == "stopped",
    )
