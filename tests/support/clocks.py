"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

A_MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FixedClock:
    """Tells the instant it was given; `advance` moves it on."""

    def __init__(self, at: datetime = A_MONDAY_MORNING) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, step: timedelta) -> None:
        self.at += step
