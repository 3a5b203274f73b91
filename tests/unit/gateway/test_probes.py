from __future__ import annotations

from flask.testing import FlaskClient

from tests.support.gateway_fakes import FakeServices, signed_in


def test_the_process_says_that_it_is_alive_whatever_the_services_do(
    client: FlaskClient, services: FakeServices
) -> None:
    services.away |= {"referrals", "ledger"}

    assert client.get("/healthz").get_json() == {"status": "alive"}


def test_the_platform_is_ready_when_every_service_answers(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json()["status"] == "ready"


def test_a_service_that_is_away_degrades_the_platform_by_its_features(
    client: FlaskClient, services: FakeServices
) -> None:
    services.away.add("ledger")

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.get_json()["status"] == "degraded"
    assert answer.get_json()["services"]["ledger"] == "away"
    assert answer.get_json()["services"]["referrals"] == "ok"


def test_a_platform_none_of_whose_services_answers_is_not_ready(client: FlaskClient, services: FakeServices) -> None:
    services.away |= {"referrals", "pa_registry", "safeguarding", "ledger", "notifications"}

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.get_json()["status"] == "away"


def test_a_service_cut_off_from_the_broker_is_degraded(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "health"] = {"broker": "away", "held": {"retry": 2}}

    assert client.get("/readyz").get_json()["services"]["referrals"] == "degraded"


def test_readiness_tells_strangers_no_figures(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "health"] = {"broker": "ok", "held": {"parked": 7}, "outbox_waiting": 3}

    assert set(client.get("/readyz").get_json()) == {"status", "services"}
    assert client.get("/readyz").get_json()["services"]["referrals"] == "ok"


def test_health_for_those_who_work_here_has_the_figures(client: FlaskClient, services: FakeServices) -> None:
    services.answers["referrals", "health"] = {"broker": "ok", "held": {"parked": 7}, "outbox_waiting": 3}

    health = client.get("/api/v1/operations/health", headers=signed_in("ops")).get_json()

    assert health["services"][0] == {
        "name": "referrals",
        "status": "ok",
        "broker": "ok",
        "held": {"parked": 7},
        "outbox_waiting": 3,
    }


def test_metrics_count_requests_and_calls_by_operation(client: FlaskClient, services: FakeServices) -> None:
    client.get("/api/v1/referrals/metric-1", headers=signed_in("adviser"))
    services.away.add("referrals")
    client.get("/api/v1/referrals/metric-1", headers=signed_in("adviser"))

    text = client.get("/metrics").get_data(as_text=True)

    assert 'steward_http_request_seconds_count{operation="referrals.read",status="200"}' in text
    assert 'steward_http_request_seconds_count{operation="referrals.read",status="503"}' in text
    assert 'steward_rpc_seconds_count{method="get_referral",outcome="answered",service="referrals"}' in text
    assert 'steward_rpc_seconds_count{method="get_referral",outcome="unavailable",service="referrals"}' in text


def test_metrics_say_what_is_set_aside_for_how_long_and_when_that_is_too_long(
    client: FlaskClient, services: FakeServices
) -> None:
    alarm = {"alarm": "held-too-long", "detail": "a message has been held for more than 900 seconds"}
    services.answers["ledger", "health"] = {
        "broker": "ok",
        "held": {"parked": 7, "gap": 1},
        "held_oldest_seconds": 1234,
        "alarms": [alarm],
    }
    services.away.add("referrals")

    text = client.get("/metrics").get_data(as_text=True)

    assert 'steward_held_messages{reason="parked",service="ledger"} 7.0' in text
    assert 'steward_held_oldest_seconds{service="ledger"} 1234.0' in text
    assert 'steward_held_alarm{service="ledger"} 1.0' in text
    assert 'steward_held_alarm{service="notifications"} 0.0' in text
    assert 'steward_alarms{alarm="held-too-long",service="ledger"} 1.0' in text
    assert 'steward_held_alarm{service="referrals"}' not in text
    health = client.get("/api/v1/operations/health", headers=signed_in("ops")).get_json()
    assert {service["name"]: service.get("alarms", []) for service in health["services"]}["ledger"] == [alarm]


def test_metrics_hold_no_ids(client: FlaskClient) -> None:
    client.get("/api/v1/referrals/metric-1", headers=signed_in("adviser"))

    assert "metric-1" not in client.get("/metrics").get_data(as_text=True)


def test_the_public_keys_of_demo_tokens_are_published(browser: FlaskClient) -> None:
    [key] = browser.get("/.well-known/jwks.json").get_json()["keys"]

    assert (key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig")
    assert "d" not in key


def test_with_a_real_identity_provider_this_platform_publishes_no_keys(client: FlaskClient) -> None:
    assert client.get("/.well-known/jwks.json").get_json() == {"keys": []}
