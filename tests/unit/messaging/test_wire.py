from __future__ import annotations

import struct
import threading

import amqp
import pytest
from amqp import spec
from amqp.exceptions import UnexpectedFrame
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.wire.connection import (
    BODY,
    HEADER,
    HEARTBEAT,
    METHOD,
    UNREADABLE_HEADER,
    GatheredWrites,
    TolerantFrames,
    with_readable_names,
)
from tests.support.waiting import eventually, patience


class FromTheBroker:
    """Frames as a broker sends them, and what came of them."""

    def __init__(self) -> None:
        self.bytes_recv = 0
        self.came: list[tuple[tuple[int, int], bytes, amqp.Message | None]] = []
        self.take = TolerantFrames(
            self, lambda _channel, method, content, message: self.came.append((method, content, message))
        )

    def deliver(self, properties: bytes, body: bytes, *, pieces: int = 1) -> None:
        self.take((METHOD, 1, struct.pack(">HH", *spec.Basic.Deliver) + arguments(b"x", b"k")))
        self.take((HEADER, 1, struct.pack(">HHQ", 60, 0, len(body)) + properties))
        size = max(len(body) // pieces, 1)
        for start in range(0, len(body), size):
            self.take((BODY, 1, body[start : start + size]))


def arguments(exchange: bytes, key: bytes, *, tag: bytes = b"ctag", number: int = 1) -> bytes:
    return b"".join(
        (
            bytes([len(tag)]),
            tag,
            struct.pack(">QB", number, 0),
            bytes([len(exchange)]),
            exchange,
            bytes([len(key)]),
            key,
        )
    )


def readable(properties: dict[str, object]) -> bytes:
    return amqp.Message(b"", **properties)._serialize_properties()


@pytest.mark.parametrize("pieces", [1, 3])
def test_a_message_is_put_together_from_its_frames(pieces):
    broker = FromTheBroker()

    broker.deliver(readable({"message_id": "m-1", "application_headers": {"a": 1}}), b"0123456789", pieces=pieces)

    [(method, _, message)] = broker.came
    assert method == spec.Basic.Deliver
    assert message is not None
    assert (message.body, message.properties) == (b"0123456789", {"message_id": "m-1", "application_headers": {"a": 1}})


def test_a_message_without_a_body_arrives_as_well():
    broker = FromTheBroker()

    broker.deliver(readable({"message_id": "m-1"}), b"")

    assert len(broker.came) == 1


@given(st.binary(max_size=40))
def test_whatever_the_properties_are_the_message_arrives(properties):
    broker = FromTheBroker()

    broker.deliver(struct.pack(">H", 0xFFFC) + properties, b"{}")
    broker.deliver(readable({"message_id": "m-2"}), b"{}")

    [_, (_, _, message)] = broker.came
    assert message is not None
    assert message.properties == {"message_id": "m-2"}


def test_a_message_says_that_its_properties_could_not_be_read():
    broker = FromTheBroker()

    broker.deliver(struct.pack(">H", 0x0080) + b"\x01\xff", b"{}")

    [(_, _, message)] = broker.came
    assert message is not None
    assert message.properties == {"application_headers": {UNREADABLE_HEADER: "UnicodeDecodeError"}}


def test_frames_out_of_place_end_the_connection():
    with pytest.raises(UnexpectedFrame):
        FromTheBroker().take((HEADER, 1, b""))


def test_heartbeats_and_plain_methods_pass():
    broker = FromTheBroker()

    assert broker.take((HEARTBEAT, 0, b"")) is False
    assert broker.take((METHOD, 1, struct.pack(">HHQB", *spec.Basic.Ack, 1, 0))) is True
    assert broker.came[0][0] == spec.Basic.Ack


@given(exchange=st.binary(max_size=255), key=st.binary(max_size=255), number=st.integers(0, 2**64 - 1))
def test_names_become_readable_and_keep_their_lengths(exchange, key, number):
    given_arguments = b"\x00<\x00<" + arguments(exchange, key, number=number)

    made = with_readable_names(given_arguments)

    assert len(made) == len(given_arguments)
    assert made[: 4 + 5 + 9] == given_arguments[: 4 + 5 + 9]
    for name, was in ((made[19 : 19 + len(exchange)], exchange), (made[20 + len(exchange) :], key)):
        assert name.decode() == (was.decode() if is_utf_8(was) else name.decode())


def is_utf_8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_frames_go_out_in_order_and_together():
    gate, written = threading.Event(), []

    def write(frames: bytes) -> None:
        gate.wait(patience(20))
        written.append(frames)

    writes = GatheredWrites(write)
    for number in range(100):
        writes.add(memoryview(b"%03d" % number))
    gate.set()

    eventually(lambda: b"".join(written) == b"".join(b"%03d" % number for number in range(100)))
    assert len(written) < 100
    writes.close()


def test_after_a_failed_write_the_next_one_hears_of_it():
    def write(_: bytes) -> None:
        raise BrokenPipeError("gone")

    writes = GatheredWrites(write)
    writes.add(b"1")

    eventually(lambda: writes._problem)
    with pytest.raises(BrokenPipeError):
        writes.add(b"2")
