"""Platforms to attack, each service any number of processes on the real engines or all in one: killed, stopped, started by name.

A *member* is one process, e.g. `referrals-0`, or `platform` where all is in one.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from shared.clock import SystemClock
from shared.faults import NOTED
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client, Refused
from shared.store.documents import Store
from shared.store.opening import open_store
from tests.faults.history import History
from tests.support.broker_admin import rabbitmqctl
from tests.support.platforms import Processes, TestIdentity, free_port, gateway_settings
from tests.support.waiting import eventually

PROJECT = Path(__file__).parents[2]
READY_SECONDS = 240
END_SECONDS = 30
PLATFORM = "platform"
WITNESS = "tests.faults.witness.plugin:PLUGIN"
NOTES = ("came-again:note", "known-already:note", "before-effect:note", "after-publish:note")
"""What every member notes; a point that is to kill is not noted."""
Token = Callable[..., str]


@dataclass(kw_only=True)
class Fleet:
    """A running platform's members. `settings` are those that members have of their own, from their next start on."""

    processes: Processes
    commands: dict[str, tuple[str, ...]]
    services: tuple[str, ...]
    address: str
    store_url: str
    token: Token
    history: History = field(default_factory=History)
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    _log_starts: dict[str, int] = field(default_factory=dict)
    """Of every member ever started: where in its log the present history begins."""

    @property
    def members(self) -> list[str]:
        """Every process that may be killed; the gateway is not among them where it has a process of its own."""
        return list(self.commands)

    def start(self, member: str, *faults: str) -> None:
        """Starts a member, armed with these faults (`point:kill:nth`, `point:note`)."""
        armed = {"STEWARD_FAULT": ",".join((*NOTES, *faults))}
        self._log_starts.setdefault(member, 0)
        self.processes.start(member, *self.commands[member], **armed, **self.settings.get(member, {}))

    def kill(self, member: str) -> None:
        """SIGKILL, and noted in the history."""
        process = self.processes.running.pop(member)
        process.kill()
        assert process.wait(END_SECONDS) == -signal.SIGKILL
        self.history.kill(member, cause="SIGKILL")

    def stop(self, member: str) -> int:
        """SIGTERM; the exit code."""
        return self.processes.stop(member)

    def restart(self, member: str, *faults: str) -> None:
        """Stops a member politely and starts it with other faults."""
        self.stop(member)
        self.start(member, *faults)

    def await_death(self, member: str, *, fault: str, within: float) -> bool:
        """Whether a member has died of its fault in this time; noted in the history. Raises on any other end."""
        process = self.processes.running[member]
        try:
            code = process.wait(within)
        except subprocess.TimeoutExpired:
            return False
        assert code == -signal.SIGKILL, f"{member} ended with {code}: {self.processes.log(member)[-2000:]}"
        self.history.kill(member, cause=fault)
        del self.processes.running[member]
        return True

    def scale(self, services: Sequence[str], replicas: int) -> None:
        """Starts or stops members until each of these services has so many; nothing where all is one process."""
        if PLATFORM in self.commands:
            return
        for service in services:
            wanted = {f"{service}-{number}" for number in range(replicas)}
            have = {member for member, command in self.commands.items() if command == ("run", service)}
            for member in have - wanted:
                self.stop(member)
                del self.commands[member]
            for member in sorted(wanted - have):
                self.commands[member] = ("run", service)
                self.start(member)

    def client(self, *, role: str, council_id: str = "*", organisation_id: str | None = None) -> Client:
        """The API as a party of this role sees it."""
        given = {"organisation_id": organisation_id} if organisation_id else {}
        return Client(self.address, self.token(role=role, councils=(council_id,), **given))

    def states(self) -> list[Mapping[str, Any]]:
        """What the platform says of its services; nothing while it can't answer."""
        try:
            answer = self.client(role="ops").get("/operations/health")["services"]
        except (Refused, requests.RequestException):
            return []
        return [state for state in answer if state["name"] in self.services]

    def answers(self) -> bool:
        """Whether every service answers and reads."""
        return self._all_answer(self.states())

    def is_quiet(self) -> bool:
        """Whether every service answers, nothing waits in an outbox and nothing is held."""
        states = self.states()
        return self._all_answer(states) and all(s["outbox_waiting"] == 0 and not s["held"] for s in states)

    def _all_answer(self, states: Sequence[Mapping[str, Any]]) -> bool:
        asked = {service for service in self.services if service != "witness"}
        return {state["name"] for state in states if state["status"] == "ok"} == asked

    def begin(self) -> None:
        """A new history; what members have noted so far is another's."""
        self.history = History()
        self._log_starts = {member: len(self.processes.log(member)) for member in self._log_starts}

    def noted(self, member: str) -> list[tuple[str, str]]:
        """The points that a member came by, in order, each with its subject."""
        lines = self.processes.log(member)[self._log_starts[member] :].splitlines()
        return [(point, subject) for _, point, subject in (x.split(" ") for x in lines if x.startswith(NOTED))]

    def given_out_twice(self) -> list[str]:
        """Events published once that the broker gave out again though they had been applied: nobody had acknowledged them.

        One that was sent again to a consumer that missed it was published twice: either copy may come after the other was
        applied. Looks at every member that there has been, also at those that scaling has stopped.
        """
        noted = {member: self.noted(member) for member in self._log_starts}
        published = Counter(subject for seen in noted.values() for point, subject in seen if point == "after-publish")
        return [id for seen in noted.values() for id in applied_before(seen) if published[id] == 1]

    @contextmanager
    def store(self, service: str) -> Iterator[Store]:
        """A service's store, read beside the platform."""
        store = open_store(self.store_url, service)
        try:
            yield store
        finally:
            store.close()

    def is_up(self) -> bool:
        """Whether every service answers; raises with its log if a member has ended."""
        for name, process in self.processes.running.items():
            assert process.poll() is None, f"{name} ended: {self.processes.log(name)[-3000:]}"
        return self.answers()


