"""Replicas of a scheduler for tests."""

from __future__ import annotations

from shared.clock import Clock
from shared.messaging.scheduling import Scheduler

LEASE_SECONDS = 30.0


def a_scheduler(clock: Clock, *, owner: str = "replica-1", lease_seconds: float = LEASE_SECONDS) -> Scheduler:
    """One replica's scheduler."""
    return Scheduler(clock=clock, owner=owner, lease_seconds=lease_seconds)
