"""A process of services tells machines how it fares."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from shared.runtime.answering import NoProbes, OpenProbes, open_probes
from shared.runtime.probes import Probes
from shared.settings import BadSetting
from shared.store.documents import StoreAway
from tests.support.eventful import Eventful
from tests.support.waiting import eventually, patience

LOOPBACK = "127.0.0.1"


@pytest.fixture
def platform(tmp_path: Path, embedded_url: str) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=embedded_url)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def probes(platform: Eventful) -> Probes:
    return Probes(platform=platform.platform, states=lambda: dict.fromkeys(platform.containers, "running"))


def ask(probes: Probes, path: str, method: str = "GET") -> tuple[str, bytes]:
    told: list[str] = []
    [body] = probes({"PATH_INFO": path, "REQUEST_METHOD": method}, lambda status, _: told.append(status))
    return told[0], body


def figures(probes: Probes) -> dict[tuple[str, ...], float]:
    text = ask(probes, "/metrics")[1].decode()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_services_that_run_and_read_are_ready(platform: Eventful, probes: Probes) -> None:
    status, body = ask(probes, "/readyz")

    assert status == "200 OK"
    assert json.loads(body) == {"status": "ready", "services": dict.fromkeys(platform.containers, "ok")}


def test_a_service_that_does_not_run_makes_the_process_unready(platform: Eventful) -> None:
    states = dict.fromkeys(platform.containers, "running") | {"referrals": "restarting"}

    status, body = ask(Probes(platform=platform.platform, states=lambda: states), "/readyz")

    assert status == "503 Service Unavailable"
    assert json.loads(body)["services"]["referrals"] == "restarting"


def test_a_store_that_is_away_makes_it_unready_but_leaves_it_alive(
    platform: Eventful, probes: Probes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise StoreAway("gone")

    monkeypatch.setattr(platform.resources("referrals").store, "check", away)

    assert json.loads(ask(probes, "/readyz")[1])["services"]["referrals"] == "store away"
    assert ask(probes, "/healthz")[0] == "200 OK"


def test_a_service_without_its_broker_makes_it_unready(platform: Eventful, probes: Probes) -> None:
    reader = platform.resources("referrals").reader
    assert reader is not None
    reader.stop(deadline_seconds=1)

    assert json.loads(ask(probes, "/readyz")[1])["services"]["referrals"] == "broker away"


def test_figures_follow_the_work(platform: Eventful, probes: Probes) -> None:
    [reader] = platform.readers
    platform.allocate("ref-1", times=2)
    platform.await_applied("ref-1", [1, 2])
    for envelope in platform.published("ref-1"):
        platform.publish_again(envelope)
    eventually(lambda: platform.resources(reader).consumer.duplicates == 2)
    eventually(lambda: platform.waiting() == 0)

    told = figures(probes)

    assert told["messaging_client_sent_messages_total", "", "referrals.events", "referrals"] == 4
    assert told["messaging_client_consumed_messages_total", "", "referrals.events", reader] == 2
    assert told["messaging_process_duration_seconds_count", "", "referrals.events", reader] == 2
    assert told["steward_event_lag_seconds_count", reader, "referral"] == 2
    assert told["steward_duplicates_dropped_total", reader] == 2
    assert told["steward_outbox_pending", "referrals"] == 0
    assert told["steward_broker_connected", "referrals"] == 1


def test_a_lost_event_shows_as_a_gap_and_as_asked_for_again(platform: Eventful, probes: Probes) -> None:
    [reader] = platform.readers
    with platform.losing():
        platform.allocate("ref-1")
    platform.allocate("ref-1")
    platform.await_applied("ref-1", [1, 2])

    eventually(lambda: figures(probes).get(("steward_events_sent_again_total", "missed", "referrals"), 0) >= 1)
    assert figures(probes)["steward_replays_asked_total", reader] >= 1


def test_a_parked_event_shows_with_its_age(platform: Eventful, probes: Probes) -> None:
    [reader] = platform.readers
    platform.faults.always["ref-1", 1] = ValueError("planned")
    platform.allocate("ref-1")
    eventually(lambda: platform.held() == {"parked": 1})

    told = eventually(lambda: (seen := figures(probes))["steward_held_oldest_seconds", reader] > 0 and seen)

    assert told["steward_held_messages", "parked", reader] == 1
    assert told["steward_held_messages", "gap", reader] == 0
    assert told["steward_held_alarm", reader] == 0


@pytest.mark.parametrize(("path", "method", "status"), [("/", "GET", "404"), ("/metrics", "POST", "405")])
def test_nothing_else_is_answered(probes: Probes, path: str, method: str, status: str) -> None:
    assert ask(probes, path, method)[0].startswith(status)


def an_application(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def test_a_second_process_on_one_machine_takes_the_next_port() -> None:
    first = open_probes(f"{LOOPBACK}:19464", an_application)
    second = open_probes(f"{LOOPBACK}:{first.port}", an_application)
    assert isinstance(first, OpenProbes)

    assert second.port > first.port
    assert requests.get(f"http://{LOOPBACK}:{second.port}/healthz", timeout=patience(5)).text == "ok"
    first.close()
    second.close()


def test_off_is_off_and_nonsense_is_named() -> None:
    assert isinstance(open_probes("off", an_application), NoProbes)
    for address in ("9464", "here", "127.0.0.1:70000", ":", "127.0.0.1:-1"):
        with pytest.raises(BadSetting, match="STEWARD_PROBES"):
            open_probes(address, an_application)
