"""The gateway's neighbours, written by hand: services that answer as told, feeds that grow, keys and tokens of a provider."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.app import create_app
from gateway.feed import FEED_READER
from gateway.identity import Identity, ProviderIdentity, development_identity
from gateway.keys import FixedKeys
from gateway.settings import GatewaySettings
from gateway.tokens import TokenRules, TokenVerifier, Who
from services.referrals.schemas.policies import pack_out
from shared.context import Caller
from shared.errors import NotFound, Unavailable
from shared.messaging.publishing.feed import beginning
from shared.policy.policies import Policies
from shared.telemetry.tracing import ServiceTracing
from tests.support.clocks import FixedClock

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ISSUER = "https://sign-in.council.example"
AUDIENCE = "steward"
Answer = dict[str, Any] | Exception | Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that reached a service."""

    service: str
    method: str
    payload: dict[str, Any]
    caller: Caller
    timeout: float | None


@dataclass(kw_only=True)
class FakeServices:
    """Answers what it was told to, remembers what it was asked, and keeps a feed for each service."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    feeds: dict[str, FakeFeed] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> dict[str, Any]:
        """See `gateway.services.Services`."""
        if service in self.away:
            raise Unavailable(f"{service} is not running.")
        if method == "feed":
            return self.feed_of(service).answer(payload, caller)
        self.calls.append(Call(service=service, method=method, payload=payload, caller=caller, timeout=timeout))
        return self._answer(service, method, payload)

    def forget(self) -> None:
        """As good as new."""
        for kept in (self.answers, self.calls, self.feeds, self.away):
            kept.clear()

    def feed_of(self, service: str) -> FakeFeed:
        """The feed of a service."""
        return self.feeds.setdefault(service, FakeFeed(service=service))

    def asked(self, method: str, service: str | None = None) -> Call:
        """The one call of this method, of this service where several answer to it."""
        found = [call for call in self.calls if call.method == method and service in (None, call.service)]
        assert len(found) == 1, f"{method} was called {len(found)} times"
        return found[0]

    def _answer(self, service: str, method: str, payload: dict[str, Any]) -> dict[str, Any]:
        usual = _ELSEWHERE.get((service, method), _USUAL.get(method))
        answer = self.answers.get((service, method), usual)
        if answer is None:
            raise NotFound(f"the fake knows no {service}.{method}")
        if isinstance(answer, Exception):
            raise answer
        return answer(payload) if callable(answer) else answer


@dataclass(kw_only=True)
class FakeFeed:
    """One service's event log: cursors are places in the list, waiting ends when something is added."""

    service: str
    items: list[dict[str, Any]] = field(default_factory=list)
    given_again: int = 0
    """How many events before the one that a reader had last were logged within a second before it."""
    _grown: threading.Condition = field(default_factory=threading.Condition)

    def add(self, type: str, **changes: Any) -> dict[str, Any]:
        """Publishes an event."""
        with self._grown:
            item = an_event(type, number=len(self.items) + 1, service=self.service, **changes)
            self.items.append(item)
            self._grown.notify_all()
        return item

    def answer(self, payload: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
        """The `feed` call, as the services' base class answers it."""
        assert caller is FEED_READER
        with self._grown:
            start = self._start(payload)
            if start >= len(self.items):
                self._grown.wait(min(float(payload["wait_seconds"]), 0.2))
            page = self.items[start : start + payload["limit"]]
        end = start + len(page)
        return {"items": page, "next": str(end) if end else None}

    def _start(self, payload: Mapping[str, Any]) -> int:
        if payload.get("after_event"):
            ids = [item["id"] for item in self.items]
            if payload["after_event"] not in ids:
                return max(0, len(self.items) - payload["limit"])
            return max(0, ids.index(payload["after_event"]) - self.given_again)
        if payload.get("after") == beginning():
            return 0
        if payload.get("after") is None:
            return max(0, len(self.items) - payload["limit"])
        return int(payload["after"])


def an_event(type: str, *, number: int = 1, service: str = "referrals", **changes: Any) -> dict[str, Any]:
    """An event as a feed tells it."""
    stream = changes.get("stream", type.partition(".")[0])
    usual = {
        "id": f"{service}-event-{number:04}",
        "type": type,
        "stream": stream,
        "subject": f"{stream}-{number:04}",
        "sequence": 1,
        "time": "2026-03-02T09:00:00.000Z",
        "council_id": "cheshire-east",
        "correlation_id": f"story-{number:04}",
        "data": {},
    }
    return usual | changes


def a_gateway(
    services: FakeServices,
    *,
    identity: Identity | None = None,
    clock: FixedClock | None = None,
    tracing: ServiceTracing | None = None,
    **settings: Any,
) -> Flask:
    """The application over fake services, with tokens of a fake provider."""
    clock = clock or FixedClock(NOON)
    return create_app(
        services=services,
        settings=GatewaySettings(**settings),
        identity=identity or PROVIDER.identity(clock),
        clock=clock,
        policies=POLICIES,
        tracing=tracing,
    )


def a_development_gateway(services: FakeServices, data_dir: Path, **settings: Any) -> Flask:
    """The application with demo sign-ins."""
    clock = FixedClock(NOON)
    identity = development_identity(settings=GatewaySettings(**settings), embedded=True, data_dir=data_dir, clock=clock)
    return a_gateway(services, identity=identity, clock=clock, **settings)


@dataclass(frozen=True, kw_only=True)
class FakeProvider:
    """An identity provider with a key of each accepted kind."""

    rsa: RSAKey
    ec: ECKey
    okp: OKPKey

    def key_set(self) -> dict[str, Any]:
        """Its JWKS."""
        return {"keys": [key.as_dict(private=False) for key in (self.rsa, self.ec, self.okp)]}

    def identity(self, clock: FixedClock) -> ProviderIdentity:
        """What the gateway makes of its tokens."""
        rules = TokenRules(issuer=ISSUER, audience=AUDIENCE)
        return ProviderIdentity(verifier=TokenVerifier(keys=FixedKeys.of(self.key_set()), rules=rules, clock=clock))

    def claims(self, who: Who, **changes: Any) -> dict[str, Any]:
        """What a token says, valid for an hour around noon."""
        now = int(NOON.timestamp())
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": who.actor_id,
            "roles": list(who.roles),
            "councils": list(who.councils),
            "organisation_id": who.organisation_id,
            "iat": now,
            "exp": now + 3600,
        }
        return {name: value for name, value in (usual | changes).items() if value is not None}

    def token(self, who: Who, **changes: Any) -> str:
        """A good token, unless changes make it bad."""
        return self.sign(self.claims(who, **changes), key=self.rsa, algorithm="RS256")

    def sign(self, claims: Mapping[str, Any], *, key: RSAKey | ECKey | OKPKey, algorithm: str) -> str:
        """Signs any claims with any of its keys."""
        return jwt.encode({"alg": algorithm, "kid": key.kid}, dict(claims), key, algorithms=[algorithm])


