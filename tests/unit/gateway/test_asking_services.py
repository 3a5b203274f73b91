"""What reaches the services: the method, the payload, who asks, and the conditions of a change."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import gateway
from tests.support.gateway_fakes import FakeServices, a_referral, signed_in

ACCEPT = "/api/v1/referrals/ref-1/accept"
DONE = {"id": "x-1", "version": 2}

CHANGES = [
    ("adviser", "POST", "/referrals/ref-1/refuse", {"reason": "out-of-area"}, "referrals.refuse_referral", {}),
    (
        "adviser",
        "POST",
        "/referrals/ref-1/place-on-waiting-list",
        {"reason": "x"},
        "referrals.place_on_waiting_list",
        {},
    ),
    ("adviser", "POST", "/referrals/ref-1/allocate", {"worker_id": "w"}, "referrals.allocate_referral", {}),
    ("brokerage_team", "POST", "/referrals/ref-1/offers", {"lot": 1}, "referrals.offer_referral", {}),
    ("isf_provider", "POST", "/offers/ref-1/answer", {"has_capacity": True}, "referrals.answer_offer", {}),
    ("person", "POST", "/referrals/ref-1/choose-provider", {"provider_id": "p"}, "referrals.choose_provider", {}),
    (
        "adviser",
        "POST",
        "/referrals/ref-1/direct-payment",
        {"implemented_on": "2026-03-02"},
        "referrals.record_direct_payment",
        {},
    ),
    ("adviser", "POST", "/referrals/ref-1/close", {"reason": "ended"}, "referrals.close_referral", {}),
    (
        "adviser",
        "PUT",
        "/people/ref-1/communication-needs",
        {"name": "Sample Person", "unsafe_channels": ["phone"]},
        "referrals.set_communication_needs",
        {},
    ),
    ("safeguarding_team", "POST", "/alerts/ref-1/acknowledge", {}, "safeguarding.acknowledge_alert", {}),
    (
        "safeguarding_lead",
        "POST",
        "/concerns/ref-1/triage",
        {"procedures_apply": True, "reason": "x"},
        "safeguarding.triage_concern",
        {},
    ),
    ("safeguarding_team", "POST", "/webhooks/ref-1/disable", {}, "notifications.disable_webhook", {}),
    ("safeguarding_team", "POST", "/webhooks/ref-1/enable", {}, "notifications.enable_webhook", {}),
    ("safeguarding_team", "POST", "/webhooks/ref-1/change-secret", {}, "notifications.change_webhook_secret", {}),
    (
        "person",
        "POST",
        "/funds/ref-1/decisions",
        {"question": "spend", "facts": {}},
        "ledger.get_decision_about_fund",
        {},
    ),
    ("isf_provider", "POST", "/funds/ref-1/close", {}, "ledger.close_fund", {}),
    ("finance_officer", "POST", "/funds/ref-1/payments", {"first_on": "2026-03-02"}, "ledger.take_payment_in", {}),
    (
        "isf_provider",
        "POST",
        "/funds/ref-1/entries/e-1/reverse",
        {"reason": "twice"},
        "ledger.reverse_entry",
        {"entry_id": "e-1"},
    ),
]


@pytest.mark.parametrize(
    ("role", "verb", "place", "body", "call", "more"), CHANGES, ids=[change[4] for change in CHANGES]
)
def test_a_change_reaches_its_service_with_the_record_and_the_body(
    *,
    client: FlaskClient,
    services: FakeServices,
    role: str,
    verb: str,
    place: str,
    body: dict[str, Any],
    call: str,
    more: dict[str, Any],
) -> None:
    service, _, method = call.partition(".")
    services.answers[service, method] = DONE

    answer = client.open(f"/api/v1{place}", method=verb, json=body, headers=signed_in(role))

    assert answer.status_code == 200, answer.get_json()
    assert services.asked(method).payload == body | more | {"id": "ref-1"}


def test_every_method_that_is_called_is_one_that_its_service_answers() -> None:
    services = Path(gateway.__file__).parent.parent / "services"
    missing = {
        f"{service}.{method}"
        for service, method in called_methods()
        if (services / service / "service.py").exists() and method not in answered_methods(services / service)
    }

    assert missing == set()


def test_the_idempotency_key_goes_to_the_service(client: FlaskClient, services: FakeServices) -> None:
    client.post(ACCEPT, json={}, headers=signed_in("adviser") | {"Idempotency-Key": "key-7"})

    assert services.asked("accept_referral").caller.idempotency_key == "key-7"


def test_the_correlation_id_and_the_trace_go_to_the_service(client: FlaskClient, services: FakeServices) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = signed_in("adviser") | {"X-Correlation-Id": "story-7", "traceparent": trace}

    answer = client.post(ACCEPT, json={}, headers=headers)

    caller = services.asked("accept_referral").caller
    assert (caller.correlation_id, caller.traceparent) == ("story-7", trace)
    assert answer.headers["X-Correlation-Id"] == "story-7"


def test_a_trace_in_the_wrong_form_is_left_out(client: FlaskClient, services: FakeServices) -> None:
    client.post(ACCEPT, json={}, headers=signed_in("adviser") | {"traceparent": "00-zz"})

    assert services.asked("accept_referral").caller.traceparent is None


def test_a_request_without_a_correlation_id_gets_one(client: FlaskClient, services: FakeServices) -> None:
    answer = client.post(ACCEPT, json={}, headers=signed_in("adviser"))

    assert answer.headers["X-Correlation-Id"] == services.asked("accept_referral").caller.correlation_id != ""


def test_whoever_accepts_a_referral_without_naming_a_worker_is_its_worker(
    client: FlaskClient, services: FakeServices
) -> None:
    client.post(ACCEPT, json={}, headers=signed_in("adviser", actor_id="alex"))

    assert services.asked("accept_referral").payload == {"id": "ref-1", "worker_id": "alex"}


def test_a_record_carries_its_version_as_etag(client: FlaskClient) -> None:
    answer = client.get("/api/v1/referrals/ref-1", headers=signed_in("adviser"))

    assert answer.headers["ETag"] == '"3"'
    assert answer.get_json()["version"] == 3


def test_a_caller_who_has_the_version_already_gets_a_304(client: FlaskClient) -> None:
    answer = client.get("/api/v1/referrals/ref-1", headers=signed_in("adviser") | {"If-None-Match": '"3"'})

    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_if_match_becomes_the_expected_version(client: FlaskClient, services: FakeServices) -> None:
    client.post(ACCEPT, json={}, headers=signed_in("adviser") | {"If-Match": '"3"'})

    assert services.asked("accept_referral").payload["expected_version"] == 3


def test_if_match_any_expects_no_version(client: FlaskClient, services: FakeServices) -> None:
    client.post(ACCEPT, json={}, headers=signed_in("adviser") | {"If-Match": "*"})

    assert "expected_version" not in services.asked("accept_referral").payload


def test_a_new_record_is_a_201_that_says_where_it_is(client: FlaskClient, services: FakeServices) -> None:
    fund = {
        "council_id": "cheshire-east",
        "person_id": "per-1",
        "provider_id": "pro-1",
        "weekly_budget_pence": 25_000,
        "starts_on": "2026-03-02",
    }
    services.answers["ledger", "open_fund"] = {"id": "fund-1", "version": 1}

    answer = client.post("/api/v1/funds", json=fund, headers=signed_in("social_worker"))

    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/funds/fund-1"
    assert services.asked("open_fund").payload == fund


def test_a_list_gives_its_items_and_the_next_cursor(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "list_referrals"] = {"items": [a_referral()], "next": "cursor-2"}

    answer = client.get(
        "/api/v1/referrals?status=submitted&overdue=true&limit=1&after=cursor-1", headers=signed_in("adviser")
    )

    assert answer.get_json()["next"] == "cursor-2"
    assert services.asked("list_referrals").payload == {
        "status": "submitted",
        "overdue": True,
        "limit": 1,
        "after": "cursor-1",
    }


def test_facets_of_a_search_may_be_repeated(client: FlaskClient, services: FakeServices) -> None:
    client.get(
        "/api/v1/personal-assistants/search?q=swimming&skills=hoisting&skills=tube-feeding&languages=polish",
        headers=signed_in("person"),
    )

    payload = services.asked("search_personal_assistants").payload
    assert payload == {
        "limit": 20,
        "q": "swimming",
        "selections": {"skills": ["hoisting", "tube-feeding"], "languages": ["polish"]},
    }


def test_anyone_may_see_the_summary_of_the_register(client: FlaskClient, services: FakeServices) -> None:
    answer = client.get("/api/v1/personal-assistants/summary?council_id=cheshire-east")

    assert answer.status_code == 200
    assert services.asked("summarise_personal_assistants").caller.roles == ("public",)


def test_messages_set_aside_are_asked_of_the_service_that_holds_them(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["ledger", "discard_held"] = {"id": "referral:ref-1:0000000007", "discarded": True}

    answer = client.post(
        "/api/v1/operations/parked/ledger/referral:ref-1:0000000007/discard",
        json={"reason": "sent in error"},
        headers=signed_in("ops"),
    )

    assert answer.status_code == 200
    assert services.asked("discard_held").payload == {"id": "referral:ref-1:0000000007", "reason": "sent in error"}


def test_messages_set_aside_are_found_by_reason_type_record_and_age(
    client: FlaskClient, services: FakeServices
) -> None:
    services.answers["ledger", "list_held"] = {"items": [], "next": None}
    filters = "reason=parked&type=provider.chosen&stream_key=referral:ref-1&older_than=600&state=held"

    answer = client.get(f"/api/v1/operations/parked/ledger?{filters}", headers=signed_in("ops"))

    assert answer.status_code == 200
    assert services.asked("list_held").payload == {
        "limit": 20,
        "reason": "parked",
        "type": "provider.chosen",
        "stream_key": "referral:ref-1",
        "older_than": 600,
        "state": "held",
    }


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("referral:ref-1:0000000007/edit", "edit_held", {"data": {"a": "b"}, "reason": "it was missing"}),
        ("replay", "replay_all_held", {"type": "provider.chosen"}),
    ],
)
def test_operators_edit_a_message_and_have_many_tried_again(
    client: FlaskClient, services: FakeServices, path: str, method: str, body: dict[str, Any]
) -> None:
    services.answers["ledger", method] = {"id": "referral:ref-1:0000000007", "reason": "parked", "made_due": 2}

    answer = client.post(f"/api/v1/operations/parked/ledger/{path}", json=body, headers=signed_in("ops"))
    refused = client.post(f"/api/v1/operations/parked/ledger/{path}", json=body, headers=signed_in("adviser"))

    assert (answer.status_code, refused.status_code) == (200, 403)
    assert services.asked(method).payload | body == services.asked(method).payload


def test_messages_set_aside_by_any_service_say_by_which(client: FlaskClient, services: FakeServices) -> None:
    for service in ("referrals", "pa_registry", "safeguarding", "ledger", "notifications"):
        services.answers[service, "list_held"] = {"items": [{"id": f"{service}-1", "reason": "parked"}], "next": None}

    page = client.get("/api/v1/operations/parked?reason=parked", headers=signed_in("ops")).get_json()

    assert {held["service"]: held["id"] for held in page["items"]}["ledger"] == "ledger-1"
    assert len(page["items"]) == 5


def test_a_service_that_does_not_exist_holds_no_messages(client: FlaskClient, services: FakeServices) -> None:
    answer = client.get("/api/v1/operations/parked/nothing", headers=signed_in("ops"))

    assert answer.status_code == 404
    assert services.calls == []


def called_methods() -> set[tuple[str, str]]:
    """Every (service, method) that the gateway's source asks for."""
    names = {"REFERRALS": "referrals", "PA_REGISTRY": "pa_registry", "SAFEGUARDING": "safeguarding"}
    names |= {"LEDGER": "ledger", "NOTIFICATIONS": "notifications"}
    found = set()
    for file in Path(gateway.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="ask" | "change" | "submit"),
                    args=[ast.Name(id=name), ast.Constant(value=method), *_],
                ):
                    if name in names:  # the calls that every service answers are made by variable
                        found.add((names[name], method))
    assert len(found) > 40
    return found


@cache
def answered_methods(service: Path) -> set[str]:
    """Every method that a service's class, or the base of all services, answers."""
    own = [*service.rglob("service.py"), *service.glob("calls/*.py")]
    runtime = service.parent.parent / "shared" / "runtime"
    has_clocks = any("AnswersForClocks" in source.read_text(encoding="utf-8") for source in own)
    sources = [*own, runtime / "service.py", *([runtime / "clock_calls.py"] if has_clocks else [])]
    return {
        node.name
        for source in sources
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
