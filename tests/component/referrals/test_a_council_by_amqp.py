"""Referrals as councils and callers meet it: events through a council's own exchange, answers on its results queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from structlog.testing import capture_logs

from services.referrals.plugin import PLUGIN
from shared.context import Caller
from shared.events.envelope import Envelope, read_headers
from shared.events.referrals import CONTACT, REFERRAL
from shared.ids import SHARDS
from shared.messaging.broker.topology import (
    Binding,
    Queue,
    ServiceDeclaration,
    Topology,
    build,
    intake_exchange,
    results_queue,
    shard_queue,
)
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.reader import QueueReader
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually
from tests.unit.referrals.builders import CE, CP, a_provider, an_event, submission

ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,))
SYSTEM = Caller(actor_id="system-ce", roles=("council_system",), councils=(CE,))
STRUCTURED = "application/cloudevents+json"
SECRETS = ("Sample Person", "person-0007@example.org", "07700 900007", "CW1 2AB", "Sample Social Worker")


class Outside:
    """Cheshire East's side of the broker, and a spy on every exchange."""

    def __init__(self, running: RunningPlatform) -> None:
        self._url = running.settings.broker_url
        self.answered: list[Delivery] = []
        self.seen: dict[str, list[Delivery]] = {
            exchange.name: [] for exchange in running.platform.topology.exchanges if _is_watched(exchange.name)
        }
        callbacks = {spy_queue(name): deliveries.append for name, deliveries in self.seen.items()}
        callbacks |= {shard_queue("taker", shard): _takes for shard in range(SHARDS)}
        self.reader = QueueReader(self._url, callbacks | {results_queue(CE): self.answered.append}, prefetch=5)
        self.reader.start()

    def send(self, body: Any, *, exchange: str = intake_exchange(CE), **properties: Any) -> None:
        """One message, as a council's case system publishes it."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = properties.pop("headers", {})
        with Connection(self._url) as connection:
            channel = connection.channel()
            message = channel.prepare_message(
                raw, headers=headers, properties={"delivery_mode": 2, **properties}, content_type=STRUCTURED
            )
            channel.basic_publish(message, exchange=exchange, routing_key="referral.submitted")

    def answer_to(self, body: Any, **properties: Any) -> dict[str, Any]:
        """The answer to one message, which is the next: those to several come in any order."""
        before = len(self.answered)
        self.send(body, **properties)
        return self.answers(before + 1)[before]

    def answers(self, count: int) -> list[dict[str, Any]]:
        """The first answers on the results queue, once there are so many."""
        eventually(lambda: len(self.answered) >= count)
        return [json.loads(delivery.body) for delivery in self.answered]


def _takes(delivery: Delivery) -> None:
    """Whoever takes the streams has nothing to do with this one."""


def spy_queue(exchange: str) -> str:
    return f"spy.{exchange}"


def _is_watched(exchange: str) -> bool:
    return not exchange.startswith(("in.", "nameko", "steward."))


def _with_spies(services: Any, councils: Any, queue_type: str, **_: Any) -> Topology:
    """Referrals, someone who takes its streams, and a queue that takes everything from each exchange."""
    referrals = ServiceDeclaration(name="referrals", publishes=PLUGIN.publishes, handles=PLUGIN.handles)
    teller = ServiceDeclaration(name="notifications", publishes=PLUGIN.handles, handles=())
    taker = ServiceDeclaration(name="taker", publishes=(), handles=(REFERRAL, CONTACT))
    topology = build([referrals, teller, taker], councils, queue_type="classic")
    watched = [exchange.name for exchange in topology.exchanges if _is_watched(exchange.name)]
    return replace(
        topology,
        queues=(*topology.queues, *(Queue(name=spy_queue(name)) for name in watched)),
        bindings=(*topology.bindings, *(Binding(exchange=name, queue=spy_queue(name), key="#") for name in watched)),
    )


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def running(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPlatform]:
    """Referrals alone, on a Monday morning."""
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: clock)
    monkeypatch.setattr("shared.runtime.platform.topology_of", _with_spies)
    running = RunningPlatform(tmp_path, services=["referrals"])
    running.start()
    yield running
    running.stop()


@pytest.fixture
def outside(running: RunningPlatform) -> Iterator[Outside]:
    listening = Outside(running)
    yield listening
    listening.reader.stop(deadline_seconds=2.0)


def ask(running: RunningPlatform, method: str, payload: dict[str, Any], caller: Caller = ADVISER) -> dict[str, Any]:
    return running.call("referrals", method, payload, caller)


def taken_in(running: RunningPlatform, **changes: Any) -> str:
    """The id of a referral that the council sent over HTTP."""
    sent = {"council_id": CE, "events": [an_event(**changes)]}
    (answer,) = ask(running, "take_in_events", sent, SYSTEM)["results"]
    assert answer["outcome"] == "accepted", answer
    return str(answer["record_id"])


def test_each_event_is_answered_on_the_councils_own_results_queue(running: RunningPlatform, outside: Outside) -> None:
    event = an_event()
    documents = (
        event,
        event,
        event | {"data": submission(urgency="emergency")},
        an_event(data__care_and_support_plan=None, data__referral_reference="REF-0008"),
        an_event(council_id=CP),
        an_event(type="referral.invented"),
        an_event(data__referral_reference=None, data__weekly_budget_pence=-1),
    )

    answers = [outside.answer_to(document) for document in documents]

    assert [(a["outcome"], a.get("problem")) for a in answers] == [
        ("accepted", None),
        ("duplicate", None),
        ("refused", "key-reused"),
        ("accepted", None),
        ("refused", "invalid"),
        ("refused", "invalid"),
        ("refused", "invalid"),
    ]
    assert answers[0]["event_id"] == event["id"]
    assert answers[1]["record_id"] == answers[0]["record_id"]
    assert answers[3]["missing"] == ["care_and_support_plan"]
    assert [error["field"] for error in answers[4]["errors"]] == ["source"]
    assert [error["field"] for error in answers[5]["errors"]] == ["type"]
    assert [error["field"] for error in answers[6]["errors"]] == ["data.referral_reference"]
    assert len(ask(running, "list_referrals", {})["items"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\xff\xfe{}", id="not UTF-8"),
        pytest.param(b'{"id": "cut', id="cut off"),
        pytest.param(b'{"id": "a", "id": "b"}', id="a key twice"),
        pytest.param(b'{"id": "a", "data": NaN}', id="NaN"),
        pytest.param(b"[" * 50_000, id="nested without end"),
        pytest.param(b'"' + b"x" * 300_000 + b'"', id="larger than the limit"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_cannot_be_read_is_answered_once_and_blocks_nobody(
    running: RunningPlatform, outside: Outside, body: bytes
) -> None:
    first = outside.answer_to(body, message_id="the-message")
    second = outside.answer_to(an_event())

    assert (first["outcome"], first["event_id"]) == ("refused", "the-message")
    assert [error["field"] for error in first["errors"]] == ["body"]
    assert "Traceback" not in json.dumps(first)
    assert second["outcome"] == "accepted"


def test_the_exchange_proves_the_council_whatever_the_message_claims(
    running: RunningPlatform, outside: Outside
) -> None:
    outside.send(an_event(council_id=CP), exchange=intake_exchange(CP))
    outside.send(an_event(council_id=CP))

    (refused,) = outside.answers(1)

    assert refused["outcome"] == "refused"
    cambridge = replace(ADVISER, councils=(CP,))
    there = eventually(lambda: ask(running, "list_referrals", {}, cambridge)["items"])
    assert [referral["council_id"] for referral in there] == [CP]
    assert ask(running, "list_referrals", {})["items"] == []


def test_names_and_addresses_travel_on_the_exchange_of_contacts_alone(
    running: RunningPlatform, outside: Outside
) -> None:
    with capture_logs() as logs:
        outside.send(an_event())
        eventually(lambda: len(outside.seen["referrals.contacts"]) == 2)
        eventually(lambda: {envelope.type for envelope in envelopes(outside, "referrals.events")} == STARTED)

    assert {envelope.type for envelope in envelopes(outside, "referrals.contacts")} == {"contact.recorded"}
    elsewhere = {name: deliveries for name, deliveries in outside.seen.items() if name != "referrals.contacts"}
    raw = str([(name, d.headers, d.routing_key, d.body) for name, found in elsewhere.items() for d in found])
    assert "referral.submitted" in raw
    assert [secret for secret in SECRETS if secret in raw or secret in str(logs)] == []
    assert all(secret in str(outside.seen["referrals.contacts"]) for secret in SECRETS[:3])


STARTED = {"referral.submitted", "clock.started"}


def envelopes(outside: Outside, exchange: str) -> list[Envelope]:
    return [read_headers(delivery.headers, delivery.body) for delivery in outside.seen[exchange]]


@pytest.mark.usefixtures("outside")
def test_a_clock_that_runs_out_is_told_once(running: RunningPlatform, clock: FixedClock) -> None:
    referral_id = taken_in(running)
    clock.advance(timedelta(days=8))

    def breached() -> list[Envelope]:
        told = running.published("referrals", stream="referral", subject=referral_id)
        return [envelope for envelope in told if envelope.type == "clock.breached"]

    (told,) = eventually(breached)
    clock.advance(timedelta(days=1))
    other = taken_in(running, data__referral_reference="REF-0008")
    clock.advance(timedelta(days=8))
    eventually(lambda: overdue(running) >= {referral_id, other})

    assert len(breached()) == 1
    assert (told.data["rule"], told.data["clause"]) == ("C1", "CE 4.3")
    answered = ask(running, "accept_referral", {"id": referral_id, "worker_id": "adviser-1"})
    assert [line["state"] for line in answered["clocks"]] == ["stopped_late"]
    assert overdue(running) == {other}


def overdue(running: RunningPlatform) -> set[str]:
    return {line["record_id"] for line in ask(running, "list_clocks", {"overdue": True})["items"]}


def test_a_clock_explains_every_day_it_counted(running: RunningPlatform) -> None:
    taken_in(running)

    (line,) = ask(running, "list_clocks", {})["items"]
    clock = ask(running, "get_clock", {"id": line["id"]})

    assert "explanation" not in line
    assert len([step for step in clock["explanation"]["steps"] if step["counted"]]) == 5
    assert clock["policy"] == "cheshire-east/2019-04-01"


@pytest.mark.usefixtures("outside")
def test_the_feed_and_the_history_tell_the_referrals_life_in_order(running: RunningPlatform) -> None:
    referral_id = taken_in(running)
    ask(running, "accept_referral", {"id": referral_id, "worker_id": "adviser-1"})
    life = ["referral.submitted", "clock.started", "referral.accepted", "clock.stopped"]

    def history() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = ask(running, "referral_history", {"id": referral_id})["items"]
        return items if len(items) == len(life) else []

    lines = eventually(history)
    feed = ask(running, "feed", {"limit": 100})["items"]

    assert [(line["type"], line["sequence"]) for line in lines] == list(zip(life, range(1, 5), strict=True))
    assert [line["actor_id"] for line in lines] == [f"council:{CE}"] * 2 + ["adviser-1"] * 2
    assert [entry["type"] for entry in feed if entry["subject"] == referral_id] == life


def test_a_person_lists_reads_and_is_told_of_their_own_referral_alone(running: RunningPlatform) -> None:
    mine = ask(running, "get_referral", {"id": taken_in(running)})
    others = taken_in(
        running, data__referral_reference="REF-0008", data__person={"person_reference": "P-00008", "name": "Sample"}
    )
    person = Caller(actor_id=mine["person_id"], roles=("person",), councils=(CE,))

    assert [line["id"] for line in ask(running, "list_referrals", {}, person)["items"]] == [mine["id"]]
    for method in ("get_referral", "referral_history"):
        assert ask(running, method, {"id": mine["id"]}, person)
        with pytest.raises(ServiceRefusal) as refused:
            ask(running, method, {"id": others}, person)
        assert refused.value.problem()["kind"] == "not-found"


def test_events_of_another_council_are_not_taken_by_call(running: RunningPlatform) -> None:
    with pytest.raises(ServiceRefusal) as refused:
        ask(running, "take_in_events", {"council_id": CP, "events": [an_event(council_id=CP)]}, SYSTEM)

    assert refused.value.problem()["kind"] == "forbidden"


def test_the_isf_journey_from_offer_to_choice_is_sealed_between_providers(running: RunningPlatform) -> None:
    system = replace(SYSTEM, councils=(CP,))
    brokerage = Caller(actor_id="brokerage-1", roles=("brokerage_team",), councils=(CP,))
    sent = [a_provider(1), a_provider(2), an_event(council_id=CP)]
    results = ask(running, "take_in_events", {"council_id": CP, "events": sent}, system)["results"]
    referral_id = results[2]["record_id"]
    ask(running, "accept_referral", {"id": referral_id, "worker_id": "brokerage-1"}, brokerage)
    offers = ask(running, "offer_referral", {"id": referral_id}, brokerage)["offers"]
    provider = Caller(
        actor_id="staff-1", roles=("isf_provider",), councils=(CP,), organisation_id=offers[0]["provider_id"]
    )

    mine = ask(running, "list_offers", {}, provider)["items"]
    ask(running, "answer_offer", {"id": mine[0]["offer_id"], "has_capacity": True}, provider)
    choice = {"id": referral_id, "provider_id": offers[0]["provider_id"]}
    chosen = ask(running, "choose_provider", choice, brokerage)

    assert [offer["offer_id"] for offer in mine] == [offers[0]["offer_id"]]
    assert len(ask(running, "get_referral", {"id": referral_id}, provider)["offers"]) == 1
    assert (chosen["status"], chosen["provider_id"]) == ("provider_chosen", offers[0]["provider_id"])
