"""The ledger's own settings."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import setting


@dataclass(frozen=True, kw_only=True)
class LedgerSettings:
    """Limits of posting."""

    post_attempts: int = setting(
        "STEWARD_LEDGER_POST_ATTEMPTS",
        50,
        "How often a posting starts again because another writer got into the same book first, before it gives up.",
    )
