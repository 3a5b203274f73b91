"""The nameko class of the witness: one append for each event, under the platform's own write protocol."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nameko.extensions import DependencyProvider

from shared.errors import Conflict
from shared.events.envelope import Envelope
from shared.events.language import Event, declared_types
from shared.messaging.aggregates import Aggregates, Decision
from shared.messaging.cause import of_event
from shared.messaging.consuming.durable import handles
from shared.runtime.service import StewardService, resources_of
from tests.faults.witness.plugin import PLUGIN
from tests.faults.witness.store import SEEN, SIGHTINGS, Seen, Sighting, page_key, page_of

FAILS_AT = "STEWARD_WITNESS_FAILS_AT"


class Notebook(DependencyProvider):
    """Gives workers the witness's records."""

    def get_dependency(self, worker_ctx: Any) -> Aggregates[Seen]:
        return resources_of(self.container).aggregates(SIGHTINGS, SEEN)


def append(event: Event, envelope: Envelope, *, notebook: Aggregates[Seen], at: datetime) -> None:
    """Adds the event to its page of its stream, whatever is there: nothing but the protocol keeps it from being there twice."""
    sighting = Sighting(
        event_id=envelope.id,
        type=event.type,
        sequence=envelope.sequence,
        operation_id=envelope.correlationid,
        at=at,
    )
    stream, page, cause = envelope.partitionkey, page_of(envelope.sequence), of_event(envelope)
    key, first = page_key(stream, page), Decision(state=Seen(stream=stream, page=page, sightings=(sighting,)))
    try:
        notebook.create(key, first, council_id=envelope.councilid, cause=cause)
    except Conflict:
        notebook.change(
            key, lambda seen: Decision(state=replace(seen, sightings=(*seen.sightings, sighting))), cause=cause
        )


def fail_if_told_to(envelope: Envelope) -> None:
    """Fails for the records that the file named by STEWARD_WITNESS_FAILS_AT names, for as long as it does."""
    file = Path(os.environ.get(FAILS_AT, os.devnull))
    if file.exists() and envelope.subject in file.read_text(encoding="utf-8").split():
        raise RuntimeError("told to fail")


class WitnessService(StewardService):
    """Handles every event of its streams alike."""

    name = "witness"
    notebook: Any = Notebook()

    def on_event(self, event: Event, envelope: Envelope) -> None:
        fail_if_told_to(envelope)
        append(event, envelope, notebook=self.notebook, at=self.resources.clock.now())

    for event_class in declared_types().values():
        if event_class.stream in PLUGIN.handles:
            on_event = handles(event_class)(on_event)
    del event_class
