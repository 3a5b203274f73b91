from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import eventlet
import pytest
from eventlet.event import Event
from marshmallow import Schema, fields
from nameko.containers import ServiceContainer
from structlog.testing import capture_logs

from shared.context import Caller
from shared.errors import Conflict
from shared.messaging.calls.client import RpcClient, ServiceNotRunning, ServiceRefusal, ServiceTimedOut
from shared.messaging.calls.entrypoint import rpc
from tests.support.waiting import eventually, patience

ALEX = Caller(actor_id="alex-example", roles=("social_worker",), councils=("cheshire-east",), correlation_id="story-1")

MakeClient = Callable[..., RpcClient]
RunContainer = Callable[..., ServiceContainer]


class FundClosed(Conflict):
    """The sample refusal."""


class Postcode(Schema):
    postcode = fields.String(required=True)


class AddressBook(Schema):
    addresses = fields.List(fields.Nested(Postcode), required=True)


class LedgerStub:
    """A service with one method per thing that can happen; `wait` notes its call and ends when the test lets it."""

    calls: list[Any]
    gate: Event

    @rpc
    def echo(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return {"payload": payload, "caller": caller}

    @rpc
    def refuse(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        raise FundClosed("The fund is closed.")

    @rpc
    def crash(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("Sample Person 0007 lives here")

    @rpc
    def validate(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return dict(AddressBook().load(payload))

    @rpc
    def answer_nonsense(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return {"not": {"json", "values"}}

    @rpc
    def wait(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(payload["name"])
        self.gate.wait()
        return {}


@pytest.fixture
def ledger() -> type[LedgerStub]:
    """A service of this test's own, so that two tests on one RabbitMQ never share a queue."""
    return type("LedgerStub", (LedgerStub,), {"name": f"ledger-{uuid4().hex[:8]}", "calls": [], "gate": Event()})


@pytest.fixture
def client(broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient) -> RpcClient:
    """A client beside a running service."""
    run_container(ledger, broker_url)
    return make_client(broker_url)


def test_a_call_comes_back_with_the_answer(client: RpcClient, ledger: Any) -> None:
    answer = client.call(ledger.name, "echo", {"amount": 1250, "note": "£12.50 ✓"}, ALEX)

    assert answer["payload"] == {"amount": 1250, "note": "£12.50 ✓"}
    assert Caller.from_dict(answer["caller"]) == ALEX


def test_a_hundred_calls_at_once_each_get_their_own_answer(client: RpcClient, ledger: Any) -> None:
    pool = eventlet.GreenPool(100)
    payloads = [{"number": number, "padding": "x" * number} for number in range(100)]

    answers = list(pool.imap(lambda payload: client.call(ledger.name, "echo", payload, ALEX), payloads))

    assert [answer["payload"] for answer in answers] == payloads
    assert client.figures().connections == 1


def test_an_answer_larger_than_a_frame_arrives_whole(client: RpcClient, ledger: Any) -> None:
    payload = {"text": "0123456789" * 60_000}

    assert client.call(ledger.name, "echo", payload, ALEX)["payload"] == payload


def test_a_refusal_arrives_with_its_own_code_and_detail(client: RpcClient, ledger: Any) -> None:
    with pytest.raises(ServiceRefusal) as refusal:
        client.call(ledger.name, "refuse", {}, ALEX)

    problem = refusal.value.problem()
    assert refusal.value.code == "fund-closed"
    assert (problem["kind"], problem["detail"]) == ("conflict", "The fund is closed.")


def test_a_schemas_complaints_arrive_as_dotted_paths(client: RpcClient, ledger: Any) -> None:
    with pytest.raises(ServiceRefusal) as refusal:
        client.call(ledger.name, "validate", {"addresses": [{}, {"postcode": 3}], "pets": 2}, ALEX)

    broken = {(error.field, error.rule) for error in refusal.value.errors}
    assert refusal.value.problem()["kind"] == "invalid"
    assert broken == {("addresses.0.postcode", "required"), ("addresses.1.postcode", "invalid"), ("pets", "unknown")}


def test_no_text_of_an_unforeseen_exception_leaves_but_its_reference_is_in_the_log(
    client: RpcClient, ledger: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as lines, caplog.at_level(logging.DEBUG), pytest.raises(ServiceRefusal) as refusal:
        client.call(ledger.name, "crash", {}, ALEX)

    problem = refusal.value.problem()
    logged = [line for line in lines if line["event"] == "rpc call failed"]
    assert problem["code"] == "internal"
    assert "Sample Person" not in repr(problem)
    assert logged[0]["reference"] == problem["reference"]
    assert logged[0]["exc_info"][0] is RuntimeError
    assert "Sample Person" not in caplog.text


def test_a_result_that_json_cannot_hold_is_an_internal_error(client: RpcClient, ledger: Any) -> None:
    with pytest.raises(ServiceRefusal) as refusal:
        client.call(ledger.name, "answer_nonsense", {}, ALEX)

    assert refusal.value.code == "internal"
    assert client.call(ledger.name, "echo", {}, ALEX)["payload"] == {}


def test_an_unknown_operation_is_refused_by_name_of_the_service(client: RpcClient, ledger: Any) -> None:
    with pytest.raises(ServiceRefusal, match=ledger.name) as refusal:
        client.call(ledger.name, "forget_everything", {}, ALEX)

    assert refusal.value.code == "unknown-operation"


def test_a_service_that_was_never_started_is_reported_and_not_waited_for(client: RpcClient) -> None:
    with pytest.raises(ServiceNotRunning, match="nobody"):
        client.call("nobody", "echo", {}, ALEX, timeout=patience(40))


def test_a_call_ends_by_its_deadline_and_its_late_answer_is_dropped(client: RpcClient, ledger: Any) -> None:
    eventually(lambda: was_begun_and_timed_out(client, ledger))
    ledger.gate.send(None)

    assert eventually(lambda: client.figures().late_replies >= len(ledger.calls))
    assert client.figures().pending == 0


def was_begun_and_timed_out(client: RpcClient, ledger: Any) -> bool:
    """A call's deadline has passed; whether the service had begun it by then, as on a slow machine it may not have."""
    with pytest.raises(ServiceTimedOut, match=ledger.name):
        client.call(ledger.name, "wait", {"name": "late"}, ALEX, timeout=0.2)
    return bool(ledger.calls)


def test_a_request_nobody_waits_for_any_longer_is_not_run(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient
) -> None:
    run_container(ledger, broker_url, max_workers=1)
    client = make_client(broker_url)
    busy = eventlet.spawn(client.call, ledger.name, "wait", {"name": "busy"}, ALEX)
    eventually(lambda: ledger.calls == ["busy"])

    with pytest.raises(ServiceTimedOut):
        client.call(ledger.name, "wait", {"name": "late"}, ALEX, timeout=0.1)
    ledger.gate.send(None)
    busy.wait()
    client.call(ledger.name, "echo", {}, ALEX)

    assert ledger.calls == ["busy"]


def test_a_closed_client_can_be_used_again(client: RpcClient, ledger: Any) -> None:
    client.call(ledger.name, "echo", {}, ALEX)

    client.close()

    assert client.call(ledger.name, "echo", {"again": True}, ALEX)["payload"] == {"again": True}


def test_closing_a_client_lets_its_waiting_calls_go(client: RpcClient, ledger: Any) -> None:
    waiting = eventlet.spawn(client.call, ledger.name, "wait", {"name": "cut off"}, ALEX)
    eventually(lambda: ledger.calls == ["cut off"])

    client.close()

    with pytest.raises(Exception, match="broker is away"):
        waiting.wait()
    ledger.gate.send(None)


def test_a_container_with_nothing_to_do_stops_quickly(
    broker_url: str, ledger: Any, run_container: RunContainer
) -> None:
    container = run_container(ledger, broker_url)
    began = time.monotonic()

    container.stop()

    assert time.monotonic() - began < patience(10)
