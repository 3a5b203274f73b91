"""Whatever lands in a shard queue is parked with its reason; no container dies, and its neighbours are applied."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import amqp
import pytest
from kombu import Connection

from shared.events.envelope import Envelope
from shared.events.referrals import REFERRAL
from shared.messaging.broker.topology import REQUESTS_EXCHANGE
from shared.messaging.consuming.deliveries import raw_channel
from shared.telemetry.figures import SET_ASIDE
from tests.support.eventful import Eventful
from tests.support.poison import BEYOND_PY_AMQP, CLAIMS, BrokenByHand
from tests.support.waiting import eventually
from tests.unit.messaging.streams import an_envelope

Connect = Callable[..., Connection]
JSON = "application/json"
GOOD = an_envelope(1, subject="ref-poison")
UNREADABLE: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "no body": (b"", JSON, GOOD.headers()),
    "bad JSON": (b"{", JSON, GOOD.headers()),
    "bad UTF-8": (b'{"a": "\xff\xfe"}', JSON, GOOD.headers()),
    "a list": (b"[]", JSON, GOOD.headers()),
    "not a number": (b'{"a": NaN}', JSON, GOOD.headers()),
    "half a character": (b'{"a": "\\ud800"}', JSON, GOOD.headers()),
    "deep nesting": (b"[" * 100_000, JSON, GOOD.headers()),
    "large": (b'"' + b"x" * 300_000 + b'"', JSON, GOOD.headers()),
    "a type of its own": (b'{"__type__": "datetime", "__value__": 1}', "text/plain", GOOD.headers()),
    "pickle": (b"\x80\x04N.", "application/x-python-serialize", GOOD.headers()),
    "compressed": (
        zlib.compress(b" " * 50_000_000),
        JSON,
        GOOD.headers() | {"compression": "application/x-gzip"},
    ),
    "no headers": (GOOD.body(), JSON, {}),
    "no id": (GOOD.body(), JSON, {k: v for k, v in GOOD.headers().items() if k != "ce-id"}),
    "sequence nought": (GOOD.body(), JSON, GOOD.headers() | {"ce-sequence": "0"}),
    "sequence as a power": (GOOD.body(), JSON, GOOD.headers() | {"ce-sequence": "1e3"}),
    "another key than its subject": (GOOD.body(), JSON, GOOD.headers() | {"ce-partitionkey": "referral:other"}),
    "headers of other types": (GOOD.body(), JSON, {"ce-id": 5, "ce-time": datetime(2026, 3, 2, tzinfo=UTC)}),
    "nameko's headers": (
        b"{",
        JSON,
        {"nameko.call_id_stack": 5, "nameko.user_id": [1, {"a": None}], "nameko.": True},
    ),
    "every header type": (
        b"{",
        JSON,
        {"a": True, "b": -(2**63), "c": 1.5, "d": Decimal("1.5"), "e": None, "f": b"\xff", "g": [[]], "h": {"i": {}}},
    ),
}
IN_ITS_PLACE: dict[str, Envelope] = {
    "an unknown type": an_envelope(1, subject="ref-a", type="referral.teleported"),
    "a later version": an_envelope(1, subject="ref-d", dataschema="urn:steward:referrals:referral.allocated/v2"),
    "a version of another type": an_envelope(1, subject="ref-e", dataschema="urn:steward:referrals:referral.closed/v1"),
    "a missing field": an_envelope(1, subject="ref-b", data={"referral_id": "ref-b"}),
    "fractions": an_envelope(1, subject="ref-c", data={"distance": 1.5, "$where": 10**30, "a.b": "\u00e9"}),
}


@pytest.fixture
def platform(tmp_path: Path, broker_url: str) -> Iterator[Eventful]:
    running = Eventful(tmp_path, broker_url=broker_url)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def channel(platform: Eventful, connect: Connect) -> Any:
    """A channel of anyone who may write to the exchange."""
    return raw_channel(connect(platform.platform.settings.broker_url))


def write(
    channel: Any, body: bytes, headers: Any, *, content_type: str = JSON, routing_key: str = GOOD.routing_key
) -> None:
    """Publishes as anyone can who may write to the exchange."""
    message = channel.prepare_message(body, content_type=content_type, content_encoding="utf-8", headers=headers)
    channel.basic_publish(message, exchange=REFERRAL.exchange_name, routing_key=routing_key)


def test_what_cannot_be_read_is_parked_and_its_neighbours_are_applied(platform: Eventful, channel: Any) -> None:
    for body, content_type, headers in UNREADABLE.values():
        write(channel, body, headers, content_type=content_type)
    platform.publish_again(GOOD)
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1])
    eventually(lambda: platform.held() == {"parked": len(UNREADABLE)})
    eventually(lambda: ("ref-poison", 1) in platform.faults.runs)


def test_what_can_be_read_but_not_applied_is_parked_in_its_place(platform: Eventful, channel: Any) -> None:
    [reader] = platform.readers
    for envelope in IN_ITS_PLACE.values():
        write(channel, json.dumps(envelope.data).encode(), envelope.headers(), routing_key=envelope.routing_key)
        platform.publish_again(an_envelope(2, subject=envelope.subject))

    eventually(lambda: platform.held() == {"parked": len(IN_ITS_PLACE), "gap": len(IN_ITS_PLACE)})
    parked = platform.call(reader, "list_held", {"reason": "parked"})["items"]
    shown = [platform.call(reader, "show_held", {"id": held["id"]})["envelope"]["data"] for held in parked]
    assert sorted(map(repr, shown)) == sorted(repr(envelope.data) for envelope in IN_ITS_PLACE.values())


@pytest.mark.parametrize("name", BEYOND_PY_AMQP)
def test_a_message_that_the_client_library_cannot_read_is_parked_too(
    platform: Eventful, channel: Any, name: str
) -> None:
    for _ in range(2):
        channel.basic_publish(
            BrokenByHand(BEYOND_PY_AMQP[name]), exchange=REFERRAL.exchange_name, routing_key=GOOD.routing_key
        )
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1])
    eventually(lambda: platform.held() == {"parked": 1})


def test_nameko_headers_of_every_type_are_parked_and_never_heeded(platform: Eventful, channel: Any) -> None:
    for poison in CLAIMS.values():
        message = poison.message({})
        channel.basic_publish(message, exchange=REFERRAL.exchange_name, routing_key=GOOD.routing_key)
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1])
    eventually(lambda: platform.held() == {"parked": len(CLAIMS)})


@pytest.mark.needs_rabbitmq
@pytest.mark.parametrize("broker_url", ["rabbitmq"], indirect=True)
def test_a_key_that_is_no_text_harms_nobody(platform: Eventful, channel: Any) -> None:
    key = b"referral.\xff\xfe.%02d" % GOOD.shard
    arguments = b"\x00\x00" + bytes([len(REFERRAL.exchange_name)]) + REFERRAL.exchange_name.encode()
    connection = channel.connection
    channel.basic_publish(amqp.Message(b"{"), exchange=REFERRAL.exchange_name, routing_key=GOOD.routing_key)
    write_publish(connection, channel.channel_id, arguments + bytes([len(key)]) + key + b"\x00", b"{")
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1])
    eventually(lambda: platform.held() == {"parked": 1})
    [reader] = platform.readers
    [parked] = platform.call(reader, "list_held", {})["items"]
    assert platform.call(reader, "show_held", {"id": parked["id"]})["raw"]["bytes"] == 1


def write_publish(connection: Any, channel_id: int, arguments: bytes, body: bytes) -> None:
    """A publish, frame by frame."""
    method = struct.pack(">HH", 60, 40) + arguments
    header = struct.pack(">HHQH", 60, 0, len(body), 0)
    for kind, payload in ((1, method), (2, header), (3, body)):
        connection.transport.write(struct.pack(">BHI", kind, channel_id, len(payload)) + payload + b"\xce")


ASKS = {"stream": "referral", "subject": "ref-1", "first": 1, "last": 1}
BAD_REQUESTS: dict[str, tuple[bytes, str, dict[str, Any]]] = {
    "no JSON": (b"{", JSON, {}),
    "bad UTF-8": (b"\xff", JSON, {}),
    "nothing": (b"", JSON, {}),
    "a list": (b"[]", JSON, {}),
    "no first": (b'{"stream": "referral", "subject": "ref-1", "last": 1}', JSON, {}),
    "from infinity": (b'{"stream": "referral", "subject": "ref-1", "first": 1e400, "last": 2}', JSON, {}),
    "beyond any store's numbers": (json.dumps(ASKS | {"last": 10**30}).encode(), JSON, {}),
    "a truth for a number": (json.dumps(ASKS | {"first": True}).encode(), JSON, {}),
    "a subject that is an object": (json.dumps(ASKS | {"subject": {"$ne": ""}}).encode(), JSON, {}),
    "a subject with NUL": (json.dumps(ASKS | {"subject": "a\0b"}).encode(), JSON, {}),
    "deep nesting": (b'{"a":' * 900 + b"1" + b"}" * 900, JSON, {}),
    "large": (b'"' + b"x" * 300_000 + b'"', JSON, {}),
    "another type": (json.dumps(ASKS).encode(), "text/plain", {}),
    "compressed": (json.dumps(ASKS).encode(), JSON, {"compression": "application/x-gzip"}),
}


def test_a_request_that_makes_no_sense_is_parked_and_those_after_it_are_answered(
    platform: Eventful, channel: Any
) -> None:
    platform.allocate("ref-1")
    platform.await_applied("ref-1", [1])
    for body, content_type, headers in BAD_REQUESTS.values():
        message = channel.prepare_message(body, content_type=content_type, headers=headers)
        channel.basic_publish(message, exchange=REQUESTS_EXCHANGE, routing_key="referrals")
    with platform.losing():
        platform.allocate("ref-1")
    platform.allocate("ref-1")

    platform.await_applied("ref-1", [1, 2, 3])
    eventually(lambda: platform.held("referrals") == {"parked": len(BAD_REQUESTS)})
    eventually(
        lambda: platform.resources("referrals").figures.own.counts[SET_ASIDE] == {("unreadable",): len(BAD_REQUESTS)}
    )
    assert platform.call("referrals", "health", {})["broker"] == "ok"


def test_the_containers_have_not_died_of_any_of_it(platform: Eventful, channel: Any) -> None:
    [reader] = platform.readers
    for body, content_type, headers in UNREADABLE.values():
        message = channel.prepare_message(body, content_type=content_type, headers=headers)
        channel.basic_publish(message, exchange=REFERRAL.exchange_name, routing_key=GOOD.routing_key)
    eventually(lambda: platform.held().get("parked") == len(UNREADABLE))

    assert platform.call(reader, "health", {})["broker"] == "ok"
    assert platform.call("referrals", "health", {})["broker"] == "ok"
