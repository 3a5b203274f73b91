"""Events as they arrive."""

from __future__ import annotations

from typing import Any

from shared.events.envelope import Envelope, event_id, stream_key
from shared.events.language import Event
from tests.support.clocks import A_MONDAY_MORNING


def envelope_of(event: Event, *, subject: str, sequence: int = 1, **given: Any) -> Envelope:
    """The event in its envelope, told on a Monday morning by a worker of Cheshire East unless something else is given."""
    stream = event.stream.name
    values: dict[str, Any] = {
        "id": event_id(stream, subject, sequence),
        "source": f"/services/{event.stream.owner}",
        "type": event.type,
        "time": A_MONDAY_MORNING,
        "subject": subject,
        "dataschema": event.dataschema(),
        "sequence": sequence,
        "partitionkey": stream_key(stream, subject),
        "correlationid": "cor-1",
        "causationid": "cau-1",
        "data": event.as_data(),
        "councilid": "cheshire-east",
        "actorid": "worker-1",
    }
    return Envelope(**{**values, **given})
