from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.gateway_fakes import FakeServices, a_gateway, signed_in
from tests.support.traces import Traces

OUTSIDE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def traces() -> Traces:
    return Traces()


@pytest.fixture(scope="module")
def services() -> FakeServices:
    return FakeServices()


@pytest.fixture(scope="module")
def client(traces: Traces, services: FakeServices) -> FlaskClient:
    return a_gateway(services, tracing=traces.tracing.of("gateway")).test_client()


@pytest.fixture(autouse=True)
def nothing_yet(traces: Traces, services: FakeServices) -> None:
    traces.forget()
    services.forget()


def test_a_request_is_told_by_its_route_and_its_calls_are_part_of_it(
    client: FlaskClient, traces: Traces, services: FakeServices
) -> None:
    client.get("/api/v1/referrals/ref-0001", headers=signed_in("adviser"))

    request, call = traces.spans()
    attributes = dict(request.attributes or {})
    assert request.name.startswith("GET /api/v1/referrals/<")
    assert attributes["http.request.method"] == "GET"
    assert request.name == f"GET {attributes['http.route']}"
    assert call.name.startswith("referrals.")
    assert traces.parent(call) == request.name
    [asked] = services.calls
    assert asked.caller.traceparent == (
        f"00-{call.context.trace_id:032x}-{call.context.span_id:016x}-{call.context.trace_flags:02x}"
    )


def test_the_trace_of_who_asks_goes_on(client: FlaskClient, traces: Traces) -> None:
    client.get("/api/v1/referrals/ref-0001", headers=signed_in("adviser") | {"traceparent": OUTSIDE})

    assert traces.trace_ids() == {OUTSIDE.split("-")[1]}


@pytest.mark.parametrize("traceparent", ["", "00-zz-1-01", "a" * 5000, "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_what_is_no_trace_begins_a_new_one(client: FlaskClient, traces: Traces, traceparent: str) -> None:
    answer = client.get("/api/v1/referrals/ref-0001", headers=signed_in("adviser") | {"traceparent": traceparent})

    assert answer.status_code == 200
    assert traces.spans()[0].parent is None


def test_nothing_that_somebody_wrote_is_told(client: FlaskClient, traces: Traces) -> None:
    headers = signed_in("adviser") | {"User-Agent": "Alex Example's telephone", "Idempotency-Key": "alex-1"}
    client.get("/api/v1/referrals?q=Alex+Example&status=submitted", headers=headers)
    client.get("/api/v1/referrals/per-alex-example", headers=headers)
    client.post("/api/v1/concerns", json={"details": "Alex Example was hurt"}, headers=headers)
    client.open("/api/v1/referrals", method="ALEX", headers=headers)

    told = list(traces.attribute_values())

    assert len(traces.spans()) >= 4
    assert [text for text in told if "alex" in text.lower() or "bearer" in text.lower()] == []


def test_a_service_that_is_away_makes_the_call_and_the_request_errors(
    client: FlaskClient, traces: Traces, services: FakeServices
) -> None:
    services.away.add("referrals")

    assert client.get("/api/v1/referrals/ref-0001", headers=signed_in("adviser")).status_code == 503

    request, call = traces.spans()
    assert (request.attributes or {})["http.response.status_code"] == 503
    assert (request.attributes or {})["error.type"] == "503"
    assert (call.attributes or {})["error.type"] == "unavailable"
    assert {span.status.status_code.name for span in (request, call)} == {"ERROR"}


def test_a_refusal_is_no_error_of_the_gateway(client: FlaskClient, traces: Traces) -> None:
    client.get("/api/v1/referrals/ref-0001")

    [request] = traces.spans()
    assert (request.attributes or {})["http.response.status_code"] == 401
    assert request.status.status_code.name == "UNSET"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_are_not_told_of(client: FlaskClient, traces: Traces, path: str) -> None:
    client.get(path)

    assert traces.spans() == []
