"""Notifications' own settings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import seconds_list, setting


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """How hard a message is tried, and how long it waits."""

    workers: int = setting("STEWARD_NOTIFY_WORKERS", 4, "Messages that one process sends at once")
    retry_after_seconds: tuple[float, ...] = setting(
        "STEWARD_NOTIFY_RETRY_WAITS",
        (30.0, 120.0, 600.0, 3600.0),
        "Waits before a channel that is away is tried again, seconds; then the next safe channel is tried",
        parse=seconds_list,
    )
    contact_retry_seconds: float = setting(
        "STEWARD_NOTIFY_CONTACT_RETRY", 60.0, "How often a message looks again for a contact not yet known, seconds"
    )
    contact_wait_seconds: float = setting(
        "STEWARD_NOTIFY_CONTACT_WAIT",
        86_400.0,
        "How long a message waits for a contact not yet known before it fails, seconds",
    )
    lease_seconds: float = setting(
        "STEWARD_NOTIFY_LEASE",
        120.0,
        "How long one process has for sending a message before another may send it again, seconds; "
        "longer than any channel's own timeout",
    )
