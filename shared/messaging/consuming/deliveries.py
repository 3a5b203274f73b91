"""A message as it came off a queue: raw bytes and facts, whichever broker brought it.

kombu's own message class inflates a `compression` header and revives typed JSON before anyone can look; this does
neither.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class RawMessage(Protocol):
    """What the callback of `channel.basic_consume` gets, on RabbitMQ and embedded."""

    @property
    def body(self) -> Any: ...
    @property
    def properties(self) -> Mapping[str, Any]: ...
    @property
    def delivery_info(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One delivery of one message. A `user_id` is proved by the broker; every header is only a claim."""

    body: bytes
    headers: Mapping[str, Any]
    content_type: str | None
    message_id: str | None
    user_id: str | None
    routing_key: str
    exchange: str
    redelivered: bool
    delivery_tag: int
    correlation_id: str | None = None
    reply_to: str | None = None


def read_delivery(message: RawMessage) -> Delivery:
    """The delivery in a raw message. Never inflates or decodes anything."""
    properties, info = message.properties, message.delivery_info
    return Delivery(
        body=_raw(message.body, properties.get("content_encoding")),
        headers=properties.get("application_headers") or {},
        content_type=properties.get("content_type"),
        message_id=properties.get("message_id"),
        user_id=properties.get("user_id"),
        correlation_id=properties.get("correlation_id"),
        reply_to=properties.get("reply_to"),
        routing_key=info["routing_key"],
        exchange=info["exchange"],
        redelivered=bool(info.get("redelivered")),
        delivery_tag=info["delivery_tag"],
    )


def _raw(body: Any, encoding: str | None) -> bytes:
    """The body's bytes: py-amqp decodes a body whose `content_encoding` names a charset unless told not to."""
    if isinstance(body, str):
        return body.encode(encoding or "utf-8")
    return bytes(body)


def raw_channel(connection: Any) -> Any:
    """A channel that leaves bodies alone (py-amqp else decodes them by `content_encoding`)."""
    channel = connection.channel()
    channel.auto_decode = False
    return channel