@contextmanager
def on_engines(
    folder: Path,
    *,
    broker_url: str,
    store_url: str,
    services: Sequence[str],
    scale: Mapping[str, int] | None = None,
    witness: str = WITNESS,
) -> Iterator[Fleet]:
    """Each service a process (`scale` says of how many), on a virtual host of the broker that is this platform's own.

    `witness` names another plugin in the witness's place.
    """
    identity, port = TestIdentity.in_folder(folder), free_port()
    with own_vhost(broker_url) as vhost:
        environment = _environment(folder, services, witness) | gateway_settings(folder, identity, port)
        environment |= {"STEWARD_BROKER_URL": vhost, "STEWARD_STORE_URL": store_url}
        processes = Processes(folder=folder, environment=environment)
        fleet = Fleet(
            processes=processes,
            commands={f"{s}-{number}": ("run", s) for s in services for number in range((scale or {}).get(s, 1))},
            services=tuple(services),
            address=f"http://127.0.0.1:{port}",
            store_url=store_url,
            token=identity.token,
        )
        with _running(fleet):
            processes.run("migrate")
            processes.run("topology", "apply")
            processes.start("gateway", "gateway")
            for member in fleet.members:
                fleet.start(member)
            eventually(fleet.is_up, within=READY_SECONDS)
            yield fleet


@contextmanager
def embedded(folder: Path, *, services: Sequence[str]) -> Iterator[Fleet]:
    """The whole platform in one process, always at the same address."""
    data, port = folder / "data", free_port()
    processes = Processes(folder=folder, environment=_environment(folder, services))
    fleet = Fleet(
        processes=processes,
        commands={PLATFORM: ("up", "--data", str(data), "--port", str(port))},
        services=tuple(services),
        address=f"http://127.0.0.1:{port}",
        store_url=f"sqlite:///{data / 'stores'}",
        token=development_sign_in(data_dir=data, clock=SystemClock()),
    )
    with _running(fleet):
        fleet.start(PLATFORM)
        eventually(fleet.is_up, within=READY_SECONDS)
        yield fleet


def applied_before(noted: Sequence[tuple[str, str]]) -> list[str]:
    """Of the messages that came again, those that were known. A repeat by the publisher is known too, but did not come again."""
    again: set[str] = set()
    found = []
    for point, event_id in noted:
        if point == "came-again":
            again.add(event_id)
        elif event_id in again and point in ("known-already", "before-effect"):
            again.discard(event_id)
            found += [event_id] if point == "known-already" else []
    return found


@contextmanager
def own_vhost(broker_url: str) -> Iterator[str]:
    """A virtual host that nothing else uses, so that no other test's messages are counted; removed at the end."""
    server, _, _ = broker_url.rpartition("/")
    user, name = server.partition("//")[2].partition(":")[0], f"faults-{secrets.token_hex(4)}"
    rabbitmqctl("add_vhost", name)
    try:
        rabbitmqctl("set_permissions", "-p", name, user, ".*", ".*", ".*")
        yield f"{server}/{name}"
    finally:
        rabbitmqctl("delete_vhost", name)


@contextmanager
def _running(fleet: Fleet) -> Iterator[None]:
    try:
        yield
    finally:
        fleet.processes.stop_all()


def _environment(folder: Path, services: Sequence[str], witness: str = WITNESS) -> dict[str, str]:
    """Settings of every process, the witness among the plugins that it finds."""
    packages = folder / "packages"
    metadata = packages / "steward_witness-1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: steward-witness\nVersion: 1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[steward.services]\nwitness = {witness}\n", encoding="utf-8")
    return {
        "PYTHONPATH": os.pathsep.join((str(packages), str(PROJECT))),
        "PYTHONUNBUFFERED": "1",
        "STEWARD_SERVICES": ",".join(services),
        "STEWARD_ENVIRONMENT": "test",
        "STEWARD_RETRY_WAITS": "1,2,5",
        "STEWARD_RPC_TIMEOUT": "3",
        "STEWARD_READINESS_TIMEOUT": "15",
        "STEWARD_DRAIN": "40",
        "STEWARD_STOP_WITHIN": "50",
        "STEWARD_START_WITHIN": "240",
        "STEWARD_HTTP_WORKERS": "1",
        "STEWARD_REPLICA_BEAT": "0.5",
    }
