"""How people are reached."""

from __future__ import annotations

from typing import Any

from services.referrals.model.parties import Person
from shared.events.schemas import dump_event
from shared.messaging.aggregates import Stored


def person_out(stored: Stored[Person]) -> dict[str, Any]:
    """How a person is to be reached."""
    contact: dict[str, Any] = dump_event(stored.state.contact)
    return contact | {"id": stored.id, "version": stored.version, "council_id": stored.council_id}
