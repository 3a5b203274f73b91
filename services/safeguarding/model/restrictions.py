"""Who may not be listed or paid, and from when: counted over the concerns about them, told without cause (CE 7.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.aggregates import Decision

Kind = Literal["personal_assistant", "provider", "staff"]


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """One party's restriction. In force while a concern is open; `kinds` are those it was told under."""

    restriction_id: str
    party_id: str
    concern_ids: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()

    @property
    def in_force(self) -> bool:
        return bool(self.concern_ids)


def impose(restriction: Restriction, *, concern_id: str, kind: Kind, at: datetime) -> Decision[Restriction]:
    """One more concern holds the party back; told only when none did before.

    A party may be known under two kinds (a personal assistant who is also staff); each kind's register is told.
    """
    concern_ids = restriction.concern_ids
    if concern_id not in concern_ids:
        concern_ids = (*concern_ids, concern_id)
    if kind in restriction.kinds:
        return Decision(state=replace(restriction, concern_ids=concern_ids))
    told = RestrictionImposed(party_id=restriction.party_id, kind=kind, from_at=at)
    state = replace(restriction, concern_ids=concern_ids, kinds=(*restriction.kinds, kind))
    return Decision(state=state, events=[told])


def release(restriction: Restriction, *, concern_id: str, at: datetime) -> Decision[Restriction]:
    """One concern less; told only when none is left."""
    left = tuple(known for known in restriction.concern_ids if known != concern_id)
    if left or not restriction.in_force:
        return Decision(state=replace(restriction, concern_ids=left))
    told = [RestrictionLifted(party_id=restriction.party_id, kind=kind, from_at=at) for kind in restriction.kinds]
    return Decision(state=replace(restriction, concern_ids=(), kinds=()), events=told)
