from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.safeguarding.handlers.restrictions import restriction_of
from shared.context import Caller
from shared.events.envelope import Envelope, read_headers
from shared.events.safeguarding import ALERT, CONCERN, RESTRICTION
from shared.ids import SHARDS
from shared.messaging.broker.topology import ServiceDeclaration, build, safeguarding_queue, shard_queue
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.reader import QueueReader
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cheshire-east"
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,))
TEAM = Caller(actor_id="worker-1", roles=("safeguarding_team",), councils=(COUNCIL,))
SECRET = "Sample Person 0007 was left without meals by Alex Example"


class Outside:
    """A party that takes the restriction stream, as the PA registry does, and the council's safeguarding team."""

    def __init__(self, running: RunningPlatform) -> None:
        self.restrictions: list[Delivery] = []
        self.alerts: list[Delivery] = []
        callbacks = {shard_queue("probe", n): self.restrictions.append for n in range(SHARDS)}
        callbacks[safeguarding_queue(COUNCIL)] = self.alerts.append
        self.reader = QueueReader(running.settings.broker_url, callbacks, prefetch=5)
        self.reader.start()

    def envelopes(self) -> list[Envelope]:
        return [read_headers(delivery.headers, delivery.body) for delivery in self.restrictions]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def running(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPlatform]:
    """Safeguarding alone, with a probe in the place of those who list and pay people."""
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: clock)
    monkeypatch.setattr("shared.runtime.platform.topology_of", _with_probe)
    platform = RunningPlatform(tmp_path, services=["safeguarding"])
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def outside(running: RunningPlatform) -> Iterator[Outside]:
    listening = Outside(running)
    yield listening
    listening.reader.stop(deadline_seconds=2.0)


def _with_probe(services: Any, councils: Any, queue_type: str, **_: Any) -> Any:
    safeguarding = ServiceDeclaration(name="safeguarding", publishes=(CONCERN, RESTRICTION, ALERT), handles=(CONCERN,))
    probe = ServiceDeclaration(name="probe", publishes=(), handles=(RESTRICTION,))
    return build([safeguarding, probe], councils)


def raise_concern(running: RunningPlatform, **changes: Any) -> str:
    payload = {
        "council_id": COUNCIL,
        "person_id": "per-0007",
        "categories": ["neglect"],
        "description": SECRET,
        "alleged_kind": "personal_assistant",
        "alleged_id": "pa-0001",
        "consent_sought": True,
        **changes,
    }
    receipt = running.call("safeguarding", "raise_concern", payload, replace(ADVISER, idempotency_key=str(changes)))
    return str(receipt["id"])


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = TEAM) -> dict[str, Any]:
    return running.call("safeguarding", method, payload, caller)


def test_a_concern_restricts_those_alleged_and_nothing_published_says_why(
    running: RunningPlatform, outside: Outside
) -> None:
    with capture_logs() as logs:
        concern_id = raise_concern(running)
        eventually(lambda: outside.restrictions)

    [imposed] = outside.envelopes()
    assert (imposed.type, imposed.data["party_id"]) == ("restriction.imposed", "pa-0001")
    assert set(imposed.data) == {"party_id", "kind", "from_at"}
    [concern] = running.published("safeguarding", stream="concern", subject=concern_id)
    raw = json.dumps(imposed.as_json()) + str(outside.restrictions[0].headers) + outside.restrictions[0].routing_key
    for trace in (
        concern_id,
        concern.id,
        concern.correlationid,
        concern.causationid,
        "adviser-1",
        "per-0007",
        "neglect",
    ):
        assert trace not in raw
    assert all(word not in str(logs) for word in ("Sample Person", "Alex Example"))


def test_the_safeguarding_team_gets_the_alert_with_ids_only(running: RunningPlatform, outside: Outside) -> None:
    concern_id = raise_concern(running, urgent=True)

    [alert] = eventually(lambda: outside.alerts)

    told = read_headers(alert.headers, alert.body)
    assert told.data.keys() == {"alert_id", "concern_id", "raised_at", "priority"}
    assert (told.data["concern_id"], told.data["priority"]) == (concern_id, "urgent")


