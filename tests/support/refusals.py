"""A real platform to send bad input to, and what every refusal of it must be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from shared.clock import SystemClock
from shared.runtime.tokens import development_sign_in
from shared.samples.client import Client
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP
from tests.support.platforms import embedded
from tests.support.waiting import eventually, patience

PROBLEM = "application/problem+json"
JSON = "application/json"
INSIDES = ("Traceback", 'File "', ".py", "sqlite", "nameko", "marshmallow", "werkzeug", "object at 0x", "/stores")
SECONDS = patience(30)
OF_THE_PLATFORM = (
    "event_log",
    "stream_marks",
    "held_messages",
    "public_tables",
    "intakes",
    "recalculations",
    "replicas",
)
MOVING = ("outbox", "outbox_due", "version")
"""What moves while the relay publishes what was told."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A platform with one referral, one personal assistant and one fund in it, and how to ask it things."""

    address: str
    data: Path
    referral_id: str
    fund_id: str
    provider_id: str

    def token(self, role: str, council_id: str, **who: Any) -> str:
        sign_in = development_sign_in(data_dir=self.data, clock=SystemClock())
        return sign_in(role=role, councils=(council_id,), **({"actor_id": f"test-{role}"} | who))

    def ask(
        self, method: str, path: str, *, token: str | None = None, body: Any = None, headers: Mapping[str, str] = {}
    ) -> requests.Response:
        """One request, exactly as given: bytes go as they are, anything else as JSON."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": JSON} if body is not None else {}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        address = f"{self.address}/api/v1{path.replace('{referral}', self.referral_id).replace('{fund}', self.fund_id)}"
        return requests.request(method, address, data=data, headers=sent | dict(headers), timeout=SECONDS)

    def settled(self) -> dict[str, list[Any]]:
        """What every service knows once all that was told has arrived."""
        eventually(lambda: _waiting(self.data) == 0, within=30)
        return self.state()

    def state(self) -> dict[str, list[Any]]:
        """What every service knows, and what each but the intake has told of it."""
        found: dict[str, list[Any]] = {}
        for service, collection, documents in stores_of(self.data):
            if collection == "event_log" and service != "referrals":
                found[f"{service} told"] = [document["event_id"] for document in documents]
            if collection not in OF_THE_PLATFORM:
                kept = [{name: v for name, v in document.items() if name not in MOVING} for document in documents]
                found[f"{service} {collection}"] = kept
        return found


def stores_of(data: Path) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Every collection of every service, with its documents, read beside the running platform."""
    for file in sorted((data / "stores").glob("*.sqlite3")):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as store:
            tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for name in tables:
                if "!" not in name and "/" not in name:
                    rows = store.execute(f"SELECT _body FROM [{name}] ORDER BY _id")  # noqa: S608  (the store's own name)
                    yield file.stem, name, [json.loads(row) for (row,) in rows]


def _waiting(data: Path) -> int:
    """How many documents have something to publish, and how many messages are still to be sent."""
    documents = [document for _, _, found in stores_of(data) for document in found]
    told = sum(bool(document.get("outbox")) for document in documents)
    states = [document.get("state") for document in documents]  # a held message's is a word
    return told + sum(isinstance(state, dict) and state.get("state") == "pending" for state in states)


@contextmanager
def a_place(folder: Path) -> Iterator[Place]:
    """The platform while it runs. Raises `AssertionError` if its log then holds a stack trace."""
    with embedded(folder) as (processes, address):
        yield _seeded(address, folder / "data")
        assert "Traceback" not in processes.log("platform")


def _seeded(address: str, data: Path) -> Place:
    """With a referral and a personal assistant in Cheshire East, and a fund in Cambridgeshire and Peterborough."""
    place = Place(address=address, data=data, referral_id="", fund_id="", provider_id="")
    here, there = (SampleCouncil(council_id=council_id, now=SystemClock().now()) for council_id in (CE, CP))
    (referral,) = Client(address, place.token("council_system", CE)).publish(here.referrals(1))
    entry = {name: value for name, value in here.personal_assistants(1)[0].items() if name != "checked_on"}
    Client(address, place.token("adviser", CE)).post("/personal-assistants", entry)
    sent = [there.providers()[0], *there.referrals(1)]
    provider, other = Client(address, place.token("council_system", CP)).publish(sent)
    social_worker = Client(address, place.token("social_worker", CP))
    fund = {
        "council_id": CP,
        "person_id": social_worker.get(f"/referrals/{other['record_id']}")["person_id"],
        "provider_id": provider["record_id"],
        "weekly_budget_pence": 10_000,
        "starts_on": SystemClock().now().date().isoformat(),
    }
    fund_id = social_worker.post("/funds", fund)["id"]
    return replace(place, referral_id=referral["record_id"], fund_id=fund_id, provider_id=provider["record_id"])


def refused(
    place: Place, reply: requests.Response, status: int, named: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The problem, after checking all that every problem must be. `named` is field -> rule."""
    assert reply.status_code == status, reply.text
    assert reply.headers["Content-Type"] == PROBLEM
    assert [inside for inside in INSIDES if inside in reply.text] == []
    assert str(place.data) not in reply.text
    problem: dict[str, Any] = reply.json()
    assert problem["status"] == status
    assert len(problem["title"]) > 3
    assert len(problem["detail"]) > 3
    assert problem["type"].startswith("/problems#")
    if named is not None:
        assert {error["field"]: error["rule"] for error in problem["errors"]} == named, problem
        assert all(error["message"] for error in problem["errors"])
    return problem
