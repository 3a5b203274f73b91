from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from kombu import Connection
from nameko.containers import ServiceContainer

from shared.context import Caller
from shared.messaging.calls.client import RpcClient
from shared.messaging.calls.entrypoint import CALLERS_KEY, DECLARED_KEY, read_call_stack, rpc
from shared.messaging.consuming.deliveries import raw_channel
from tests.support.poison import BEYOND_PY_AMQP, BrokenByHand
from tests.support.waiting import patience

ALEX = Caller(actor_id="alex-example")
GOOD_BODY = json.dumps({"args": [{"n": 1}, {"actor_id": "alex-example"}], "kwargs": {}}).encode()

POISON_HEADERS: dict[str, dict[str, Any]] = {
    "number": {"nameko.call_id_stack": 5},
    "text": {"nameko.call_id_stack": "abc"},
    "object": {"nameko.call_id_stack": {"a": 1}},
    "list of numbers": {"nameko.call_id_stack": [1, 2]},
    "list of lists": {"nameko.call_id_stack": [["a"]]},
    "endless list": {"nameko.call_id_stack": ["a"] * 5000},
    "null": {"nameko.call_id_stack": None},
    "instant": {"nameko.call_id_stack": datetime(2026, 3, 2, tzinfo=UTC)},
    "decimal": {"nameko.call_id_stack": Decimal("1.5")},
    "claims": {"nameko.user_id": "someone-else", "nameko.auth_token": "forged", "nameko.": 1},
    "deadline of another shape": {"steward.deadline": "tomorrow"},
    "deadline that is true": {"steward.deadline": True},
    "compression": {"compression": "application/x-gzip"},
    "unknown compression": {"compression": "none-such"},
}

MALFORMED: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "application/json"),
    "bad UTF-8": (b'{"args": "\xff"}', "application/json"),
    "nothing": (b"", "application/json"),
    "a list": (b"[]", "application/json"),
    "null": (b"null", "application/json"),
    "no args": (b'{"kwargs": {}}', "application/json"),
    "no kwargs": (b'{"args": [{}, {}]}', "application/json"),
    "args of another shape": (b'{"args": {"a": 1}, "kwargs": {}}', "application/json"),
    "one argument": (b'{"args": [{}], "kwargs": {}}', "application/json"),
    "arguments that are no objects": (b'{"args": [1, "x"], "kwargs": {}}', "application/json"),
    "deep nesting": (b"[" * 100_000, "application/json"),
    "another type": (GOOD_BODY, "text/plain"),
    "pickle": (b"\x80\x04N.", "application/x-python-serialize"),
}


