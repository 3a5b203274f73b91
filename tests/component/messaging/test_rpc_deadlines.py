"""What a service does with requests that are late, or come twice, and while it may not read any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import eventlet
import pytest
from eventlet.event import Event
from kombu import Connection
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

from shared.context import Caller
from shared.messaging.broker.topology import RPC_EXCHANGE, rpc_queue
from shared.messaging.calls.client import RpcClient, ServiceNotRunning, ServiceRefusal, ServiceTimedOut
from shared.messaging.calls.entrypoint import DECLARED_KEY, reads, rpc
from shared.messaging.calls.protocol import ASK_AGAIN
from tests.support.waiting import eventually

ALEX = Caller(actor_id="alex-example")

MakeClient = Callable[..., RpcClient]
RunContainer = Callable[..., ServiceContainer]


class Curious(DependencyProvider):
    """Looks at what workers are about to do, as tracing does."""

    def worker_setup(self, worker_ctx: Any) -> None:
        payload, _caller = worker_ctx.args
        assert isinstance(payload, dict)
        assert not worker_ctx.kwargs


class Ledger:
    """Notes what it begins; `wait` ends when the test lets it."""

    curious = Curious()
    begun: list[str]
    gate: Event

    @rpc
    def note(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        self.begun.append(payload["name"])
        return {}

    @rpc
    def wait(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        self.begun.append(payload["name"])
        self.gate.wait()
        return {"answered": payload["name"]}

    @reads
    def look(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        return self.wait(payload, caller)


@pytest.fixture
def ledger() -> Any:
    return type("Ledger", (Ledger,), {"name": f"ledger-{uuid4().hex[:8]}", "begun": [], "gate": Event()})


def test_a_request_that_waits_for_a_worker_beyond_its_deadline_is_not_begun(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient
) -> None:
    container = run_container(ledger, broker_url, max_workers=1)
    client = make_client(broker_url)
    client.call(ledger.name, "note", {"name": "first"}, ALEX)
    busy = eventlet.spawn(container._worker_pool.spawn, ledger.gate.wait)  # as an event's handler would be
    eventually(lambda: container._worker_pool.free() == 0)

    with pytest.raises(ServiceTimedOut):
        client.call(ledger.name, "note", {"name": "late"}, ALEX, timeout=0.3)
    ledger.gate.send(None)
    busy.wait()

    client.call(ledger.name, "note", {"name": "last"}, ALEX)
    assert ledger.begun == ["first", "last"]
    assert container.started


def lose_connection(container: ServiceContainer) -> None:
    """As a broker does that takes the service for dead, while its worker goes on."""
    _reader_of(container)._session.end()


def connected(container: ServiceContainer) -> bool:
    """Whether it reads its requests."""
    return _reader_of(container)._session is not None


def _reader_of(container: ServiceContainer) -> Any:
    [receiver] = {entrypoint.receiver for entrypoint in container.entrypoints}
    return receiver.reader


@pytest.mark.parametrize("key", ["key-1", None])
def test_a_request_that_comes_twice_runs_again_only_under_an_idempotency_key(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient, key: str | None
) -> None:
    container = run_container(ledger, broker_url)
    caller = replace(ALEX, idempotency_key=key)
    calling = eventlet.spawn(make_client(broker_url).call, ledger.name, "wait", {"name": "once"}, caller)
    eventually(lambda: ledger.begun == ["once"])

    lose_connection(container)

    if key is None:
        with pytest.raises(ServiceRefusal, match="not known") as refusal:
            calling.wait()
        assert refusal.value.problem()["kind"] == "unavailable"
        assert ledger.begun == ["once"]
        ledger.gate.send(None)
    else:
        eventually(lambda: ledger.begun == ["once", "once"])
        ledger.gate.send(None)
        assert calling.wait() == {"answered": "once"}


def test_a_read_whose_service_is_lost_is_asked_once_more_and_answered(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient
) -> None:
    container = run_container(ledger, broker_url)
    calling = eventlet.spawn(make_client(broker_url).call, ledger.name, "look", {"name": "once"}, ALEX)
    eventually(lambda: ledger.begun == ["once"])

    lose_connection(container)

    eventually(lambda: ledger.begun == ["once", "once"])
    ledger.gate.send(None)
    assert calling.wait() == {"answered": "once"}


def test_a_read_that_is_lost_twice_is_not_asked_a_third_time(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient
) -> None:
    container = run_container(ledger, broker_url)
    calling = eventlet.spawn(make_client(broker_url).call, ledger.name, "look", {"name": "deadly"}, ALEX)

    for times in (1, 2):
        eventually(lambda times=times: len(ledger.begun) == times)
        eventually(lambda: connected(container))
        lose_connection(container)

    with pytest.raises(ServiceRefusal, match="was lost while it was asked") as refusal:
        calling.wait()
    assert (refusal.value.problem()["kind"], refusal.value.code) == ("unavailable", ASK_AGAIN)
    assert ledger.begun == ["deadly"] * 2
    ledger.gate.send(None)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Services start without waiting long for what is not there."""
    monkeypatch.setattr("shared.messaging.calls.entrypoint.START_SECONDS", 0.1)


@pytest.mark.usefixtures("impatient")
def test_a_service_whose_queue_is_missing_waits_for_it_and_can_be_stopped_meanwhile(
    broker_url: str,
    ledger: Any,
    run_container: RunContainer,
    make_client: MakeClient,
    connect: Callable[[str], Connection],
) -> None:
    channel = connect(broker_url).default_channel
    channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
    waiting, leaving = (run_container(ledger, broker_url, **{DECLARED_KEY: True}) for _ in range(2))
    client = make_client(broker_url)
    with pytest.raises(ServiceNotRunning):
        client.call(ledger.name, "note", {"name": "early"}, ALEX)

    leaving.stop()
    channel.queue_declare(rpc_queue(ledger.name), durable=True, auto_delete=False)
    channel.queue_bind(rpc_queue(ledger.name), RPC_EXCHANGE, f"{ledger.name}.*")

    assert client.call(ledger.name, "note", {"name": "served"}, ALEX) == {}
    assert waiting.started
    assert ledger.begun == ["served"]


def test_a_service_that_stops_answers_what_it_has_begun_and_gives_the_rest_to_its_other_replica(
    broker_url: str, ledger: Any, run_container: RunContainer, make_client: MakeClient
) -> None:
    leaving = run_container(ledger, broker_url)
    client = make_client(broker_url)
    in_hand = eventlet.spawn(client.call, ledger.name, "wait", {"name": "in hand"}, ALEX)
    eventually(lambda: ledger.begun == ["in hand"])
    other = run_container(ledger, broker_url)

    stopping = eventlet.spawn(leaving.stop)
    for number in range(10):
        client.call(ledger.name, "note", {"name": f"{number}"}, ALEX)
    ledger.gate.send(None)

    assert in_hand.wait() == {"answered": "in hand"}
    stopping.wait()
    assert ledger.begun == ["in hand", *(f"{number}" for number in range(10))]
    assert other.started
