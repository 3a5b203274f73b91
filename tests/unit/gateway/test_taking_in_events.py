from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.fhir_messages import a_message, as_body
from tests.support.gateway_fakes import FakeServices, signed_in

EVENTS = "/api/v1/events"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
ACCEPTED = {"results": [{"event_id": "e-1", "outcome": "accepted", "record_id": "ref-1"}]}


def an_incoming_event(**changes: Any) -> dict[str, Any]:
    """A council's event."""
    usual = {
        "specversion": "1.0",
        "id": "e-1",
        "source": "/councils/cheshire-east",
        "type": "referral.submitted",
        "time": "2026-03-02T09:00:00Z",
        "data": {"referral_reference": "CE-0007"},
    }
    return usual | changes


@pytest.fixture
def council(services: FakeServices) -> dict[str, str]:
    """The headers of a council's own system."""
    services.answers["referrals", "take_in_events"] = ACCEPTED
    return signed_in("council_system")


def test_one_event_in_structured_form(client: FlaskClient, services: FakeServices, council: dict[str, str]) -> None:
    answer = client.post(EVENTS, data=json.dumps(an_incoming_event()), content_type=STRUCTURED, headers=council)

    assert answer.get_json() == ACCEPTED
    assert services.asked("take_in_events").payload == {"council_id": "cheshire-east", "events": [an_incoming_event()]}


def test_several_events_in_one_batch(client: FlaskClient, services: FakeServices, council: dict[str, str]) -> None:
    batch = [an_incoming_event(id=f"e-{number}") for number in range(3)]

    client.post(EVENTS, data=json.dumps(batch), content_type=BATCH, headers=council)

    assert services.asked("take_in_events").payload["events"] == batch


def test_one_event_in_binary_form(client: FlaskClient, services: FakeServices, council: dict[str, str]) -> None:
    attributes = {name: value for name, value in an_incoming_event(subject="caf%C3%A9").items() if name != "data"}
    headers = council | {f"ce-{name}": str(value) for name, value in attributes.items()}

    client.post(EVENTS, json={"referral_reference": "CE-0007"}, headers=headers)

    [event] = services.asked("take_in_events").payload["events"]
    assert event == an_incoming_event(subject="café", datacontenttype="application/json")


def test_a_council_sends_only_its_own_events(
    client: FlaskClient, services: FakeServices, council: dict[str, str]
) -> None:
    event = an_incoming_event(source="/councils/elsewhere", councilid="elsewhere")

    client.post(EVENTS, data=json.dumps(event), content_type=STRUCTURED, headers=council)

    assert services.asked("take_in_events").payload["council_id"] == "cheshire-east"


def test_a_token_of_every_council_is_no_councils_own(client: FlaskClient, services: FakeServices) -> None:
    headers = signed_in("council_system", council="*")

    answer = client.post(EVENTS, data=json.dumps(an_incoming_event()), content_type=STRUCTURED, headers=headers)

    assert answer.status_code == 403
    assert services.calls == []


def test_only_a_councils_own_system_sends_events(client: FlaskClient) -> None:
    assert client.post(EVENTS, data=b"{}", content_type=STRUCTURED, headers=signed_in("adviser")).status_code == 403


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (STRUCTURED, b"[]", 400),
        (STRUCTURED, b'{"id": "a", "id": "b"}', 400),
        (STRUCTURED, b"\xff", 400),
        (BATCH, b"{}", 400),
        (BATCH, b"[1]", 400),
        (BATCH, json.dumps([an_incoming_event()] * 101).encode(), 413),
        ("application/json", b"{}", 415),
        ("text/plain", b"{}", 415),
    ],
)
def test_what_is_no_event_is_refused(
    *, client: FlaskClient, services: FakeServices, council: dict[str, str], content_type: str, body: bytes, status: int
) -> None:
    answer = client.post(EVENTS, data=body, content_type=content_type, headers=council)

    assert answer.status_code == status
    assert services.calls == []


def test_rows_of_a_csv(client: FlaskClient, services: FakeServices, council: dict[str, str]) -> None:
    rows = b"referral_reference,person.person_reference\nCE-0007,P-7\nCE-0008,P-8\n"

    client.post(EVENTS, data=rows, content_type="text/csv; charset=utf-8", headers=council)

    events = services.asked("take_in_events").payload["events"]
    assert [event["data"]["referral_reference"] for event in events] == ["CE-0007", "CE-0008"]


def test_a_fhir_message(client: FlaskClient, services: FakeServices, council: dict[str, str]) -> None:
    client.post(EVENTS, data=as_body(a_message("update")), content_type="application/fhir+json", headers=council)

    [event] = services.asked("take_in_events").payload["events"]
    assert (event["type"], event["data"]["referral_reference"]) == ("referral.updated", "REF-0007")


def test_a_fhir_message_that_cannot_be_read_is_refused_by_field_and_rule(
    client: FlaskClient, council: dict[str, str]
) -> None:
    body = as_body(a_message("never"))

    answer = client.post(EVENTS, data=body, content_type="application/fhir+json", headers=council)

    [error] = answer.get_json()["errors"]
    assert (answer.status_code, error["rule"]) == (400, "choice")
    assert error["field"] == "Bundle.entry.0.resource.reason.coding.0.code"
