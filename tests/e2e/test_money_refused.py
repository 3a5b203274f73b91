"""Why money is refused, told apart over HTTP: each reason has its own problem code, and the book stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from shared.clock import SystemClock
from shared.dates import london_day
from shared.samples.journey import CP
from tests.support.refusals import Place, a_place, refused

LINE = {"line_id": "l1", "outcome_id": "outcome-fit", "category": "activity", "weekly_cost_pence": 3000}


@dataclass(frozen=True, kw_only=True)
class Purse:
    """Funds of one provider, and who asks things of them."""

    place: Place
    day: str
    fund_id: str
    closed_id: str
    new_id: str
    names: dict[str, str]

    def post(self, role: str, path: str, body: dict[str, Any], *, key: str | None = None) -> requests.Response:
        return post(self.place, role, path, body, key=key)

    def spend(self, **changes: Any) -> dict[str, Any]:
        return a_spend(self.day) | changes

    def filled(self, path: str) -> str:
        return path.format(fund=self.fund_id, closed=self.closed_id, new=self.new_id, **self.names)


def a_spend(day: str) -> dict[str, Any]:
    return {
        "amount_pence": 1250,
        "category": "activity",
        "outcome_id": "outcome-fit",
        "payee_id": "payee-pool",
        "effective_on": day,
    }


def post(place: Place, role: str, path: str, body: dict[str, Any], *, key: str | None = None) -> requests.Response:
    who = {"organisation_id": place.provider_id} if role == "isf_provider" else {}
    headers = {"Idempotency-Key": key} if key else {}
    return place.ask("POST", path, token=place.token(role, CP, **who), body=body, headers=headers)


def told(reply: requests.Response) -> dict[str, Any]:
    assert reply.ok, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


@pytest.fixture(scope="module")
def purse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Purse]:
    """A funded fund in which something was spent, reversed, booked and called off; a closed one; one without a plan."""
    with a_place(tmp_path_factory.mktemp("refused")) as place:
        day = london_day(SystemClock().now()).isoformat()
        fund_id, closed_id, new_id = (_a_fund(place, day) for _ in range(3))
        fund = f"/funds/{fund_id}"
        told(post(place, "social_worker", f"{fund}/plan", {"written_by": "staff-1", "lines": [LINE]}))
        told(post(place, "finance_officer", f"{fund}/payments", {"effective_on": day}))
        wrong = told(post(place, "isf_provider", f"{fund}/spends", a_spend(day), key="key-of-a-spend"))
        told(post(place, "finance_officer", f"{fund}/entries/{wrong['id']}/reverse", {"reason": "paid twice"}))
        booked = told(post(place, "isf_provider", f"{fund}/reservations", a_spend(day) | {"expires_on": day}))
        told(post(place, "isf_provider", f"{fund}/reservations/{booked['id']}/void", {"reason": "called off"}))
        told(post(place, "finance_officer", f"/funds/{closed_id}/close", {}))
        names = {"reversed": wrong["id"], "booked": booked["id"]}
        yield Purse(place=place, day=day, fund_id=fund_id, closed_id=closed_id, new_id=new_id, names=names)


def _a_fund(place: Place, day: str) -> str:
    fund = {
        "council_id": CP,
        "person_id": "person-0007",
        "provider_id": place.provider_id,
        "weekly_budget_pence": 10_000,
        "starts_on": day,
    }
    return str(told(post(place, "social_worker", "/funds", fund))["id"])


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What is asked, and the answer that tells it apart."""

    code: str
    path: str
    body: dict[str, Any]
    role: str = "isf_provider"
    status: int = 409
    spends: bool = False
    key: str | None = None
    clause: str = ""


REFUSALS = {
    "its clause": Refusal(
        code="spend-not-allowed",
        path="/funds/{fund}/spends",
        body={"category": "lottery"},
        spends=True,
        clause="CP 6.17(e)",
    ),
    "another clause": Refusal(
        code="spend-not-allowed",
        path="/funds/{fund}/spends",
        body={"supply": "equipment"},
        spends=True,
        clause="CP 2.3",
    ),
    "an agreement that is needed": Refusal(
        code="spend-not-allowed",
        path="/funds/{fund}/spends",
        body={"outcome_id": "outcome-travel"},
        spends=True,
        clause="CP 6.17(g)",
    ),
    "the balance": Refusal(
        code="would-overdraw-fund", path="/funds/{fund}/spends", body={"amount_pence": 40_001}, spends=True
    ),
    "a repeated key": Refusal(
        code="key-reused",
        path="/funds/{fund}/spends",
        body={"amount_pence": 1251},
        spends=True,
        status=422,
        key="key-of-a-spend",
    ),
    "a reversal before": Refusal(
        code="already-reversed",
        path="/funds/{fund}/entries/{reversed}/reverse",
        body={"reason": "again"},
        role="finance_officer",
    ),
    "a reservation that ended": Refusal(
        code="reservation-resolved", path="/funds/{fund}/reservations/{booked}/post", body={}
    ),
    "a reservation that is none": Refusal(
        code="reservation-not-found", path="/funds/{fund}/reservations/{fund}.1.1/post", body={}, status=404
    ),
    "what is set aside": Refusal(
        code="more-than-allocated",
        path="/funds/{fund}/spends",
        body={"purpose": "outcome-fit"},
        spends=True,
    ),
    "a plan that nobody agreed": Refusal(code="plan-not-agreed", path="/funds/{new}/spends", body={}, spends=True),
    "a fund that is closed": Refusal(code="fund-closed", path="/funds/{closed}/spends", body={}, spends=True),
    "policy that is incomplete": Refusal(
        code="policy-incomplete",
        path="/funds/{fund}/decisions",
        body={"question": "fee", "facts": {"lot": "lot-1", "own_service_weekly_pence": 0}},
        role="finance_officer",
    ),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_each_reason_has_its_own_code_and_the_book_stays_as_it_was(purse: Purse, reason: str) -> None:
    refusal = REFUSALS[reason]
    body = purse.spend(**refusal.body) if refusal.spends else refusal.body
    before = _head(purse)

    problem = refused(
        purse.place,
        purse.post(refusal.role, purse.filled(refusal.path), body, key=refusal.key),
        refusal.status,
    )

    assert problem["code"] == refusal.code
    assert refusal.clause in problem["detail"]
    assert refusal.clause in {"", *(error["rule"] for error in problem.get("errors", []))}
    assert _head(purse) == before


def test_every_reason_that_is_not_a_clause_has_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in REFUSALS.values() if not refusal.clause]

    assert len(set(codes)) == len(codes)


def _head(purse: Purse) -> tuple[int, str]:
    token = purse.place.token("finance_officer", CP)
    proof = told(purse.place.ask("GET", f"/funds/{purse.fund_id}/proof", token=token))
    return proof["blocks"], str(proof["head"])
