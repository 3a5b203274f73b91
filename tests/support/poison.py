"""Messages made to harm whoever reads them: bodies, headers of every AMQP type, and properties that no library would write."""

from __future__ import annotations

import json
import pickle
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import amqp

JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Poison:
    """One message. Its headers go on top of those that a good one has; `None` takes one away."""

    body: bytes = b"{}"
    content_type: str = JSON
    headers: Mapping[str, Any] = field(default_factory=dict)
    raw_properties: bytes | None = None

    def message(self, good_headers: Mapping[str, Any], **properties: Any) -> amqp.Message:
        """The message for py-amqp to publish."""
        if self.raw_properties is not None:
            return BrokenByHand(self.raw_properties, self.body)
        headers = {name: value for name, value in {**good_headers, **self.headers}.items() if value is not Gone}
        return amqp.Message(self.body, content_type=self.content_type, application_headers=headers, **properties)


class Gone:
    """In the place of a header's value: a good message has it and this one has not."""


class BrokenByHand(amqp.Message):
    """A message with property bytes that py-amqp would never write."""

    def __init__(self, raw_properties: bytes, body: bytes = b"{}") -> None:
        super().__init__(body)
        self.raw_properties = raw_properties

    def _serialize_properties(self) -> bytes:
        return self.raw_properties


def only_headers(table: bytes) -> bytes:
    """Property bytes with nothing but application headers."""
    return struct.pack(">H", 0x2000) + struct.pack(">I", len(table)) + table


def nested(depth: int) -> bytes:
    """A table within a table within a table ..."""
    table = b""
    for _ in range(depth):
        table = b"\x01aF" + struct.pack(">I", len(table)) + table
    return table


def field_of(name: bytes, kind: bytes, value: bytes) -> bytes:
    """One entry of an AMQP table, whatever kind it says it is."""
    return bytes([len(name)]) + name + kind + value


BEYOND_PY_AMQP: Mapping[str, bytes] = {
    "an instant beyond the calendar": only_headers(b"\x01aT" + struct.pack(">Q", 2**62)),
    "tables a thousand deep": only_headers(nested(5000)),
    "an id that is no UTF-8": struct.pack(">H", 0x0080) + b"\x02\xff\xfe",
    "a content type that is no UTF-8": struct.pack(">H", 0x8000) + b"\x02\xff\xfe",
}

# NaN and infinity are left out: RabbitMQ ends the connection of whoever sends such a header.
CALL_STACK, USER = b"nameko.call_id_stack", b"nameko.user_id"
FIELD_TYPES: Mapping[str, bytes] = {
    "boolean": field_of(CALL_STACK, b"t", b"\x01"),
    "short short": field_of(CALL_STACK, b"b", b"\xff"),
    "short short unsigned": field_of(CALL_STACK, b"B", b"\xff"),
    "short": field_of(CALL_STACK, b"s", struct.pack(">h", -2)),
    "short unsigned": field_of(CALL_STACK, b"u", struct.pack(">H", 2)),
    "long": field_of(CALL_STACK, b"I", struct.pack(">i", -3)),
    "long unsigned": field_of(CALL_STACK, b"i", struct.pack(">I", 3)),
    "long long": field_of(CALL_STACK, b"l", struct.pack(">q", -(2**63))),
    "float": field_of(CALL_STACK, b"f", struct.pack(">f", 1.5)),
    "double": field_of(CALL_STACK, b"d", struct.pack(">d", -1.5)),
    "decimal": field_of(CALL_STACK, b"D", b"\xff" + struct.pack(">i", 1)),
    "long text": field_of(CALL_STACK, b"S", struct.pack(">I", 70_000) + b"x" * 70_000),
    "text that is no UTF-8": field_of(USER, b"S", struct.pack(">I", 2) + b"\xff\xfe"),
    "bytes": field_of(CALL_STACK, b"x", struct.pack(">I", 2) + b"\xff\x00"),
    "array": field_of(CALL_STACK, b"A", struct.pack(">I", 2) + b"t\x01"),
    "empty array": field_of(CALL_STACK, b"A", struct.pack(">I", 0)),
    "instant": field_of(CALL_STACK, b"T", struct.pack(">Q", 0)),
    "table": field_of(CALL_STACK, b"F", struct.pack(">I", 0)),
    "nothing": field_of(CALL_STACK, b"V", b""),
}

BODIES: Mapping[str, Poison] = {
    "nothing": Poison(body=b""),
    "bad JSON": Poison(body=b'{"a": '),
    "a list": Poison(body=b"[]"),
    "null": Poison(body=b"null"),
    "bad UTF-8": Poison(body=b'{"a": "\xff\xfe"}'),
    "half a character": Poison(body=b'{"a": "\\ud800"}'),
    "NUL": Poison(body=b"\x00{}"),
    "NaN": Poison(body=b'{"a": NaN}'),
    "infinity": Poison(body=b'{"a": 1e400}'),
    "deep nesting": Poison(body=b"[" * 100_000),
    "nesting that Python can just read": Poison(body=b'{"a":' * 900 + b"1" + b"}" * 900),
    "huge": Poison(body=b'"' + b"x" * 3_000_000 + b'"'),
    "a zip bomb": Poison(body=zlib.compress(b" " * 50_000_000), headers={"compression": "application/x-gzip"}),
    "unknown compression": Poison(body=b'{"unknown": "compression"}', headers={"compression": "none-such"}),
    "another content type": Poison(body=b'{"another": "type"}', content_type="text/plain"),
    "pickle": Poison(body=pickle.dumps({"a": 1}), content_type="application/x-python-serialize"),
    "typed JSON": Poison(body=json.dumps({"__type__": "datetime", "__value__": 1}).encode()),
    "headers of other kinds": Poison(
        body=b"{", headers={"a": -1, "d": Decimal("1.5"), "t": datetime(2026, 3, 2, tzinfo=UTC)}
    ),
}
BROKEN: Mapping[str, Poison] = {
    name: Poison(body=f"{{ {name}".encode(), raw_properties=raw) for name, raw in BEYOND_PY_AMQP.items()
}
CLAIMS: Mapping[str, Poison] = {
    f"nameko header: {name}": Poison(body=f"{{ {name}".encode(), raw_properties=only_headers(table))
    for name, table in FIELD_TYPES.items()
}
EVERYTHING: Mapping[str, Poison] = {**BODIES, **BROKEN, **CLAIMS}
"""No two have the same body, so that each can be told from the others when it was set aside."""
