"""The ledger's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import setting


@dataclass(frozen=True, kw_only=True)
class LedgerSettings:
    """Limits of posting and listing."""

    post_attempts: int = setting(
        "STEWARD_LEDGER_POST_ATTEMPTS",
        50,
        "How often a posting starts again because another writer got into the same book first, before it gives up.",
    )
    most_listed: int = setting(
        "STEWARD_LEDGER_MOST_LISTED",
        200,
        "The most funds, or blocks of a book, that one page of a list may hold.",
    )
