"""Clocks and how they were reckoned."""

from __future__ import annotations

from services.referrals.calls.base import ReferralCalls
from shared.runtime.clock_calls import AnswersForClocks


class ClockCalls(AnswersForClocks, ReferralCalls):
    """Clocks and how they were reckoned."""
