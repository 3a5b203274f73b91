"""The alert that goes out with a concern, for webhooks: the very event that the council's own queue gets."""

from __future__ import annotations

from dataclasses import replace

from shared.events.envelope import Envelope, event_id, stream_key
from shared.events.safeguarding import ALERT, AlertRaised, ConcernRaised

FIRST = 1
"""An alert is raised once, so its event is the first of its stream."""


def alert_of(event: ConcernRaised, envelope: Envelope) -> Envelope | None:
    """`alert.raised` as safeguarding tells it with this concern; `None` for a concern without an alert."""
    if event.alert_id is None:
        return None
    told = AlertRaised(
        alert_id=event.alert_id,
        concern_id=event.concern_id,
        raised_at=event.alert_raised_at or envelope.time,
        priority=event.priority,
    )
    return replace(
        envelope,
        id=event_id(ALERT.name, event.alert_id, FIRST),
        type=told.type,
        subject=event.alert_id,
        dataschema=told.dataschema(),
        sequence=FIRST,
        partitionkey=stream_key(ALERT.name, event.alert_id),
        data=told.as_data(),
    )