def a_provider() -> FakeProvider:
    """A provider with fresh keys."""
    return FakeProvider(
        rsa=RSAKey.generate_key(2048, {"kid": "rsa-1"}),
        ec=ECKey.generate_key("P-256", {"kid": "ec-1"}),
        okp=OKPKey.generate_key("Ed25519", {"kid": "okp-1"}),
    )


def someone(role: str, *, council: str = "cheshire-east", actor_id: str = "worker-1", **more: Any) -> Who:
    """Somebody of one role in one council."""
    return Who(actor_id=actor_id, roles=(role,), councils=(council,), **more)


def signed_in(role: str, **more: Any) -> dict[str, str]:
    """The header that signs a request in."""
    return {"Authorization": f"Bearer {PROVIDER.token(someone(role, **more))}"}


def sign_in_by_page(client: FlaskClient, person: str) -> None:
    """Signs a browser in on the development page."""
    answer = client.post("/sign-in", data={"person": person, "next": "/"}, headers=FROM_PAGE)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def a_referral(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A referral as its service tells it."""
    usual = {
        "id": f"ref-{number:04}",
        "version": 3,
        "council_id": "cheshire-east",
        "reference": f"CE-{number:04}",
        "person_id": f"per-{number:04}",
        "source": "adult-social-care",
        "urgency": "standard",
        "status": "submitted",
        "received_at": "2026-02-27T10:00:00.000Z",
        "missing": [],
        "possible_steps": ["accept", "close", "place_on_waiting_list", "refuse"],
        "offers": [],
        "clocks": [a_clock(number)],
    }
    return usual | changes


def a_clock(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A running clock."""
    usual = {
        "id": f"clk-{number:04}",
        "rule": "C1",
        "name": "referral_response",
        "record_id": f"ref-{number:04}",
        "started_at": "2026-02-27T10:00:00.000Z",
        "due_at": "2026-03-06T23:59:59.000Z",
        "clause": "CE 4.3",
        "policy": "cheshire-east/2019-04-01",
        "state": "running",
        "provisional": False,
    }
    return usual | changes


def a_direct_payment() -> dict[str, Any]:
    """A payment whose test was not met the first time, with an early help check that was missed."""
    found = {"found_by": "worker-1", "found_on": "2026-02-27", "evidence": "Sample.", "holds": False}
    condition = {"code": "best-interests", "label": "Acts in their interest", "clause": "CE 3.2", "state": "failed"}
    return {
        "id": "dpy-0001",
        "version": 3,
        "referral_id": "ref-1",
        "person_id": "per-0001",
        "council_id": "cheshire-east",
        "status": "running",
        "implemented_on": "2026-02-01",
        "council_decision": True,
        "test": {
            "outcome": "not_met",
            "words": "not met because condition 3, acts in their interest (CE 3.2) was found not to hold",
            "conditions": [condition | {"finding": found}],
        },
        "checklist": [{"item": "agreement-signed", "label": "The agreement is signed", "state": "open"}],
        "checks_stand": {"early_help_check": "breached"},
        "checks": [],
        "clocks": [a_clock(1, name="early_help_check", state="breached")],
    }


def an_explained_clock(number: int = 1) -> dict[str, Any]:
    """A clock with its whole calculation, made by the policy module itself."""
    started_at = datetime(2026, 5, 21, 9, 0, tzinfo=UTC)
    explanation = POLICIES.deadline("cheshire-east", "referral_response", started_at).explain()
    return a_clock(number, council_id="cheshire-east", explanation=explanation)


def an_alert(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An alert that nobody has in hand."""
    usual = {
        "id": f"alert-{number:04}",
        "version": 1,
        "council_id": "cheshire-east",
        "concern_id": f"concern-{number:04}",
        "priority": "urgent",
        "raised_at": "2026-03-02T11:30:00.000Z",
        "acknowledged_at": None,
        "acknowledged_by": None,
    }
    return usual | changes


def a_statement(**changes: Any) -> dict[str, Any]:
    """A statement of two entries."""
    usual = {
        "fund_id": "fund-0001",
        "council_id": "cambridgeshire-peterborough",
        "person_id": "per-0001",
        "provider_id": "provider-1",
        "from": "2026-02-01",
        "to": "2026-02-28",
        "opening_pence": 0,
        "closing_pence": 95_050,
        "lines": [
            a_statement_line(entry_id="e-1", words="Payment in", amount_pence=100_000, balance_pence=100_000),
            a_statement_line(
                entry_id="e-2", words="Spend", amount_pence=-4_950, balance_pence=95_050, reference="=1+1"
            ),
        ],
        "accounts": [],
        "policy_versions": ["cambridgeshire-peterborough/2020-04-01"],
        "head": {"number": 3, "hash": "ab" * 32},
        "made_at": "2026-03-02T12:00:00Z",
    }
    return usual | changes


def a_statement_line(**changes: Any) -> dict[str, Any]:
    """One entry of a statement."""
    usual = {
        "entry_id": "e-1",
        "type": "spend",
        "words": "Spend",
        "effective_on": "2026-02-02",
        "recorded_at": "2026-02-02T10:00:00Z",
        "reference": "",
        "clause": "",
        "reverses": None,
        "amount_pence": 100,
        "side": "Dr",
        "balance_pence": 100,
    }
    return usual | changes


def found_assistants() -> dict[str, Any]:
    """A page of search results."""
    hits = [
        {
            "id": f"pa-{number:04}",
            "headline": f"Sample personal assistant {number}",
            "within_miles": 5,
            "reasons": [{"criterion": "skills", "values": ["hoisting"]}],
        }
        for number in (1, 2)
    ]
    facets = {"skills": {"hoisting": 2, "tube-feeding": 0}, "languages": {"polish": 1}}
    return {"items": hits, "total": 2, "facets": facets, "next": None}


def a_pack() -> dict[str, Any]:
    """Cheshire East's pack as referrals tells it."""
    return pack_out(POLICIES.version("cheshire-east/2019-04-01"), in_force=True)


def a_simulation(**changes: Any) -> dict[str, Any]:
    """A page of what another pack would change: one deadline, which would be overdue at once."""
    effect = {
        "kind": "clock",
        "record_id": "ref-0001",
        "clock_id": "clk-0001",
        "rule": "C1",
        "name": "referral_response",
        "before": "2026-03-06T23:59:59.000Z",
        "after": "2026-03-02T23:59:59.000Z",
        "would_breach": True,
        "note": "",
    }
    usual = {
        "council_id": "cheshire-east",
        "before": "cheshire-east/2019-04-01",
        "after": "cheshire-east/2026-04-01",
        "at": "2026-03-31T23:00:00.000Z",
        "left_open": ["refusal_acts"],
        "looked_at": 1,
        "items": [effect],
        "next": None,
    }
    return usual | changes


def _page_of(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items), "next": None}


FROM_PAGE = {"Origin": "http://localhost"}
PROVIDER = a_provider()
POLICIES = Policies.load()
_USUAL: Mapping[str, Answer] = {
    "health": {"service": "any", "store": "ok", "broker": "ok", "outbox_waiting": 0, "held": {}},
    "get_referral": lambda payload: a_referral() | {"id": payload["id"]},
    "list_referrals": _page_of(a_referral(1), a_referral(2, status="incomplete", missing=["care_and_support_plan"])),
    "accept_referral": lambda payload: a_referral(status="accepted", version=4) | {"id": payload["id"]},
    "referral_history": _page_of({"id": "e-1", "type": "referral.submitted", "time": "2026-02-27T10:00:00Z"}),
    "list_clocks": _page_of(a_clock(state="breached")),
    "get_direct_payment": a_direct_payment(),
    "direct_payment_history": _page_of(),
    "record_check": a_direct_payment(),
    "get_clock": lambda payload: an_explained_clock() | {"id": payload["id"]},
    "pause_clock": lambda payload: an_explained_clock() | {"id": payload["id"], "state": "paused"},
    "resume_clock": lambda payload: an_explained_clock() | {"id": payload["id"]},
    "list_alerts": _page_of(an_alert()),
    "list_policy_packs": lambda _: _page_of(a_pack()),
    "get_policy_pack": lambda _: a_pack(),
    "list_policy_effects": a_simulation(),
    "list_clock_effects": a_simulation(items=[], looked_at=0),
    "acknowledge_alert": lambda payload: an_alert(version=2) | {"id": payload["id"]},
    "raise_concern": {"id": "concern-0001", "version": 1},
    "search_personal_assistants": found_assistants(),
    "summarise_personal_assistants": {"total": 25, "facets": {"skills": {"hoisting": 10}}},
    "get_statement": a_statement(),
}
_ELSEWHERE: dict[tuple[str, str], Answer] = {("ledger", "list_clocks"): {"items": [], "next": None}}
"""Where a service answers otherwise than another one that has a call of this name."""
