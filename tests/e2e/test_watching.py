"""What is to be seen of a whole journey: one trace a story, figures of every part, and nothing that anybody wrote."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from shared.clock import SettableClock, SystemClock
from shared.runtime.tokens import development_sign_in
from shared.samples.journey import Journey, play
from tests.support.platforms import SERVICES, Processes, distributed, start_embedded
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(300)
WRITTEN = (
    r"Sample Person",
    r"Sample Social Worker",
    r"example\.org",
    r"\b07700 ?9\d{5}\b",
    r"\b01632 ?9\d{5}\b",
    r"Sample Street",
    r"money is missing",
    r"safe at home",
    r"\b(?:CW|SK|PE|CB|WA)\d{1,2} ?\d[A-Z]{2}\b",
    r"Bearer ",
    r"eyJ[\w-]{10,}\.",
    r"amqp://\w+:[^*]",
)
"""Names, addresses, numbers, free text, tokens and credentials that the journey sends through the platform."""


def watched(folder: Path) -> dict[str, str]:
    """Everything is told, to files."""
    return {
        "STEWARD_TRACES": "file",
        "STEWARD_TRACES_TO": str(folder / "traces.jsonl"),
        "STEWARD_LOG_LEVEL": "DEBUG",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }


def what_was_written(text: str) -> dict[str, list[str]]:
    """Each kind of thing somebody wrote that is in a text."""
    return {pattern: found[:3] for pattern in WRITTEN if (found := re.findall(pattern, text))}


def spans_in(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "traces.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def figures_at(address: str) -> dict[tuple[str, ...], float]:
    text = requests.get(f"{address}/metrics", timeout=patience(10)).text
    return {
        (sample.name, sample.labels.get("service", ""), sample.labels.get("error_type", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def story_of(spans: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The spans of the first trace that holds one of this name."""
    first = next(span for span in spans if span["name"] == name)
    trace_id = first["context"]["trace_id"]
    return [span for span in spans if span["context"]["trace_id"] == trace_id]


def assert_one_story(spans: list[dict[str, Any]]) -> None:
    """An accepted referral: from the gateway through referrals to notifications, each span with its parent."""
    story = story_of(spans, "process referral.referral.accepted")
    by_id = {span["context"]["span_id"]: span for span in story}
    roots = [span["name"] for span in story if span["parent_id"] is None]
    assert len(roots) == 1
    assert roots[0].startswith("POST /api/v1/referrals/<")
    assert [span["name"] for span in story if span["parent_id"] and span["parent_id"] not in by_id] == []
    process = next(span for span in story if span["name"] == "process referral.referral.accepted")
    assert by_id[process["parent_id"]]["name"] == "referrals.accept_referral"
    services = {span["resource"]["attributes"]["service.name"] for span in story}
    assert {"gateway", "referrals", "notifications"} <= services


def journey_on(address: str, clock: Any, sign_in: Callable[..., str]) -> Journey:
    journey = Journey(address=address, sign_in=sign_in, clock=clock, say=lambda _: None, run=f"w{secrets.token_hex(3)}")
    play(journey)
    return journey


def test_an_embedded_platform_shows_its_stories_and_figures_and_nothing_that_anybody_wrote(tmp_path: Path) -> None:
    environment = {"PYTHONUNBUFFERED": "1", "STEWARD_RETRY_WAITS": "1,2,5", **watched(tmp_path)}
    processes = Processes(folder=tmp_path, environment=environment)
    try:
        address = start_embedded(processes, tmp_path)
        clock = SettableClock(tmp_path / "data" / "clock.json")
        journey_on(address, clock, development_sign_in(data_dir=tmp_path / "data", clock=clock))
        figures = figures_at(address)
    finally:
        processes.stop_all()

    log = processes.log("platform")
    assert log.count("\n") > 50, "the log was to be looked through, and there is hardly any"
    assert what_was_written(log) == {}
    assert what_was_written((tmp_path / "traces.jsonl").read_text(encoding="utf-8")) == {}
    assert_one_story(spans_in(tmp_path))
    for service in SERVICES:
        assert figures["steward_store_up", service, ""] == 1
    assert figures["messaging_client_sent_messages_total", "referrals", ""] > 0
    assert figures["messaging_process_duration_seconds_count", "notifications", ""] > 0


@pytest.mark.needs_rabbitmq
@pytest.mark.needs_mongodb
def test_processes_of_their_own_tell_the_same_stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in watched(tmp_path).items():
        monkeypatch.setenv(name, value)
    with distributed(
        tmp_path,
        broker_url=os.environ["STEWARD_TEST_RABBITMQ_URL"],
        store_url=os.environ["STEWARD_TEST_MONGODB_URL"],
        search_url="embedded:",
    ) as (processes, address, identity):
        journey_on(address, SystemClock(), identity.token)
        logs = {name: processes.log(name) for name in processes.running}
        ports = {name: probes_port(log) for name, log in logs.items() if name != "gateway"}
        ready = {
            name: requests.get(f"http://127.0.0.1:{port}/readyz", timeout=patience(10)) for name, port in ports.items()
        }
        sent = figures_at(f"http://127.0.0.1:{ports['referrals-0']}")

    assert what_was_written("\n".join(logs.values())) == {}
    assert what_was_written((tmp_path / "traces.jsonl").read_text(encoding="utf-8")) == {}
    assert_one_story(spans_in(tmp_path))
    assert {name: answer.status_code for name, answer in ready.items()} == dict.fromkeys(ports, 200)
    assert len(set(ports.values())) == len(SERVICES)
    assert sent["messaging_client_sent_messages_total", "referrals", ""] > 0


def probes_port(log: str) -> int:
    """Where a process answers its probes, as it says."""
    found = re.search(r'"port": (\d+), "event": "probes.open"', log)
    assert found is not None, log[:2000]
    return int(found[1])


@pytest.mark.parametrize(
    "line",
    [
        '{"name": "Sample Person 0007"}',
        '{"to": "person-0007@example.org"}',
        '{"postcode": "CW1 2AB"}',
        '{"authorization": "Bearer abc"}',
        '{"broker": "amqp://steward:secret@rabbitmq:5672/"}',
        '{"about": "Sample: money is missing after visits."}',
    ],
)
def test_what_anybody_wrote_would_be_seen(line: str) -> None:
    assert what_was_written(line)
