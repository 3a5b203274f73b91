"""What py-amqp does for each of our events, in fewer steps: putting a message into frames, and taking frames apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from struct import Struct
from typing import Any

import amqp
from amqp.exceptions import UnexpectedFrame

HEAD = Struct(">BHI")
HEADER = Struct(">HHQ")
FRAME_END = 0xCE
END = FRAME_END.to_bytes(1)
FRAME_OVERHEAD = HEAD.size + 1
BASIC = 60
PUBLISH = Struct(">HHH").pack(BASIC, 40, 0)
MANDATORY = b"\x01"
READ_BYTES = 65_536
WRITTEN = frozenset(["content_type", "content_encoding", "application_headers", "delivery_mode", "message_id"])
WRITTEN_FLAGS = b"\xf0\x80"
"""What the broker is told are there: the first four properties and the ninth."""


class EventMessage(amqp.Message):
    """A message with the properties that our events have, and texts for headers; any other is left to py-amqp."""

    def _serialize_properties(self) -> bytes:
        given = {name: value for name, value in self.properties.items() if value is not None}
        try:
            table = _table(given["application_headers"]) if given.keys() == WRITTEN else None
        except (AttributeError, UnicodeEncodeError):  # something else than a text, or half a character
            table = None
        if table is None:
            written: bytes = super()._serialize_properties()
            return written
        return b"".join(
            (
                WRITTEN_FLAGS,
                _short(given["content_type"]),
                _short(given["content_encoding"]),
                len(table).to_bytes(4),
                table,
                given["delivery_mode"].to_bytes(1),
                _short(given["message_id"]),
            )
        )


def published(message: EventMessage, *, channel: int, exchange: str, routing_key: str, largest: int) -> bytes:
    """The frames of a mandatory publish: a method, a header, and the body in as many as it takes; `largest` of them in bytes."""
    body: bytes = message.body
    method = PUBLISH + _short(exchange) + _short(routing_key) + MANDATORY
    header = HEADER.pack(BASIC, 0, len(body)) + message._serialize_properties()
    step = largest - FRAME_OVERHEAD
    bodies = [_frame(3, channel, body[at : at + step]) for at in range(0, len(body), step)]
    return b"".join((_frame(1, channel, method), _frame(2, channel, header), *bodies))


class Frames:
    """Takes frames out of what has come, in the place of a transport's `read_frame`, which copies all the rest each time."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._came: bytes = bytes(transport._read_buffer)
        self._at = 0

    def __call__(self) -> tuple[int, int, bytes]:
        """The next frame: its type, channel and payload. Raises `TimeoutError`, `OSError`, `UnexpectedFrame`."""
        while (frame := self._next()) is None:
            self._came = self._came[self._at :] + self._more()
            self._at = 0
        return frame

    def _more(self) -> bytes:
        try:
            more: bytes = self._transport._quick_recv(READ_BYTES)
        except TimeoutError:
            raise
        except OSError as error:
            if "timed out" in str(error):  # how TLS says so
                raise TimeoutError from error
            self._transport.connected = False
            raise
        if not more:
            self._transport.connected = False
            raise OSError("the broker has closed the connection")
        return more

    def _next(self) -> tuple[int, int, bytes] | None:
        begin = self._at + HEAD.size
        if len(self._came) < begin:
            return None
        kind, channel, size = HEAD.unpack_from(self._came, self._at)
        end = begin + size
        if len(self._came) <= end:
            return None
        if self._came[end] != FRAME_END:
            raise UnexpectedFrame(f"a frame ends with {self._came[end]:#04x}")
        self._at = end + 1
        return kind, channel, self._came[begin:end]


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return HEAD.pack(kind, channel, len(payload)) + payload + END


def _table(headers: Mapping[str, str]) -> bytes:
    parts: list[bytes] = []
    for name, value in headers.items():
        text = value.encode()
        parts += (_name(name), len(text).to_bytes(4), text)
    return b"".join(parts)


@lru_cache(maxsize=64)
def _name(name: str) -> bytes:
    """A header's name, and that a text follows."""
    return _short(name) + b"S"


def _short(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(1) + encoded