class Ledger:
    """A service that counts what it was asked."""

    seen: list[Any]

    @rpc
    def echo(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        self.seen.append(payload)
        return {"payload": payload}


class Stranger:
    """Anyone who can publish on the RPC exchange."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._channel = raw_channel(connection)
        self._replies: list[Any] = []
        self._address = str(uuid4())
        self._channel.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
        queue = self._channel.queue_declare("", exclusive=True).queue
        self._channel.queue_bind(queue, "nameko-rpc", self._address)
        self._channel.basic_consume(queue, no_ack=True, callback=self._replies.append)

    def send(self, key: str, body: bytes, *, content_type: str = "application/json", **properties: Any) -> None:
        headers = properties.pop("headers", None)
        message = self._channel.prepare_message(
            body, content_type=content_type, headers=headers, properties={"correlation_id": "1", **properties}
        )
        self.send_raw(key, message)

    def send_raw(self, key: str, message: Any) -> None:
        self._channel.basic_publish(message, exchange="nameko-rpc", routing_key=key)

    def ask(self, key: str, body: bytes, **properties: Any) -> dict[str, Any]:
        self.send(key, body, reply_to=self._address, **properties)
        while not self._replies:
            self._connection.drain_events(timeout=patience(20))
        answer: dict[str, Any] = json.loads(self._replies.pop().body)
        return answer


@pytest.fixture
def ledger(broker_url: str, run_container: Callable[..., ServiceContainer]) -> Any:
    service = type("Ledger", (Ledger,), {"name": f"ledger-{uuid4().hex[:8]}", "seen": []})
    service.container = run_container(service, broker_url)
    return service


@pytest.fixture
def stranger(broker_url: str, connect: Callable[..., Connection]) -> Stranger:
    return Stranger(connect(broker_url))


def still_serves(ledger: Any, client: RpcClient) -> bool:
    """Whether the very same container still answers."""
    answer = client.call(ledger.name, "echo", {"alive": True}, ALEX)
    return answer == {"payload": {"alive": True}} and ledger.container.started


@pytest.mark.parametrize("headers", POISON_HEADERS.values(), ids=POISON_HEADERS)
def test_no_header_kills_the_container_or_keeps_the_call_from_being_answered(
    ledger: Any, stranger: Stranger, broker_url: str, make_client: Callable[..., RpcClient], headers: dict[str, Any]
) -> None:
    answer = stranger.ask(f"{ledger.name}.echo", GOOD_BODY, headers=headers)

    assert answer == {"result": {"payload": {"n": 1}}, "error": None}
    assert still_serves(ledger, make_client(broker_url))


@pytest.mark.parametrize(("body", "content_type"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_answered_with_an_error(  # noqa: PLR0917 - fixtures
    ledger: Any,
    stranger: Stranger,
    broker_url: str,
    make_client: Callable[..., RpcClient],
    body: bytes,
    content_type: str,
) -> None:
    answer = stranger.ask(f"{ledger.name}.echo", body, content_type=content_type)

    assert answer["result"] is None
    assert answer["error"]["exc_type"] == "malformed-call"
    assert answer["error"]["exc_args"][0]["kind"] == "invalid"
    assert still_serves(ledger, make_client(broker_url))


@pytest.mark.parametrize("name", BEYOND_PY_AMQP)
def test_a_request_that_the_client_library_cannot_read_harms_nobody(
    ledger: Any, stranger: Stranger, broker_url: str, make_client: Callable[..., RpcClient], name: str
) -> None:
    stranger.send_raw(f"{ledger.name}.echo", BrokenByHand(BEYOND_PY_AMQP[name]))

    assert still_serves(ledger, make_client(broker_url))
    assert ledger.seen == [{"alive": True}]


def test_a_request_without_a_return_address_is_run_and_forgotten(
    ledger: Any, stranger: Stranger, broker_url: str, make_client: Callable[..., RpcClient]
) -> None:
    stranger.send(f"{ledger.name}.echo", GOOD_BODY)

    assert still_serves(ledger, make_client(broker_url))
    assert ledger.seen == [{"n": 1}, {"alive": True}]


def test_a_return_address_that_leads_nowhere_harms_nobody(
    ledger: Any, stranger: Stranger, broker_url: str, make_client: Callable[..., RpcClient]
) -> None:
    stranger.send(f"{ledger.name}.echo", GOOD_BODY, reply_to="nowhere")

    assert still_serves(ledger, make_client(broker_url))


@pytest.mark.parametrize("callers", [("gateway",), ("guest",)])
def test_only_senders_that_the_broker_vouches_for_may_call_where_callers_are_named(
    run_container: Callable[..., ServiceContainer],
    stranger: Stranger,
    broker_url: str,
    make_client: Callable[..., RpcClient],
    callers: tuple[str, ...],
) -> None:
    service = type("Guarded", (Ledger,), {"name": f"guarded-{uuid4().hex[:8]}", "seen": []})
    run_container(service, broker_url, **{CALLERS_KEY: callers})

    unproved = stranger.ask(f"{service.name}.echo", GOOD_BODY, headers={"user_id": callers[0]})
    proved = stranger.ask(f"{service.name}.echo", GOOD_BODY, user_id="guest")

    assert unproved["error"]["exc_type"] == "unproved-caller"
    assert (proved["error"] is None) == ("guest" in callers)
    assert len(service.seen) == callers.count("guest")
    if "guest" in callers:
        assert make_client(broker_url).call(service.name, "echo", {"n": 2}, ALEX) == {"payload": {"n": 2}}


def test_a_service_whose_queue_the_topology_has_made_declares_nothing(
    run_container: Callable[..., ServiceContainer],
    broker_url: str,
    connect: Callable[..., Connection],
    make_client: Callable[..., RpcClient],
) -> None:
    service = type("Declared", (Ledger,), {"name": f"declared-{uuid4().hex[:8]}", "seen": []})
    channel = connect(broker_url).default_channel
    channel.exchange_declare("nameko-rpc", "topic", durable=True, auto_delete=False)
    unlike_namekos = {"x-max-length": 10}
    channel.queue_declare(f"rpc-{service.name}", durable=True, auto_delete=False, arguments=unlike_namekos)
    channel.queue_bind(f"rpc-{service.name}", "nameko-rpc", f"{service.name}.*")

    run_container(service, broker_url, **{DECLARED_KEY: True})

    assert make_client(broker_url).call(service.name, "echo", {"n": 1}, ALEX) == {"payload": {"n": 1}}


def test_a_request_past_its_deadline_is_not_run(
    ledger: Any, stranger: Stranger, broker_url: str, make_client: Callable[..., RpcClient]
) -> None:
    stranger.send(f"{ledger.name}.echo", GOOD_BODY, headers={"steward.deadline": 1000})

    assert still_serves(ledger, make_client(broker_url))
    assert ledger.seen == [{"alive": True}]


def test_of_all_headers_only_a_list_of_call_ids_reaches_nameko() -> None:
    headers = {"nameko.call_id_stack": ["gateway.1"], "nameko.user_id": "forged", "anything": 1}

    assert read_call_stack(headers) == {"call_id_stack": ["gateway.1"]}
