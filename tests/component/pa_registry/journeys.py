"""What people do with the register, as they do it: through the service's own calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from shared.context import Caller
from shared.events.envelope import Envelope, event_id, stream_key
from shared.events.language import Event
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL, OTHER_COUNCIL = "cheshire-east", "cambridgeshire-peterborough"
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,))
EMPLOYER = Caller(actor_id="person-1", roles=("person",), councils=(COUNCIL,))
TEAM = Caller(actor_id="worker-1", roles=("safeguarding_team",), councils=(COUNCIL,))
PUBLIC = Caller(actor_id="public", roles=("public",))
CREWE, NEAR_CREWE, MACCLESFIELD = "CW1 2AB", "CW2 7AA", "SK11 6AA"


def a_personal_assistant(callsign: str, number: int) -> Caller:
    """A personal assistant's own sign-in."""
    return Caller(actor_id=f"{callsign}-{number:04d}", roles=("personal_assistant",), councils=(COUNCIL,))


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The running register, and the steps that tests take."""

    running: RunningPlatform
    clock: FixedClock

    def call(self, method: str, payload: dict[str, Any], caller: Caller = ADVISER) -> dict[str, Any]:
        """The register's answer, under an idempotency key of its own."""
        keyed = caller if caller.idempotency_key else replace(caller, idempotency_key=uuid4().hex)
        return self.running.call("pa_registry", method, payload, keyed)

    def register(self, *, caller: Caller = ADVISER, **changes: Any) -> str:
        """A new entry's id."""
        given = {
            "council_id": COUNCIL,
            "headline": "Patient and practical",
            "about": "Likes gardens.",
            "facets": {"skills": ["personal-care"], "languages": ["english"], "gender": ["woman"]},
            "shown": ["skills", "languages"],
            "postcode": CREWE,
            "contact": {"name": "Alex Example", "email": "alex@example.org", "preferred_channel": "email"},
        }
        return str(self.call("register_personal_assistant", given | changes, caller)["id"])

    def check(self, entry_id: str, **changes: Any) -> dict[str, Any]:
        """An enhanced DBS check, unless told otherwise."""
        given = {"id": entry_id, "check": "dbs", "checked_on": "2026-01-15", "level": "enhanced"}
        return self.call("record_check", given | changes)

    def publish(self, entry_id: str) -> dict[str, Any]:
        return self.call("publish_personal_assistant", {"id": entry_id})

    def listed(self, **changes: Any) -> str:
        """Registered, checked, published, and in the index."""
        entry_id = self.register(**changes)
        self.check(entry_id)
        self.publish(entry_id)
        self.settled(entry_id)
        return entry_id

    def search(self, caller: Caller = EMPLOYER, **asked: Any) -> dict[str, Any]:
        return self.call("search_personal_assistants", {"selections": {}, **asked}, caller)

    def found(self, caller: Caller = EMPLOYER, **asked: Any) -> set[str]:
        """The ids of the hits."""
        return {hit["id"] for hit in self.search(caller, **asked)["items"]}

    def status(self, entry_id: str) -> str:
        return str(self.call("get_personal_assistant", {"id": entry_id})["status"])

    def told(self, entry_id: str, *, stream: str = "pa") -> list[Envelope]:
        """What the register published of an entry, in order."""
        return self.running.published("pa_registry", stream=stream, subject=entry_id)

    def types(self, entry_id: str) -> list[str]:
        return [envelope.type for envelope in self.told(entry_id)]

    def settled(self, entry_id: str) -> None:
        """Returns once the index has followed everything that was published of an entry."""
        outbox = self.running.resources("pa_registry").plugin.collections[0]
        documents = self.running.resources("pa_registry").documents(outbox)
        eventually(lambda: (documents.get(entry_id) or {"outbox": [1]})["outbox"] == [])
        self.running.settled("pa_registry", self.told(entry_id)[-1])

    def tell(self, event: Event, *, sequence: int) -> Envelope:
        """Publishes a safeguarding event at this place of its party's restriction stream."""
        subject = f"rst-{getattr(event, 'party_id', '')}"
        envelope = Envelope(
            id=event_id("restriction", subject, sequence),
            source="/services/safeguarding",
            type=event.type,
            time=self.clock.now(),
            subject=subject,
            dataschema=event.dataschema(),
            sequence=sequence,
            partitionkey=stream_key("restriction", subject),
            correlationid="cor-1",
            causationid="cau-1",
            councilid=COUNCIL,
            actorid="service:safeguarding",
            data=event.as_data(),
        )
        self.running.publish(envelope, owner="safeguarding")
        return envelope
