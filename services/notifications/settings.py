"""Notifications' own settings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import names, seconds_list, setting


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


@dataclass(frozen=True, kw_only=True)
class WebhookSettings:
    """How webhooks are signed, tried and limited."""

    key: str = setting(
        "STEWARD_WEBHOOK_KEY",
        "",
        "What webhooks' signing secrets are made from: 32 random bytes or more, in base64. An embedded platform makes its own "
        "in the data folder; without it no webhook can be arranged",
        secret=True,
    )
    retry_after_seconds: tuple[float, ...] = setting(
        "STEWARD_WEBHOOK_RETRY_WAITS",
        (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0),
        "Waits between attempts at a webhook after the first, seconds: the schedule of Standard Webhooks",
        parse=seconds_list,
    )
    spread: float = setting(
        "STEWARD_WEBHOOK_SPREAD",
        0.2,
        "Share of a wait that chance may add to it, so that deliveries which failed together do not come back together",
        parse=float,
    )
    longest_asked_seconds: float = setting(
        "STEWARD_WEBHOOK_RETRY_AFTER_LIMIT",
        86_400.0,
        "Longest wait that a webhook may ask for by the header Retry-After, seconds",
    )
    timeout_seconds: float = setting(
        "STEWARD_WEBHOOK_TIMEOUT",
        15.0,
        "How long one attempt may take in all, from the look-up of the name on, seconds",
    )
    lease_seconds: float = setting(
        "STEWARD_WEBHOOK_LEASE",
        60.0,
        "How long one process has for an attempt before another may make it again, seconds; longer than the timeout",
    )
    body_bytes: int = setting("STEWARD_WEBHOOK_BODY_LIMIT", 20_000, "Largest body sent to a webhook, bytes")
    secret_overlap_seconds: float = setting(
        "STEWARD_WEBHOOK_OVERLAP", 86_400.0, "How long a webhook's former secret signs beside a new one, seconds"
    )
    networks: tuple[str, ...] = setting(
        "STEWARD_WEBHOOK_NETWORKS",
        (),
        "Private networks that webhooks may lead into, such as 10.20.0.0/16, separated by commas; public addresses always may",
        parse=names,
    )
    per_council: int = setting("STEWARD_WEBHOOK_LIMIT", 20, "Most webhooks of one council")
    workers: int = setting("STEWARD_WEBHOOK_WORKERS", 4, "Attempts that one process makes at once")
