"""A payee on hold: from when, never why (the cause stays in safeguarding)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class PayeeHold:
    """Whether this party may be paid, since when."""

    party_id: str
    held: bool
    from_at: datetime
