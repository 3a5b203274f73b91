"""What was published, taken anew by services that have nothing yet: their records become what they were (T15), also when every
message comes one to three times and out of order (T6)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.ledger.store import PAYEE_HOLDS
from services.notifications.store import CONTACTS, NOTIFICATIONS
from services.pa_registry.store import RESTRICTIONS
from services.safeguarding.store import RESTRICTIONS as IMPOSED
from shared.context import Caller
from shared.events.envelope import Envelope, read_structured
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.publishing.event_log import EVENT_LOG
from shared.samples.generating import SampleCouncil
from shared.store.documents import Collection
from tests.support.clocks import A_MONDAY_MORNING, FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cheshire-east"
COUNCIL_SYSTEM = Caller(actor_id="council-1", roles=("council_system",), councils=(COUNCIL,))
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,))
SERVICES = ("referrals", "pa_registry", "safeguarding", "ledger", "notifications")
REFERRALS, CONCERNS, WINDOW = 21, 9, 50
MADE_FROM_EVENTS: dict[str, tuple[Collection, ...]] = {
    "notifications": (CONTACTS, NOTIFICATIONS),
    "pa_registry": (RESTRICTIONS,),
    "ledger": (PAYEE_HOLDS,),
    "safeguarding": (IMPOSED,),
}


class Town(RunningPlatform):
    """The whole platform under a clock that stands still."""

    def __init__(self, data: Path) -> None:
        super().__init__(data, services=SERVICES)

    def live(self) -> None:
        """A morning of referrals, decisions and concerns."""
        events = SampleCouncil(council_id=COUNCIL, now=A_MONDAY_MORNING).referrals(REFERRALS)
        answer = self.call("referrals", "take_in_events", {"council_id": COUNCIL, "events": events}, COUNCIL_SYSTEM)
        complete = [each["record_id"] for each in answer["results"]][:6]
        for referral_id in complete:
            self.call("referrals", "accept_referral", {"id": referral_id, "worker_id": "worker-1"}, ADVISER)
        for number in range(CONCERNS):
            self.call("safeguarding", "raise_concern", a_concern(number), ADVISER)

    def log(self) -> list[Envelope]:
        """Everything that was published, as it was logged."""
        entries = [entry for name in SERVICES for entry in self._all(name, EVENT_LOG)]
        return [read_structured(entry["envelope"]) for entry in sorted(entries, key=lambda entry: entry["_id"])]

    def take(self, messages: Sequence[Envelope]) -> None:
        """Hands each message to every service whose stream it is."""
        for envelope in messages:
            for name in self.readers(envelope):
                consumer = self.resources(name).consumer
                assert consumer is not None
                consumer.receive(a_delivery(envelope))
                consumer.settle()

    def readers(self, envelope: Envelope) -> list[str]:
        services = self.platform.services
        return [name for name in SERVICES if envelope.stream in {stream.name for stream in services[name].handles}]

    def is_settled(self) -> bool:
        """Whether nothing is under way: no outbox has anything, nothing is held, every message was sent or given up."""
        states = [self.resources(name).health() for name in SERVICES]
        pending = [n for n in self._all("notifications", NOTIFICATIONS) if n["state"]["state"] == "pending"]
        return not pending and all(s["outbox_waiting"] == 0 and not s["held"] for s in states)

    def records(self) -> dict[str, Any]:
        """What was made from events, by service, collection and id."""
        return {
            f"{service}/{collection.name}/{document['_id']}": document["state"]
            for service, collections in MADE_FROM_EVENTS.items()
            for collection in collections
            for document in self._all(service, collection)
        }

    def _all(self, service: str, collection: Collection) -> list[dict[str, Any]]:
        return self.platform.store(service).documents(collection).find(limit=10_000).items


def a_concern(number: int) -> dict[str, Any]:
    return {
        "council_id": COUNCIL,
        "person_id": f"per-{number:04}",
        "categories": ["neglect"],
        "description": "Sample words",
        "alleged_kind": "personal_assistant",
        "alleged_id": f"pa-{number:04}",
        "consent_sought": True,
    }


def a_delivery(envelope: Envelope) -> Delivery:
    return Delivery(
        body=envelope.body(),
        headers=envelope.headers(),
        content_type="application/json",
        message_id=envelope.id,
        user_id=None,
        routing_key=envelope.routing_key,
        exchange="",
        redelivered=False,
        delivery_tag=1,
    )


def in_disorder(messages: Sequence[Envelope], draw: random.Random) -> list[Envelope]:
    """Each message one to three times, shuffled in windows."""
    copies = [message for message in messages for _ in range(draw.randint(1, 3))]
    windows = [copies[start : start + WINDOW] for start in range(0, len(copies), WINDOW)]
    return [message for window in windows for message in draw.sample(window, len(window))]


@pytest.fixture
def towns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Town]]:
    """One that lives, and two that are only told."""
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: FixedClock())
    started = [Town(tmp_path / str(number)) for number in range(3)]
    for town in started:
        town.start()
    yield started
    for town in started:
        town.stop()


@pytest.mark.timeout(180)
def test_records_made_from_events_are_the_same_again_in_whatever_order_they_are_told(towns: list[Town]) -> None:
    lived, told, confused = towns
    lived.live()
    eventually(lived.is_settled, within=60)
    messages = lived.log()

    told.take(messages)
    confused.take(in_disorder(messages, random.Random(6)))
    for town in (told, confused):
        eventually(town.is_settled, within=60)

    records = lived.records()
    assert len({key.split("/")[0] for key in records}) == len(MADE_FROM_EVENTS)
    assert told.records() == records
    assert confused.records() == records
