"""The header `Retry-After` (RFC 9110, 10.2.3): seconds, or an instant."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_NUMBER = 9
"""Digits; more than anybody waits."""


def seconds_asked(header: str | None, *, at: datetime) -> float:
    """How long the subscriber asks us to wait from `at`; 0 where it asks for nothing that can be read."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:LONGEST_NUMBER])
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max((until - at).total_seconds(), 0.0)
