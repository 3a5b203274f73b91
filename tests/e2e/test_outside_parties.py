"""The sample programs for parties outside, in each language, against the platform on a real broker with least-privilege users."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.samples.client import Client
from shared.samples.journey import CE
from tests.support.outside_examples import NODE_JS, PYTHON, Language, Programs, fetch_node_packages
from tests.support.platforms import (
    BrokerUsers,
    Processes,
    TestIdentity,
    distributed,
    free_port,
    import_broker_users,
    wait_until_ready,
)
from tests.support.waiting import eventually, patience

BROKER_URL = os.environ.get("STEWARD_TEST_RABBITMQ_URL", "")
WAYS = ("queue", "webhook", "stream")
pytestmark = [pytest.mark.timeout(400), pytest.mark.needs_rabbitmq]


@dataclass(frozen=True, kw_only=True)
class Place:
    """The running platform, and what parties outside were given by its operator."""

    processes: Processes
    address: str
    identity: TestIdentity
    users: BrokerUsers

    def amqp(self, user: str) -> str:
        """The broker as a user outside is told of it."""
        return f"{self.users.url(user).rstrip('/')}/%2F"

    def as_role(self, role: str) -> Client:
        return Client(self.address, self.identity.token(role=role, councils=(CE,)))

    def raise_concern(self) -> str:
        """A concern; its id."""
        body = {"council_id": CE, "person_id": "per-0007", "categories": ["neglect"], "consent_sought": True}
        return str(self.as_role("adviser").post("/concerns", body | {"description": "Sample words."})["id"])

    def lose(self, name: str, *arguments: str) -> None:
        """SIGKILL to one of the platform's processes with its workers, which then starts again."""
        process = self.processes.running[name]
        workers = children_of(process.pid)
        process.kill()
        for worker in workers:
            with suppress(ProcessLookupError):
                os.kill(worker, signal.SIGKILL)
        assert self.processes.running.pop(name).wait(patience(20)) == -signal.SIGKILL
        self.processes.start(name, *arguments)

    def lose_the_way_out(self) -> None:
        """Gateway, safeguarding and notifications die while alerts are under way, and come back."""
        self.lose("gateway", "gateway")
        self.lose("safeguarding-0", "run", "safeguarding")
        self.lose("notifications-0", "run", "notifications")
        wait_until_ready(self.address, self.processes)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            after_name = path.read_text("utf-8").rpartition(")")[2].split()
            found += [int(path.parent.name)] if after_name[1] == str(pid) else []
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """RabbitMQ with a user for each party; stores and search need no engine of their own here."""
    folder = tmp_path_factory.mktemp("platform")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STEWARD_ENVIRONMENT", "development")  # webhooks may lead to this machine
        environment.setenv("STEWARD_WEBHOOK_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
        environment.setenv("STEWARD_WEBHOOK_RETRY_WAITS", ",".join(["1"] * 90))
        environment.setenv("STEWARD_WEBHOOK_LEASE", "5")  # what a killed process has taken waits for as long
        environment.setenv("STEWARD_WEBHOOK_TIMEOUT", "4")
        environment.setenv("STEWARD_LEASE", "5")
        environment.setenv("STEWARD_INTAKE_USER_ID", "true")  # the samples say who they are
        users = import_broker_users(folder, BROKER_URL)
        with distributed(folder, broker_url=BROKER_URL, store_url="", search_url="embedded:", users=users) as started:
            processes, address, identity = started
            yield Place(processes=processes, address=address, identity=identity, users=users)


@pytest.fixture(params=[PYTHON, NODE_JS], ids=lambda language: language.name)
def programs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Programs]:
    language: Language = request.param
    if language is NODE_JS:
        fetch_node_packages()
    programs = Programs(language=language, folder=tmp_path)
    yield programs
    programs.stop_all()


def a_referral(number: int, *, run: str, **person: Any) -> dict[str, Any]:
    """A CloudEvent as docs/outside-parties.md shows it."""
    reference = {"person_reference": f"{run}-person-{number}", "name": f"Sample Person {number:04}"}
    return {
        "specversion": "1.0",
        "id": f"{run}-{number}",
        "source": f"/councils/{CE}",
        "type": "referral.submitted",
        "time": "2026-03-02T09:30:00Z",
        "data": {"referral_reference": f"{run}-{number}", "person": reference | person},
    }


