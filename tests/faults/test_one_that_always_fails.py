"""T8: a handler that always fails on one record of many: all others finish, its own events wait in order, replay completes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.clock import SystemClock
from shared.events.envelope import stream_key
from shared.ids import derived_id
from shared.messaging.consuming.held import HELD
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE
from shared.store.documents import Equal
from tests.faults.conftest import ON_SQLITE, store_url
from tests.faults.fleet import PLATFORM, Fleet, embedded, on_engines
from tests.faults.witness.service import FAILS_AT
from tests.faults.witness.store import SEEN, SIGHTINGS, page_key
from tests.support.waiting import eventually

RECORDS = int(os.environ.get("STEWARD_FAULTS_RECORDS", "300"))
BATCH = 10
FAILING = RECORDS // 2
DONE_SECONDS = 300
SERVICES = ("referrals", "notifications", "witness")

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture(params=["embedded", ON_SQLITE])
def fleet(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    """A platform whose witness fails at one record, told by a file."""
    monkeypatch.setenv(FAILS_AT, str(tmp_path / "fails"))
    (tmp_path / "fails").write_text(record_id(FAILING), encoding="utf-8")
    if request.param == "embedded":
        with embedded(tmp_path, services=SERVICES) as running:
            yield running
        return
    broker, stores = os.environ["STEWARD_TEST_RABBITMQ_URL"], store_url(request.param, tmp_path)
    with on_engines(tmp_path, broker_url=broker, store_url=stores, services=SERVICES) as running:
        yield running


def record_id(number: int) -> str:
    return derived_id("ref", CE, name_of(number))


def name_of(number: int) -> str:
    return f"one-of-many-{number}"


def submit_all(fleet: Fleet) -> None:
    """Sends every referral, as the council's case system would by HTTP."""
    sample = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]
    events = [an_event(sample, name_of(number)) for number in range(RECORDS)]
    headers = {
        "Authorization": f"Bearer {fleet.token(role='council_system', councils=(CE,))}",
        "Content-Type": "application/cloudevents-batch+json",
    }
    for start in range(0, RECORDS, BATCH):
        body = json.dumps(events[start : start + BATCH])
        eventually(lambda body=body: is_taken_in(fleet, body, headers), within=DONE_SECONDS)


def is_taken_in(fleet: Fleet, body: str, headers: dict[str, str]) -> bool:
    """Whether the batch was taken in now; a busy platform may say "not now", and a repeat is a duplicate."""
    reply = requests.post(f"{fleet.address}/api/v1/events", data=body, headers=headers, timeout=60)
    if not reply.ok:
        return False
    assert {result["outcome"] for result in reply.json()["results"]} <= {"accepted", "duplicate"}, reply.text[:500]
    return True


def an_event(sample: dict[str, Any], name: str) -> dict[str, Any]:
    person = sample["data"]["person"] | {"person_reference": name}
    return sample | {"id": name, "data": sample["data"] | {"referral_reference": name, "person": person}}


def applied(fleet: Fleet, number: int) -> list[int]:
    """The places of a record's stream that the witness has applied, in order of application."""
    with fleet.store("witness") as store:
        found = store.documents(SIGHTINGS).get(page_key(stream_key("referral", record_id(number))))
    return [sighting.sequence for sighting in SEEN.load(found["state"]).sightings] if found else []


def records_applied(fleet: Fleet) -> int:
    with fleet.store("witness") as store:
        return store.documents(SIGHTINGS).count()


def held(fleet: Fleet) -> list[tuple[int, str]]:
    """What the witness holds: place in the stream and reason, first to last; nothing of any other record."""
    with fleet.store("witness") as store:
        found = store.documents(HELD).find([Equal(path="state", value="held")], limit=100).items
    assert {document["stream_key"] for document in found} <= {stream_key("referral", record_id(FAILING))}
    return sorted((document["sequence"], document["reason"]) for document in found)


def test_one_record_that_always_fails_holds_up_itself_alone_and_completes_when_mended(
    fleet: Fleet, tmp_path: Path
) -> None:
    submit_all(fleet)
    adviser = fleet.client(role="adviser", council_id=CE)
    adviser.post(f"/referrals/{record_id(FAILING)}/accept", {}, key="accept-the-one")

    eventually(lambda: records_applied(fleet) == RECORDS - 1, within=DONE_SECONDS)
    waiting = eventually(lambda: parked_first(held(fleet)), within=DONE_SECONDS)

    assert applied(fleet, FAILING) == []
    assert waiting == [(1, "parked"), *((place, "gap") for place in range(2, len(waiting) + 1))]
    assert len(waiting) >= 3
    (tmp_path / "fails").unlink()
    mend(fleet)
    eventually(lambda: held(fleet) == [], within=DONE_SECONDS)
    assert applied(fleet, FAILING) == [place for place, _ in waiting]
    assert records_applied(fleet) == RECORDS


def parked_first(waiting: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """What is held, once the first of it is given up trying and at least two more wait behind it."""
    return waiting if len(waiting) >= 3 and waiting[0] == (1, "parked") else []


def mend(fleet: Fleet) -> None:
    """What an operator does: find the parked message, and replay it."""
    data = ["--data", str(fleet.processes.folder / "data")] if PLATFORM in fleet.members else []
    listed = fleet.processes.run("parked", "list", "--service", "witness", "--reason", "parked", "--json", *data)
    [parked] = json.loads(listed)
    fleet.processes.run("parked", "replay", parked["id"], "--service", "witness", *data)