def test_duplicates_and_replays_leave_one_restriction(running: RunningPlatform, outside: Outside) -> None:
    first = raise_concern(running)
    again = raise_concern(running)
    eventually(lambda: outside.restrictions)
    [concern] = running.published("safeguarding", stream="concern", subject=first)

    for _ in range(3):
        running.publish(concern, owner="safeguarding")
    other = raise_concern(running, person_id="per-0008")
    [after] = eventually(lambda: running.published("safeguarding", stream="concern", subject=other))
    running.settled("safeguarding", after)

    assert again == first
    assert [envelope.type for envelope in outside.envelopes()] == ["restriction.imposed"]
    assert len(running.published("safeguarding", stream="restriction", subject=restriction_of("pa-0001"))) == 1


def test_the_journey_of_a_concern_to_its_end_lifts_the_restriction(running: RunningPlatform, outside: Outside) -> None:
    concern_id = raise_concern(running)
    [alert] = ask(running, "list_alerts", {"open": True})["items"]
    taken = ask(running, "acknowledge_alert", {"id": alert["id"]})

    ask(running, "triage_concern", {"id": concern_id, "procedures_apply": True, "reason": "meets the test"})
    ask(running, "decide_section_42", {"id": concern_id, "decision": "council-enquires", "reason": "risk"})
    concluded = ask(
        running, "conclude_concern", {"id": concern_id, "outcome": "not substantiated", "restriction_lifted": True}
    )
    eventually(lambda: len(outside.restrictions) == 2)

    assert (taken["acknowledged_by"], taken["open"]) == ("worker-1", False)
    assert concluded["state"] == "concluded"
    assert [envelope.type for envelope in outside.envelopes()] == ["restriction.imposed", "restriction.lifted"]
    history = ask(running, "concern_history", {"id": concern_id})["items"]
    assert [line["type"] for line in history] == [
        "concern.raised",
        "alert.acknowledged",
        "concern.triaged",
        "concern.s42.decided",
        "concern.concluded",
    ]


def test_an_alert_left_alone_is_escalated_by_the_clock_once(running: RunningPlatform, clock: FixedClock) -> None:
    concern_id = raise_concern(running)
    clock.advance(timedelta(minutes=61))

    def escalated() -> list[Envelope]:
        told = running.published("safeguarding", stream="concern", subject=concern_id)
        return [envelope for envelope in told if envelope.type == "alert.escalated"]

    eventually(escalated)
    clock.advance(timedelta(days=1))
    other = raise_concern(running, person_id="per-0008")
    clock.advance(timedelta(days=1))
    eventually(
        lambda: len(running.published("safeguarding", stream="concern", subject=other)) == 2,
    )

    assert len(escalated()) == 1
    [board] = [a for a in ask(running, "list_alerts", {})["items"] if a["concern_id"] == concern_id]
    assert board["escalated_at"]


@pytest.mark.parametrize(
    "caller",
    [
        replace(TEAM, actor_id="pa-0001"),
        replace(TEAM, organisation_id="pa-0001"),
        replace(TEAM, councils=("cambridgeshire-peterborough",)),
    ],
    ids=["the one it is about", "their organisation", "another council"],
)
def test_a_concern_is_not_found_by_those_who_may_not_know_of_it(running: RunningPlatform, caller: Caller) -> None:
    concern_id = raise_concern(running)

    for method in ("get_concern", "concern_history"):
        with pytest.raises(ServiceRefusal) as refused:
            ask(running, method, {"id": concern_id}, caller)
        assert refused.value.problem()["kind"] == "not-found"
    assert ask(running, "list_concerns", {}, caller)["items"] == []
    assert ask(running, "list_alerts", {}, caller)["items"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"categories": ["gossip"]}, "categories.0"),
        ({"categories": []}, "categories"),
        ({"description": ""}, "description"),
        ({"consent_sought": False}, "consent_not_sought_reason"),
        ({"alleged_kind": None}, "alleged_kind"),
        ({"person_id": "../../etc"}, "person_id"),
        ({"surprise": True}, "surprise"),
    ],
)
def test_each_bad_field_of_a_concern_is_named(running: RunningPlatform, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ServiceRefusal) as refused:
        raise_concern(running, **changes)

    problem = refused.value.problem()
    assert problem["kind"] == "invalid"
    assert [error["field"] for error in problem["errors"]] == [field]
