"""Clients that keep the platform busy and write down what they asked for and what they were told.

Each client does one thing after another: it publishes a referral as a council's case system, accepts it, closes it; or spends from
a fund. It repeats what was not answered, under the same key, until it is; now and then it gives up at once, as real clients do.
"""

from __future__ import annotations

import itertools
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests

from shared.clock import SystemClock
from shared.ids import derived_id
from shared.samples.client import Client, Refused
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP
from tests.faults.fleet import Fleet

SECONDS = 12.0
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.1
TOKEN_SECONDS = 600.0
UNAVAILABLE = 500
BUSY = 429
CONTACT = "contact"
"""The effect of a referral that notifications keeps: how its person can be reached."""
WEEKLY_PENCE = 40_000
Send = Callable[[], requests.Response]


@dataclass(kw_only=True)
class Load:
    """Clients at work on one platform. `run` begins every id, so that this run's effects are known from others'.

    Of every `hasty_every` operations one is not repeated when it is not answered; clients rest `pause_seconds` between two
    pieces of work, so that a backlog is the attack's doing and not theirs, and work for no more than `share` of their time.
    """

    fleet: Fleet
    run: str = field(default_factory=lambda: f"run{secrets.token_hex(3)}")
    hasty_every: int = 9
    pause_seconds: float = 0.0
    share: float = 1.0
    submission_effects: tuple[str, ...] = ("referral.submitted", CONTACT)
    stopping: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list)
    funds: list[Fund] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _sample: dict[str, Any] = field(
        default_factory=lambda: SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]
    )
    _tokens: dict[tuple[str, ...], tuple[str, float]] = field(default_factory=dict)

    @contextmanager
    def running(self, *, referrers: int, spenders: int = 0) -> Iterator[Load]:
        """So many clients of each kind, until the block ends; then all that were under way finish."""
        self.funds = [open_fund(self.fleet, f"{self.run}-fund-{number}") for number in range(spenders)]
        works = [self._refer] * referrers + [self._spending(fund) for fund in self.funds]
        threads = [threading.Thread(target=self._keep_on, args=(n, w), daemon=True) for n, w in enumerate(works)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
        assert self.failures == []

    def await_operations(self, count: int, *, within: float) -> None:
        """Waits until so many operations have been acknowledged."""
        deadline = time.monotonic() + within
        while len(self.fleet.history.acknowledged) < count and not self.failures:
            assert time.monotonic() < deadline, f"only {len(self.fleet.history.acknowledged)} of {count} operations"
            self.stopping.wait(PAUSE_SECONDS)

    def await_more_operations(self, count: int) -> None:
        """Waits until so many more have been acknowledged than now."""
        self.await_operations(len(self.fleet.history.acknowledged) + count, within=PATIENCE_SECONDS)

    def _keep_on(self, client: int, work: Callable[[str, int], None]) -> None:
        try:
            while not self.stopping.is_set():
                began = time.monotonic()
                work(f"client-{client}", next(self._numbers))
                self.stopping.wait(self.pause_seconds + (time.monotonic() - began) * (1 / self.share - 1))
        except Exception as error:  # the test fails with it once all have ended
            self.failures.append(f"client-{client}: {error!r}")

    def _refer(self, client: str, number: int) -> None:
        """Publishes one referral, accepts it, closes it."""
        name = f"{self.run}-{number}"
        referral_id = derived_id("ref", CE, name)
        told = self.ask(
            f"{name}-submit",
            lambda: self._post("council_system", CE, "/events", [_event(self._sample, name)], key=f"{name}-submit"),
            client=client,
            expects=self.submission_effects,
        )
        if not told:
            return
        for step, effect in (("accept", "referral.accepted"), ("close", "referral.closed")):
            body = {"reason": "moved-away"} if step == "close" else {}
            path, key = f"/referrals/{referral_id}/{step}", f"{name}-{step}"
            told = told and self.ask(
                key,
                lambda path=path, body=body, key=key: self._post("adviser", CE, path, body, key=key),
                client=client,
                expects=(effect,),
            )

    def _spending(self, fund: Fund) -> Callable[[str, int], None]:
        def spend(client: str, number: int) -> None:
            key = f"{self.run}-{number}-spend"
            path, body = f"/funds/{fund.id}/spends", fund.spend(key)
            self.ask(
                key,
                lambda: self._post("isf_provider", CP, path, body, key=key, organisation_id=fund.provider_id),
                client=client,
                expects=("fund.spend.posted",),
            )

        return spend

    def ask(self, id: str, send: Send, *, client: str, expects: tuple[str, ...]) -> bool:
        """Sends until answered, or once only; whether it was acknowledged. Raises on a refusal that nothing explains."""
        history = self.fleet.history
        history.attempt(id, client=client, expects=expects)
        patient = hash_of(id) % self.hasty_every != 0
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (answered := self._once(id, send)) and patient and time.monotonic() < deadline:
            time.sleep(PAUSE_SECONDS)
        assert answered or not patient, f"{id}: no answer in {PATIENCE_SECONDS} s"
        return answered

    def _once(self, id: str, send: Send) -> bool:
        try:
            reply = send()
        except requests.RequestException:
            return False
        if reply.status_code >= UNAVAILABLE or reply.status_code == BUSY:
            return False
        if not reply.ok or _is_refused(reply):
            self.fleet.history.refuse(id)
            raise AssertionError(f"{id}: {reply.status_code} {reply.text[:500]}")
        self.fleet.history.acknowledge(id)
        return True

    def _post(self, role: str, council_id: str, path: str, body: Any, *, key: str, **who: Any) -> requests.Response:
        batch = isinstance(body, list)
        headers = {
            "Authorization": f"Bearer {self._token(role, council_id, **who)}",
            "Idempotency-Key": key,
            "X-Correlation-Id": key,
            "Content-Type": "application/cloudevents-batch+json" if batch else "application/json",
        }
        return requests.post(
            f"{self.fleet.address}/api/v1{path}", data=json.dumps(body), headers=headers, timeout=SECONDS
        )

    def _token(self, role: str, council_id: str, **who: Any) -> str:
        """A token, the same again for some minutes: signing in for each request would measure nothing but that."""
        asked = (role, council_id, *who.values())
        token, until = self._tokens.get(asked, ("", 0.0))
        if time.monotonic() >= until:
            token, until = self.fleet.token(role=role, councils=(council_id,), **who), time.monotonic() + TOKEN_SECONDS
            self._tokens[asked] = (token, until)
        return token


@dataclass(frozen=True, kw_only=True)
class Fund:
    """A fund to spend from, a penny at a time."""

    id: str
    provider_id: str
    today: str
    paid_in_pence: int

    def spend(self, reference: str) -> dict[str, Any]:
        return {
            "amount_pence": 1,
            "effective_on": self.today,
            "category": "support",
            "outcome_id": "out-and-about",
            "payee_id": "sample-payee",
            "reference": reference,
            "evidence": "invoice",
        }


def open_fund(fleet: Fleet, name: str) -> Fund:
    """A fund with an agreed plan and four weeks' money."""
    today = SystemClock().now().date().isoformat()
    provider_id = derived_id("prv", CP, name)
    wanted = {
        "council_id": CP,
        "person_id": derived_id("per", CP, name),
        "provider_id": provider_id,
        "weekly_budget_pence": WEEKLY_PENCE,
        "starts_on": today,
    }
    officer = fleet.client(role="finance_officer", council_id=CP)
    fund_id = officer.post("/funds", wanted, key=f"{name}-open")["id"]
    line = {
        "line_id": "support",
        "outcome_id": "out-and-about",
        "category": "support",
        "weekly_cost_pence": WEEKLY_PENCE,
    }
    plan = {"lines": [line], "written_by": "sample-provider"}
    fleet.client(role="social_worker", council_id=CP).post(f"/funds/{fund_id}/plan", plan)
    payment = {"amount_pence": 4 * WEEKLY_PENCE, "effective_on": today, "reference": "first payment"}
    officer.post(f"/funds/{fund_id}/payments", payment)
    return Fund(id=fund_id, provider_id=provider_id, today=today, paid_in_pence=4 * WEEKLY_PENCE)


def hash_of(id: str) -> int:
    """A number that is the same for the same id in every process."""
    return int.from_bytes(id.encode()[-8:].rjust(8), "big") % 1_000_003


def _event(sample: dict[str, Any], name: str) -> dict[str, Any]:
    """A referral of this name, its person's own; the correlation id is the operation's."""
    person = sample["data"]["person"] | {"person_reference": name}
    data = sample["data"] | {"referral_reference": name, "person": person}
    return sample | {"id": name, "correlationid": f"{name}-submit", "data": data}


def _is_refused(reply: requests.Response) -> bool:
    answer = reply.json()
    return any(result["outcome"] == "refused" for result in answer.get("results", ()))


__all__ = ["CONTACT", "Client", "Fund", "Load", "Refused", "open_fund"]
