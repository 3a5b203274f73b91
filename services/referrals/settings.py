"""Referrals' own settings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import setting


@dataclass(frozen=True, kw_only=True)
class ReferralSettings:
    """Defaults of case work."""

    reminder_hours: int = setting(
        "STEWARD_APPOINTMENT_REMINDER",
        24,
        "How long before an appointment the person is reminded, hours, where nobody chose another time",
    )
