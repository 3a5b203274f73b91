"""Webhooks in running services: from a concern to a subscriber's own web server, by the eventlet-patched way out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier
from structlog.testing import capture_logs

from shared.context import Caller
from shared.messaging.calls.client import ServiceRefusal
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually
from tests.support.webhook_receiver import WebhookReceiver

CE = "cheshire-east"
TEAM = Caller(actor_id="sam-sample", roles=("safeguarding_team",), councils=(CE,), correlation_id="story-1")
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,), correlation_id="story-2")
ELSEWHERE = Caller(actor_id="lou-sample", roles=("safeguarding_team",), councils=("cambridgeshire-peterborough",))


class Alerting:
    """Safeguarding and notifications in development, and a subscriber's server."""

    def __init__(self, running: RunningPlatform, receiver: WebhookReceiver) -> None:
        self.running, self.receiver = running, receiver

    def call(self, method: str, payload: dict[str, Any], caller: Caller = TEAM) -> dict[str, Any]:
        return self.running.call("notifications", method, payload, caller)

    def subscribe(self) -> dict[str, Any]:
        return self.call("subscribe_webhook", {"council_id": CE, "url": self.receiver.url})

    def raise_concern(self) -> str:
        body = {
            "council_id": CE,
            "person_id": "per-0007",
            "categories": ["neglect"],
            "description": "Sample words that must not travel.",
            "consent_sought": True,
        }
        return str(self.running.call("safeguarding", "raise_concern", body, ADVISER)["id"])

    def deliveries(self, webhook_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("list_deliveries", {"id": webhook_id})["items"]
        return items

    def ended(self, webhook_id: str) -> list[dict[str, Any]]:
        """The webhook's deliveries, once none is pending any more."""

        def all_ended() -> list[dict[str, Any]]:
            items = self.deliveries(webhook_id)
            return items if items and all(item["state"] != "pending" for item in items) else []

        return eventually(all_ended)


@pytest.fixture
def alerting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Alerting]:
    monkeypatch.setenv("STEWARD_WEBHOOK_RETRY_WAITS", "0.2,0.2,0.2")
    running = RunningPlatform(tmp_path, services=["notifications", "safeguarding"], environment="development")
    running.start()
    with WebhookReceiver() as receiver:
        yield Alerting(running, receiver)
    running.stop()


def test_an_alert_reaches_the_subscriber_signed_and_with_nothing_of_the_concern(alerting: Alerting) -> None:
    webhook = alerting.subscribe()

    with capture_logs() as logs:
        concern_id = alerting.raise_concern()
        [delivered] = alerting.ended(webhook["id"])

    [received] = alerting.receiver.received
    event = Verifier(webhook["secret"]).verify(received.body, dict(received.headers))
    assert (event["type"], event["data"]["concern_id"]) == ("alert.raised", concern_id)
    assert (delivered["state"], delivered["event_id"]) == ("delivered", received.headers["webhook-id"])
    assert b"Sample words" not in received.body
    assert webhook["secret"] not in json.dumps([logs, alerting.call("get_webhook", {"id": webhook["id"]})], default=str)


def test_what_is_not_taken_at_first_is_sent_again_under_one_id(alerting: Alerting) -> None:
    webhook = alerting.subscribe()
    alerting.receiver.answer = lambda number: 503 if number < 3 else 200

    alerting.raise_concern()
    [delivered] = alerting.ended(webhook["id"])

    assert (delivered["state"], delivered["attempts"]) == ("delivered", 3)
    assert len({received.headers["webhook-id"] for received in alerting.receiver.received}) == 1


def test_410_ends_it_until_somebody_enables_it_and_has_it_sent_again(alerting: Alerting) -> None:
    webhook = alerting.subscribe()
    alerting.receiver.answer = lambda number: 410 if number == 1 else 200
    alerting.raise_concern()
    [gone] = alerting.ended(webhook["id"])
    disabled = alerting.call("get_webhook", {"id": webhook["id"]})

    alerting.call("enable_webhook", {"id": webhook["id"]})
    again = alerting.call("resend_deliveries", {"id": webhook["id"]})
    [delivered] = alerting.ended(webhook["id"])

    assert (gone["state"], gone["reason"]) == ("failed", "gone")
    assert (disabled["state"], disabled["disabled_because"]) == ("disabled", "gone")
    assert again == {"webhook_id": webhook["id"], "due": 1}
    assert delivered["state"] == "delivered"
    types = [e.type for e in alerting.running.published("notifications", stream="webhook", subject=webhook["id"])]
    assert types == ["webhook.subscribed", "webhook.disabled", "webhook.enabled"]


def test_another_councils_team_finds_no_such_webhook(alerting: Alerting) -> None:
    webhook = alerting.subscribe()

    for method in (
        "get_webhook",
        "list_deliveries",
        "change_webhook_secret",
        "disable_webhook",
        "enable_webhook",
        "resend_deliveries",
    ):
        with pytest.raises(ServiceRefusal) as refusal:
            alerting.call(method, {"id": webhook["id"]}, ELSEWHERE)
        assert refusal.value.problem()["kind"] == "not-found"
    assert alerting.call("list_webhooks", {}, ELSEWHERE)["items"] == []
