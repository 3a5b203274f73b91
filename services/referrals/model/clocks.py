"""The clocks that run with a referral: which steps start and stop them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.referrals.model.referral import Referral
from shared.events.language import Event
from shared.policy.keeping import Kept, start, stop
from shared.policy.running import RunningClock

Clocked = tuple[Referral, tuple[Event, ...]]
"""A referral after a change of its clocks, and what is told of it."""


def started(referral: Referral, clocks: Iterable[RunningClock]) -> Clocked:
    """These clocks begin to run."""
    return _with(referral, start(referral.clocks, clocks))


def response_stopped(referral: Referral, at: datetime) -> Clocked:
    """The referrer has an answer: the response clock stops (CE 4.3)."""
    return _with(referral, stop(referral.clocks, at=at, rules=("C1",)))


def all_stopped(referral: Referral, at: datetime) -> Clocked:
    """The referral has ended: no clock runs on."""
    return _with(referral, stop(referral.clocks, at=at))


def _with(referral: Referral, kept: Kept) -> Clocked:
    return replace(referral, clocks=kept.clocks), kept.events
