"""Holding payees: safeguarding says who and from when, never why."""

from __future__ import annotations

from services.ledger.model.holds import PayeeHold
from shared.errors import NotFound
from shared.events.safeguarding import RestrictionImposed, RestrictionLifted
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import Cause


def follow_restriction(
    event: RestrictionImposed | RestrictionLifted, *, council_id: str, cause: Cause, holds: Aggregates[PayeeHold]
) -> None:
    """Puts the party on hold as a payee, or lets it be paid again (CE 7.9)."""
    hold = PayeeHold(party_id=event.party_id, held=isinstance(event, RestrictionImposed), from_at=event.from_at)
    try:
        holds.change(event.party_id, lambda _: Decision(state=hold), cause=cause)
    except NotFound:
        holds.create(event.party_id, Decision(state=hold), council_id=council_id, cause=cause)
