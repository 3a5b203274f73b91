"""Alerts: taken in hand by a named member of the safeguarding team, or escalated."""

from __future__ import annotations

from services.safeguarding.model import concerns as model
from services.safeguarding.model.concerns import Concern
from services.safeguarding.ports import Board, Records
from shared.clock import Clock
from shared.context import Caller
from shared.messaging.aggregates import Decision, Stored
from shared.messaging.cause import Cause


def acknowledge_alert(
    alert_id: str, *, caller: Caller, concerns: Records[Concern], board: Board, clock: Clock, cause: Cause
) -> Stored[Concern]:
    """The caller has the alert in hand. Asking again gives the same answer; `AlertInHand` says who else has it.

    Raises `NotFound`, also for those the concern is about.
    """
    stored = board.concern_of_alert(alert_id, caller)
    if stored.state.alert.acknowledged_by == caller.actor_id:
        return stored
    at = clock.now()

    def decide(concern: Concern) -> Decision[Concern]:
        return model.acknowledge(concern, by=caller.actor_id, at=at)

    return concerns.change(stored.id, decide, cause=cause)


def escalate_alert(concern_id: str, *, concerns: Records[Concern], clock: Clock, cause: Cause) -> Stored[Concern]:
    """Marks an alert that nobody acknowledged in time and tells it, once."""
    at = clock.now()
    return concerns.change(concern_id, lambda concern: model.escalate(concern, at=at), cause=cause)
