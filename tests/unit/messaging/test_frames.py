"""Frames and properties are what py-amqp makes of the same bytes and the same message."""

from __future__ import annotations

from typing import Any

import amqp
import pytest
from amqp.exceptions import UnexpectedFrame
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.frames import EventMessage, Frames

TEXTS = st.text(max_size=40)
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
    parts, at = [], 0
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


@pytest.mark.parametrize("other", [{"priority": 1}, {"message_id": None}, {"reply_to": "somewhere"}])
def test_other_properties_are_written_too(other: dict[str, Any]) -> None:
    given = {**OURS, "application_headers": {"ce-id": "one"}, **other}

    assert EventMessage(b"{}", **given)._serialize_properties() == amqp.Message(b"{}", **given)._serialize_properties()
