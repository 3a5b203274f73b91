"""Whole platforms as their users start them: embedded in one process, or each service its own process on the real engines."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
from joserfc import jwt
from joserfc.jwk import OKPKey

from tests.support.addresses import free_port
from tests.support.broker_admin import rabbitmqctl
from tests.support.waiting import eventually, patience

Found = TypeVar("Found")

ISSUER = "https://identity.test.example.org"
AUDIENCE = "steward"
SERVICES = ("referrals", "pa_registry", "safeguarding", "ledger", "notifications")
START_SECONDS = 60.0
STOP_SECONDS = patience(60)
LOG_CHARACTERS = 3000
ALLOWED_SECONDS = {"STEWARD_RPC_TIMEOUT": 10.0, "STEWARD_RPC_CONNECT_TIMEOUT": 2.0, "STEWARD_READINESS_TIMEOUT": 2.0}
"""What a gateway gives its services before it answers that they are away: on a busy machine they are slow."""


def unhurried() -> dict[str, str]:
    """Settings with which a gateway is as patient with its services as the tests are."""
    return {name: str(patience(seconds)) for name, seconds in ALLOWED_SECONDS.items()}


@dataclass(kw_only=True)
class Processes:
    """Programs of the platform, each with its log; ended by pid, whatever happens."""

    folder: Path
    environment: Mapping[str, str]
    users: BrokerUsers | None = None
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        """Starts `steward <arguments>`, with settings of its own if given; its output goes to `<name>.log`."""
        with (self.folder / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "shared.cli", *arguments],
                env=self._environment_of(*arguments) | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.running[name] = process
        return process

    def run(self, *arguments: str) -> str:
        """Runs `steward <arguments>` to its end; its output. Raises `AssertionError` with it on a failure."""
        done = subprocess.run(
            [sys.executable, "-m", "shared.cli", *arguments],
            env=self._environment_of(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=patience(START_SECONDS),
            check=False,
        )
        assert done.returncode == 0, f"steward {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def _environment_of(self, *arguments: str) -> dict[str, str]:
        own = {"STEWARD_BROKER_URL": self.users.url_for(*arguments)} if self.users is not None else {}
        return os.environ | unhurried() | dict(self.environment) | own

    def log(self, name: str) -> str:
        """What a program has printed."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def tails(self) -> str:
        """The end of what each program that runs has printed."""
        return "\n".join(f"--- {name}\n{self.log(name)[-LOG_CHARACTERS:]}" for name in self.running)

    def stop(self, name: str) -> int:
        """SIGTERM, and SIGKILL if that doesn't do; the exit code."""
        self.running[name].send_signal(signal.SIGTERM)
        return self._await_end(name)

    def _await_end(self, name: str) -> int:
        process = self.running.pop(name)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def stop_all(self) -> dict[str, int]:
        """Stops everything at once; each program's exit code."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        return {name: self._await_end(name) for name in list(self.running)}


@dataclass(frozen=True, kw_only=True)
class TestIdentity:
    """An identity provider of the tests' own: a key, its public half in a file, and tokens."""

    __test__ = False
    key: OKPKey
    jwks: Path

    @classmethod
    def in_folder(cls, folder: Path) -> TestIdentity:
        key = OKPKey.generate_key("Ed25519", private=True, auto_kid=True)
        jwks = folder / "jwks.json"
        jwks.write_text(json.dumps({"keys": [key.as_dict(private=False, use="sig", alg="Ed25519")]}), encoding="utf-8")
        return cls(key=key, jwks=jwks)

    def token(
        self, *, role: str, councils: tuple[str, ...], actor_id: str | None = None, organisation_id: str | None = None
    ) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": actor_id or f"test-{role}",
            "roles": [role],
            "councils": list(councils),
            "organisation_id": organisation_id,
            "iat": now,
            "exp": now + 3600,
        }
        return jwt.encode({"alg": "Ed25519", "kid": self.key.kid}, claims, self.key, algorithms=["Ed25519"])


ENGINES = Path(__file__).parents[2] / "infra" / "local" / "engines"
BROKER_USERS = ("deploy", "gateway", "ext-cheshire-east", "ext-cheshire-east-safeguarding")


@dataclass(frozen=True, kw_only=True)
class BrokerUsers:
    """The broker's users as `steward topology export` makes them, each with a password of this run."""

    broker_url: str
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """The broker as this user reaches it."""
        place = self.broker_url.rpartition("@")[2]
        return f"amqp://{user}:{self.passwords[user]}@{place}"

    def url_for(self, *arguments: str) -> str:
        """The broker as the program with these arguments may reach it, with no right it does not need."""
        command = arguments[0]
        if command == "run":
            return self.url(f"svc-{arguments[1].replace('_', '-')}")
        return self.url("gateway" if command == "gateway" else "deploy")


