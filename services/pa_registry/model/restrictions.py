"""Who may not be listed, as safeguarding tells it: from when, never why (CE 7.9). Kept also for those not yet known here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from shared.messaging.aggregates import Decision


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """Whether a party is restricted now, and since when that is so."""

    party_id: str
    in_force: bool
    from_at: datetime


def follow(restriction: Restriction, *, in_force: bool, from_at: datetime) -> Decision[Restriction]:
    """What safeguarding told last is what holds."""
    return Decision(state=replace(restriction, in_force=in_force, from_at=from_at))
