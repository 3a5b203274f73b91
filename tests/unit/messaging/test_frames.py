"""Frames and properties are what py-amqp makes of the same bytes and the same message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from amqp import spec
from amqp.exceptions import UnexpectedFrame
from amqp.method_framing import frame_writer
from amqp.serialization import dumps
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.wire.frames import EventMessage, Frames, published

TEXTS = st.text(max_size=40)
LARGEST = 200
"""Bytes of a frame; a larger body takes several."""
OURS: dict[str, Any] = {
    "content_type": "application/json",
    "content_encoding": "utf-8",
    "delivery_mode": 2,
    "message_id": "11111111-2222-5333-8444-555555555555",
}


class Wire:
    """A transport that has read `came` already and receives these parts, one a call."""

    def __init__(self, *parts: bytes | Exception, came: bytes = b"") -> None:
        self.connected = True
        self._read_buffer = came
        self._parts = list(parts)

    def _quick_recv(self, size: int) -> bytes:
        part = self._parts.pop(0)
        if isinstance(part, Exception):
            raise part
        return part


def a_frame(kind: int, channel: int, payload: bytes, end: int = 0xCE) -> bytes:
    return kind.to_bytes(1) + channel.to_bytes(2) + len(payload).to_bytes(4) + payload + end.to_bytes(1)


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(0, 65_535), st.binary(max_size=60)), min_size=1, max_size=8),
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
)
def test_frames_come_out_as_they_went_in_however_the_bytes_arrive(
    frames: list[tuple[int, int, bytes]], sizes: list[int]
) -> None:
    sent = b"".join(a_frame(*frame) for frame in frames)
    parts: list[bytes] = []
    at = 0
    while at < len(sent):
        size = sizes[len(parts) % len(sizes)]
        parts.append(sent[at : at + size])
        at += size

    read = Frames(Wire(*parts[1:], came=parts[0]))

    assert [read() for _ in frames] == frames


def test_what_has_come_is_kept_when_nothing_more_comes_in_time() -> None:
    frame = a_frame(1, 1, b"method")
    read = Frames(Wire(frame[:5], TimeoutError("timed out"), frame[5:]))

    with pytest.raises(TimeoutError):
        read()

    assert read() == (1, 1, b"method")


@pytest.mark.parametrize("ends", [b"", ConnectionResetError("reset")], ids=["closed", "reset"])
def test_a_connection_that_ends_is_known_to_have_ended(ends: bytes | Exception) -> None:
    wire = Wire(ends)

    with pytest.raises(OSError, match=r"closed|reset"):
        Frames(wire)()

    assert not wire.connected


def test_a_frame_that_ends_otherwise_is_refused() -> None:
    with pytest.raises(UnexpectedFrame):
        Frames(Wire(a_frame(1, 1, b"method", end=0)))()


@given(st.dictionaries(st.text(max_size=20), st.one_of(TEXTS, st.integers(-1000, 1000), st.booleans()), max_size=8))
def test_properties_are_written_as_py_amqp_writes_them(headers: dict[str, Any]) -> None:
    message, own = (kind(b"{}", application_headers=headers, **OURS) for kind in (amqp.Message, EventMessage))

    assert own._serialize_properties() == message._serialize_properties()


@given(body=st.binary(max_size=300), exchange=TEXTS, key=TEXTS)
def test_a_publish_is_put_into_frames_as_py_amqp_does_it(body: bytes, exchange: str, key: str) -> None:
    properties = {**OURS, "application_headers": {"ce-id": "one"}}

    frames = published(EventMessage(body, **properties), channel=3, exchange=exchange, routing_key=key, largest=LARGEST)

    assert frames == by_py_amqp(amqp.Message(body, **properties), channel=3, exchange=exchange, routing_key=key)


def by_py_amqp(message: amqp.Message, *, channel: int, exchange: str, routing_key: str) -> bytes:
    """What py-amqp writes for a mandatory publish."""
    sent: list[bytes] = []
    connection = SimpleNamespace(frame_max=LARGEST, bytes_sent=0)
    write = frame_writer(connection, SimpleNamespace(write=lambda frame: sent.append(bytes(frame))))
    arguments = dumps("Bssbb", (0, exchange, routing_key, True, False))
    write(1, channel, spec.Basic.Publish, arguments, message)
    return b"".join(sent)


@pytest.mark.parametrize("other", [{"priority": 1}, {"message_id": None}, {"reply_to": "somewhere"}])
def test_other_properties_are_written_too(other: dict[str, Any]) -> None:
    given = {**OURS, "application_headers": {"ce-id": "one"}, **other}

    assert EventMessage(b"{}", **given)._serialize_properties() == amqp.Message(b"{}", **given)._serialize_properties()
