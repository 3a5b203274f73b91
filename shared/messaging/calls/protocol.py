"""Remote calls on the wire: nameko's protocol, and the few things both ends of ours add to it. Imports no nameko.

A request goes to the exchange `nameko-rpc` with key `<service>.<method>`; its reply goes there too, with the key that
the request names as `reply_to`. Our requests also carry the instant after which nobody waits for them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from amqp import spec

RPC_EXCHANGE = "nameko-rpc"
DEADLINE_HEADER = "steward.deadline"
ASK_AGAIN = "not-answered"
"""The code of a refusal that says: the service was lost while it was asked, what was asked only reads, so ask again."""
JSON_TYPE = "application/json"
UTF_8 = "utf-8"
TRANSIENT = 1

PUBLISH_ARGUMENTS = "Bssbb"


def write_json(value: Any) -> bytes:
    """Compact JSON. Raises TypeError or ValueError on what JSON cannot hold (NaN included)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def deadline_after(seconds: float) -> int:
    """The deadline that many seconds from now, as epoch milliseconds."""
    return int((time.time() + seconds) * 1000)


def is_past(deadline: object) -> bool:
    """Whether a deadline header lies in the past; a header of another shape sets no deadline."""
    return type(deadline) is int and time.time() * 1000 > deadline


def post(channel: Any, message: Any, *, routing_key: str, mandatory: bool = False) -> None:
    """Publish on the RPC exchange without waiting for anything, from any thread.

    py-amqp's own `basic_publish` first reads from the socket, which would take replies from the thread that reads them.
    """
    send_method = getattr(channel, "send_method", None)
    if send_method is None:
        channel.basic_publish(message, exchange=RPC_EXCHANGE, routing_key=routing_key, mandatory=mandatory)
        return
    arguments = (0, RPC_EXCHANGE, routing_key, mandatory, False)
    send_method(spec.Basic.Publish, PUBLISH_ARGUMENTS, arguments, message)


def prepare(channel: Any, body: bytes, *, headers: Mapping[str, Any] | None = None, **properties: Any) -> Any:
    """A transient JSON message for this channel."""
    return channel.prepare_message(
        body,
        content_type=JSON_TYPE,
        content_encoding=UTF_8,
        headers=headers,
        properties={"delivery_mode": TRANSIENT, **properties},
    )
