"""Input that must be refused: each kind with its own clear problem, nothing passed on to a service, no stack trace."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.gateway_fakes import FakeServices, signed_in

ACCEPT = "/api/v1/referrals/ref-1/accept"
SPENDS = "/api/v1/funds/fund-1/spends"
PROBLEM = "application/problem+json"


def errors_of(answer: Any) -> dict[str, str]:
    """Field -> rule of a problem document."""
    assert answer.content_type == PROBLEM
    return {error["field"]: error["rule"] for error in answer.get_json()["errors"]}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        pytest.param(b'{"worker_id": "a"', "json", id="cut off"),
        pytest.param(b"\xff\xfe", "utf-8", id="not UTF-8"),
        pytest.param(b'{"worker_id": "a", "worker_id": "b"}', "json", id="a key twice"),
        pytest.param(b'{"worker_id": {"a": 1, "a": 2}}', "json", id="a key twice, deep inside"),
        pytest.param(b'{"worker_id": NaN}', "json", id="NaN"),
        pytest.param(b'{"worker_id": -Infinity}', "json", id="infinity"),
        pytest.param(b'{"worker_id": 1e999}', "json", id="a number beyond all bounds"),
        pytest.param(b'{"worker_id": "\\ud800"}', "unicode", id="half a character"),
        pytest.param(b"[" * 100_000, "depth", id="nested without end"),
        pytest.param(b'{"worker_id": ' + b"9" * 5000 + b"}", "json", id="a number of 5000 digits"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_400_that_says_why(
    client: FlaskClient, services: FakeServices, body: bytes, rule: str
) -> None:
    answer = client.post(ACCEPT, data=body, content_type="application/json", headers=signed_in("adviser"))

    assert answer.status_code == 400
    assert errors_of(answer) == {"body": rule}
    assert services.calls == []


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        pytest.param({"worker_id": "w", "colour": "red"}, "colour", "unknown", id="unknown field"),
        pytest.param({"worker_id": 7}, "worker_id", "format", id="a number for an id"),
        pytest.param({"worker_id": "../etc"}, "worker_id", "format", id="a path for an id"),
        pytest.param({"worker_id": None}, "worker_id", "required", id="null"),
        pytest.param(["worker_id"], "body", "format", id="a list for an object"),
    ],
)
def test_a_field_that_breaks_a_rule_is_a_422_that_names_it(
    client: FlaskClient, services: FakeServices, body: Any, field: str, rule: str
) -> None:
    answer = client.post(ACCEPT, json=body, headers=signed_in("adviser"))

    assert answer.status_code == 422
    assert errors_of(answer) == {field: rule}
    assert services.calls == []


@pytest.mark.parametrize("amount", [-1, 0, 1.005, 12.0, "1.005", "12", True, None, 10**13])
def test_only_whole_positive_pence_are_an_amount(client: FlaskClient, services: FakeServices, amount: Any) -> None:
    spend = {"amount_pence": amount, "category": "personal_care", "payee_id": "p-1", "effective_on": "2026-03-02"}

    answer = client.post(SPENDS, json=spend, headers=signed_in("isf_provider"))

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {"amount_pence"}
    assert services.calls == []


@pytest.mark.parametrize("day", ["2026-02-31", "31/02/2026", "2026-2-3", 20260203, "today"])
def test_a_day_that_is_not_in_the_calendar_is_refused(client: FlaskClient, services: FakeServices, day: Any) -> None:
    answer = client.post(
        "/api/v1/referrals/ref-1/direct-payment", json={"implemented_on": day}, headers=signed_in("adviser")
    )

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {"implemented_on"}
    assert services.calls == []


def test_every_field_at_fault_is_named_at_once(client: FlaskClient) -> None:
    answer = client.post("/api/v1/funds", json={"weekly_budget_pence": -1, "x": 1}, headers=signed_in("social_worker"))

    assert errors_of(answer) == {
        "council_id": "required",
        "person_id": "required",
        "provider_id": "required",
        "starts_on": "required",
        "weekly_budget_pence": "format",
        "x": "unknown",
    }


def test_a_nested_field_is_named_by_its_path(client: FlaskClient) -> None:
    plan = {
        "written_by": "w",
        "lines": [{"line_id": "l", "outcome_id": "o", "category": "c", "weekly_cost_pence": 1.5}],
    }

    answer = client.post("/api/v1/funds/fund-1/plan", json=plan, headers=signed_in("social_worker"))

    assert set(errors_of(answer)) == {"lines.0.weekly_cost_pence"}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1000000", "limit"),
        ("limit=0", "limit"),
        ("limit=ten", "limit"),
        ("lmit=10", "lmit"),
        ("after=", "after"),
    ],
)
def test_a_page_beyond_the_limit_or_a_misspelt_parameter_is_a_422(
    client: FlaskClient, services: FakeServices, query: str, field: str
) -> None:
    answer = client.get(f"/api/v1/referrals?{query}", headers=signed_in("adviser"))

    assert answer.status_code == 422
    assert set(errors_of(answer)) == {field}
    assert services.calls == []


def test_a_body_of_5_mb_is_a_413(client: FlaskClient, services: FakeServices) -> None:
    body = b'{"worker_id": "' + b"a" * 5_000_000 + b'"}'

    answer = client.post(ACCEPT, data=body, content_type="application/json", headers=signed_in("adviser"))

    assert answer.status_code == 413
    assert answer.get_json()["code"] == "too-large"
    assert answer.headers["Steward-Body-Limit"] == "1000000"
    assert services.calls == []


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_a_body_that_is_not_json_is_a_415(client: FlaskClient, services: FakeServices, content_type: str) -> None:
    answer = client.post(ACCEPT, data=b'{"worker_id": "a"}', content_type=content_type, headers=signed_in("adviser"))

    assert answer.status_code == 415
    assert answer.get_json()["code"] == "unsupported-media-type"
    assert services.calls == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Idempotency-Key", ""),
        ("Idempotency-Key", "a b"),
        ("Idempotency-Key", "k" * 201),
        ("If-Match", "3"),
        ("If-Match", 'W/"3"'),
        ("If-Match", '"3", "4"'),
        ("X-Correlation-Id", "a\tb"),
        ("X-Correlation-Id", "x" * 129),
        ("X-Correlation-Id", "<script>"),
    ],
)
def test_a_header_in_the_wrong_form_is_a_400_that_names_it(
    client: FlaskClient, services: FakeServices, header: str, value: str
) -> None:
    answer = client.post(ACCEPT, json={"worker_id": "a"}, headers=signed_in("adviser") | {header: value})

    assert answer.status_code == 400
    assert errors_of(answer) == {header: "format"}
    assert services.calls == []


@pytest.mark.parametrize("referral_id", ["..", "%2e%2e", "a%00b", "a b", "a/b", "x" * 129, "%F0%9F%92%A3", "-a"])
def test_what_cannot_be_an_id_is_no_address(client: FlaskClient, services: FakeServices, referral_id: str) -> None:
    answer = client.get(f"/api/v1/referrals/{referral_id}", headers=signed_in("adviser"))

    assert answer.status_code == 404
    assert answer.content_type == PROBLEM
    assert services.calls == []


def test_a_method_that_an_address_does_not_take_is_a_405_that_lists_those_it_takes(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/referrals/ref-1", headers=signed_in("adviser"))

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert answer.get_json()["code"] == "method-not-allowed"
