"""Arranging webhooks: who gets the secret, what is kept, and what may be an address."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.notifications.errors import TooManyWebhooks, WebhookDisabled, WebhooksNotSetUp
from services.notifications.handlers import webhooks
from services.notifications.model.webhooks import check_url
from services.notifications.schemas import webhook_out
from shared.errors import Invalid, NotFound
from tests.unit.notifications.webhook_desk import TEAM, URL, Webhooks, command


def test_the_secret_is_told_to_whoever_subscribes_and_kept_nowhere() -> None:
    desk = Webhooks()

    webhook_id, secret = desk.subscribe()

    assert secret.startswith("whsec_")
    documents = desk.webhooks.documents.find(limit=10).items
    assert secret.removeprefix("whsec_") not in json.dumps(documents, default=str)
    assert "secret" not in webhook_out(desk.webhooks.records.get(webhook_id))


def test_who_subscribed_is_told_and_the_address_is_not() -> None:
    desk = Webhooks()

    desk.subscribe(f"{URL}?token=sample-token")

    [told] = desk.webhooks.told()
    assert (told.type, told.actorid) == ("webhook.subscribed", "sam-sample")
    assert told.data["host"] == "alerts.council.example"
    assert "sample-token" not in json.dumps(told.as_json())


def test_the_same_request_again_gets_the_same_webhook_and_secret() -> None:
    desk = Webhooks()
    keyed = replace(TEAM, idempotency_key="key-1")

    assert desk.subscribe(caller=keyed) == desk.subscribe(caller=keyed)
    assert desk.webhooks.types_told() == ["webhook.subscribed"]


def test_two_webhooks_have_two_secrets() -> None:
    desk = Webhooks()

    assert desk.subscribe()[1] != desk.subscribe()[1]


def test_a_council_has_only_so_many_webhooks() -> None:
    desk = Webhooks(per_council=2)
    desk.subscribe()
    desk.subscribe()

    with pytest.raises(TooManyWebhooks):
        desk.subscribe()


def test_nobody_subscribes_for_another_council() -> None:
    desk = Webhooks()

    with pytest.raises(NotFound):
        desk.subscribe(council_id="cambridgeshire-peterborough")
    assert desk.webhooks.told() == []


def test_without_a_key_no_webhook_is_arranged() -> None:
    desk = Webhooks(key=None)

    with pytest.raises(WebhooksNotSetUp, match="STEWARD_WEBHOOK_KEY"):
        desk.subscribe()
    assert desk.webhooks.told() == []


def test_a_changed_secret_is_another_one_and_is_told_without_itself() -> None:
    desk = Webhooks()
    webhook_id, first = desk.subscribe()

    second = desk.change_secret(webhook_id)

    assert second != first
    assert desk.webhooks.types_told() == ["webhook.subscribed", "webhook.secret.changed"]
    assert second.removeprefix("whsec_") not in json.dumps([told.as_json() for told in desk.webhooks.told()])


def test_disabling_and_enabling_are_told_once_each() -> None:
    desk = Webhooks()
    webhook_id, _ = desk.subscribe()

    for _ in range(2):
        webhooks.disable(webhook_id, cause=command("disable", {}), desk=desk.desk)
    for _ in range(2):
        webhooks.enable(webhook_id, cause=command("enable", {}), desk=desk.desk)

    assert desk.webhooks.types_told() == ["webhook.subscribed", "webhook.disabled", "webhook.enabled"]


def test_nothing_is_sent_again_to_a_disabled_webhook() -> None:
    desk = Webhooks()
    webhook_id, _ = desk.subscribe()
    webhooks.disable(webhook_id, cause=command("disable", {}), desk=desk.desk)

    with pytest.raises(WebhookDisabled):
        webhooks.resend(webhook_id, cause=command("resend", {}), desk=desk.desk)


@pytest.mark.parametrize("url", [URL, "https://alerts.council.example:8443/a?b=c", "https://[2001:db8::1]/"])
def test_an_https_address_is_taken(url: str) -> None:
    check_url(url, plain_http=False)


@pytest.mark.parametrize("url", ["http://localhost:9000/hook", "http://127.0.0.1/", "http://[::1]:1234/"])
def test_plain_http_is_for_this_machine_in_development_only(url: str) -> None:
    check_url(url, plain_http=True)

    with pytest.raises(Invalid, match="https"):
        check_url(url, plain_http=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "alerts.council.example",
        "https://",
        "https:///path",
        "http://alerts.council.example/",
        "ftp://alerts.council.example/",
        "file:///etc/passwd",
        "https://user:word@alerts.council.example/",
        "https://user@alerts.council.example/",
        "https://alerts.council.example/#part",
        "https://alerts.council.example:99999/",
        "https://alerts.council.example:0/",
        "https://alerts.council.example/a b",
        "https://alerts.council.example/\r\nX-Injected: yes",
        "https://alerts.council.example/\u00e4",
        "https://[broken/",
        "https://alerts.council.example/" + "a" * 2000,
    ],
)
def test_anything_else_is_refused_with_the_field_named(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_url(url, plain_http=True)

    assert [error.field for error in refusal.value.errors] == ["url"]
