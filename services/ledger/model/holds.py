"""A payee on hold: from when, never why (the cause stays in safeguarding)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PayeeHold:
    """Whether this party may be paid, since when."""

    party_id: str
    held: bool
    from_at: datetime


def hold_as_json(hold: PayeeHold) -> dict[str, Any]:
    """The stored form."""
    return {"party_id": hold.party_id, "held": hold.held, "from_at": hold.from_at}


def hold_from_json(values: Mapping[str, Any]) -> PayeeHold:
    """The hold that was stored."""
    return PayeeHold(party_id=values["party_id"], held=values["held"], from_at=values["from_at"])
