"""Every publisher's event types in one import."""

from __future__ import annotations

from shared.events import intake, ledger, notifications, pa_registry, referrals, safeguarding

__all__ = ["intake", "ledger", "notifications", "pa_registry", "referrals", "safeguarding"]