def import_broker_users(folder: Path, broker_url: str) -> BrokerUsers:
    """Exports topology and users with their least rights, and lets the broker take them in."""
    names = [*BROKER_USERS, *(f"svc-{service.replace('_', '-')}" for service in SERVICES)]
    passwords = {name: secrets.token_hex(12) for name in names}
    variables = {f"TEST_PASSWORD_{name.upper().replace('-', '_')}": word for name, word in passwords.items()}
    definitions = folder / "definitions.json"
    processes = Processes(folder=folder, environment={"STEWARD_BROKER_URL": broker_url, **variables})
    processes.run("topology", "export", "--passwords", "TEST_PASSWORD", "--to", str(definitions))
    rabbitmqctl("import_definitions", str(definitions))
    return BrokerUsers(broker_url=broker_url, passwords=passwords)


@contextmanager
def distributed(
    folder: Path,
    *,
    broker_url: str,
    store_url: str,
    search_url: str,
    scale: Mapping[str, int] | None = None,
    users: BrokerUsers | None = None,
) -> Iterator[tuple[Processes, str, TestIdentity]]:
    """The platform with each service its own process (`scale` says of how many replicas) and the gateway under gunicorn.

    With `users`, each program signs in to the broker as its own user; without, all as the one in `broker_url`.
    """
    identity = TestIdentity.in_folder(folder)
    port = free_port()
    engines = {
        "STEWARD_BROKER_URL": broker_url,
        "STEWARD_STORE_URL": store_url,
        "STEWARD_SEARCH_URL": search_url,
    }
    environment = engines | gateway_settings(folder, identity, port)
    processes = Processes(folder=folder, environment=environment, users=users)
    try:
        processes.run("migrate")
        processes.run("topology", "apply")
        for service in SERVICES:
            for number in range((scale or {}).get(service, 1)):
                processes.start(f"{service}-{number}", "run", service)
        processes.start("gateway", "gateway")
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, processes)
        yield processes, address, identity
    finally:
        processes.stop_all()


def gateway_settings(folder: Path, identity: TestIdentity, port: int) -> dict[str, str]:
    """Settings of a platform whose gateway takes the tokens of the tests' own identity provider."""
    return {
        "STEWARD_DATA_DIR": str(folder / "data"),
        "STEWARD_OIDC_ISSUER": ISSUER,
        "STEWARD_OIDC_AUDIENCE": AUDIENCE,
        "STEWARD_OIDC_JWKS": f"file://{identity.jwks}",
        "STEWARD_HTTP_HOST": "127.0.0.1",
        "STEWARD_HTTP_PORT": str(port),
        "STEWARD_RETRY_WAITS": "1,2,5",
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def embedded(folder: Path, *, arguments: tuple[str, ...] = ()) -> Iterator[tuple[Processes, str]]:
    """`steward up` on a data folder, on a port of its own."""
    processes = Processes(folder=folder, environment={"PYTHONUNBUFFERED": "1", "STEWARD_RETRY_WAITS": "1,2,5"})
    try:
        address = start_embedded(processes, folder, arguments=arguments)
        yield processes, address
    finally:
        processes.stop_all()


def start_embedded(processes: Processes, folder: Path, *, arguments: tuple[str, ...] = ()) -> str:
    """Starts `steward up` among these processes; its address once it answers."""
    (folder / "platform.log").unlink(missing_ok=True)
    process = processes.start("platform", "up", "--data", str(folder / "data"), "--port", "0", *arguments)

    def said() -> re.Match[str] | None:
        assert process.poll() is None, processes.log("platform")
        return re.search(r"is up at (http://\S+)", processes.log("platform"))

    return _awaited(said, processes, pause=0.05)[1]


def wait_until_ready(address: str, processes: Processes) -> None:
    """Waits until every service answers through the gateway."""

    def is_ready() -> bool:
        ended = {name: process.returncode for name, process in processes.running.items() if process.poll() is not None}
        assert ended == {}, f"ended before all was ready: {ended}\n{processes.tails()}"
        try:
            reply = requests.get(f"{address}/readyz", timeout=patience(5))
        except requests.RequestException:
            return False
        return reply.ok and reply.json()["status"] == "ready"

    _awaited(is_ready, processes, pause=0.2)


def _awaited(find: Callable[[], Found], processes: Processes, *, pause: float) -> Found:
    """What is found as platforms start. Raises `AssertionError` with what they printed when it is not in time."""
    try:
        return eventually(find, within=START_SECONDS, pause=pause)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{processes.tails()}") from error