def test_a_council_publishes_and_reads_what_became_of_each_event(
    place: Place, programs: Programs, tmp_path: Path
) -> None:
    run = f"outside-{secrets.token_hex(4)}"
    events = [a_referral(n, run=run) for n in (1, 2, 3)] + [a_referral(4, run=run, born_on="the seventh")]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(json.dumps(event) for event in events), encoding="utf-8")
    given = {"AMQP_URL": place.amqp("ext-cheshire-east"), "COUNCIL_ID": CE}

    first = {answer["event_id"]: answer for answer in programs.run("publish referrals", str(file), **given)}
    again = {answer["event_id"]: answer for answer in programs.run("publish referrals", str(file), **given)}

    assert [first[f"{run}-{n}"]["outcome"] for n in (1, 2, 3, 4)] == ["accepted"] * 3 + ["refused"]
    assert [error["field"] for error in first[f"{run}-4"]["errors"]] == ["data.person.born_on"]
    assert [again[f"{run}-{n}"]["outcome"] for n in (1, 2, 3)] == ["duplicate"] * 3
    found = place.as_role("adviser").get(f"/referrals/{first[f'{run}-1']['record_id']}")
    assert found["reference"] == f"{run}-1"


@dataclass(frozen=True, kw_only=True)
class Team:
    """A safeguarding team that gets its alerts in all three ways at once."""

    place: Place
    programs: Programs
    folder: Path
    port: int
    secret: str

    @classmethod
    def arranged(cls, place: Place, programs: Programs, folder: Path) -> Team:
        port = free_port()
        asked = {"council_id": CE, "url": f"http://127.0.0.1:{port}/alerts"}
        webhook = place.as_role("safeguarding_team").post("/webhooks", asked)
        return cls(place=place, programs=programs, folder=folder, port=port, secret=webhook["secret"])

    def start(self) -> None:
        place, files = self.place, {way: str(self.folder / f"{way}.jsonl") for way in WAYS}
        queue = {"AMQP_URL": place.amqp("ext-cheshire-east-safeguarding"), "COUNCIL_ID": CE}
        token = place.identity.token(role="safeguarding_team", councils=(CE,))
        stream = {"PLATFORM_URL": place.address, "TOKEN": token, "PLACE_FILE": str(self.folder / "place")}
        self.programs.start("follow alerts", ALERTS_FILE=files["queue"], **queue)
        self.programs.start(
            "receive webhooks", ALERTS_FILE=files["webhook"], WEBHOOK_SECRETS=self.secret, PORT=str(self.port)
        )
        self.programs.start("follow stream", ALERTS_FILE=files["stream"], **stream)

    def kill(self) -> None:
        for program in list(self.programs.running):
            self.programs.kill(program)

    def has_place(self) -> bool:
        return (self.folder / "place").exists()

    def had(self, way: str) -> list[dict[str, Any]]:
        """The alerts that came by one way, of those this test raised."""
        path = self.folder / f"{way}.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def has_had(self, concerns: set[str]) -> bool:
        """Whether all of these came by every way."""
        return all(concerns <= {alert["data"]["concern_id"] for alert in self.had(way)} for way in WAYS)

    def gets(self, concerns: set[str]) -> None:
        try:
            eventually(lambda: self.has_had(concerns), within=90)
        except AssertionError as error:
            counts = {way: len(self.had(way)) for way in WAYS}
            raise AssertionError(f"{counts} of {len(concerns)}\n{self.programs.logs()}") from error


def test_a_team_gets_every_alert_once_by_queue_webhook_and_stream_through_kills_of_both_sides(
    place: Place, programs: Programs, tmp_path: Path
) -> None:
    team = Team.arranged(place, programs, tmp_path)
    team.start()
    eventually(team.has_place, within=60)
    raised = {place.raise_concern() for _ in range(3)}
    team.gets(raised)

    team.kill()
    raised |= {place.raise_concern() for _ in range(3)}
    place.lose_the_way_out()
    team.start()
    team.gets(raised)
    raised.add(place.raise_concern())
    team.gets(raised)

    for way in WAYS:
        ours = [alert for alert in team.had(way) if alert["data"]["concern_id"] in raised]
        assert len(ours) == len({alert["id"] for alert in ours}) == len(raised), way
    by_way = [{a["id"]: a["data"] for a in team.had(way) if a["data"]["concern_id"] in raised} for way in WAYS]
    assert by_way[0] == by_way[1] == by_way[2]


def test_a_receiver_takes_nothing_that_is_not_signed_with_its_secret(
    place: Place, programs: Programs, tmp_path: Path
) -> None:
    port, file = free_port(), tmp_path / "alerts.jsonl"
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    programs.start("receive webhooks", ALERTS_FILE=str(file), WEBHOOK_SECRETS=secret, PORT=str(port))
    forged = {"webhook-id": "evt-1", "webhook-timestamp": "1", "webhook-signature": "v1,Zm9yZ2Vk"}

    def refused(headers: dict[str, str]) -> int:
        try:
            answer = requests.post(
                f"http://127.0.0.1:{port}/", data=b'{"type":"alert.raised"}', headers=headers, timeout=5
            )
        except requests.RequestException:
            return 0
        return answer.status_code

    assert eventually(lambda: refused({}), within=60) == 401
    assert refused(forged) == 401
    assert file.read_text("utf-8") == ""
