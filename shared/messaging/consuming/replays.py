"""Requests to send a stretch of one aggregate's events again: from a consumer that misses some, to their publisher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.errors import Invalid
from shared.events.envelope import CONTENT_TYPE, read_json
from shared.messaging.consuming.deliveries import Delivery

LONGEST_NAME = 512
HIGHEST = 10**15
"""No stream comes near it, and every store can count so far."""


@dataclass(frozen=True, kw_only=True)
class StretchAsked:
    """Which events are to be sent again."""

    stream: str
    subject: str
    first: int
    last: int


def read_request(delivery: Delivery, *, most_bytes: int) -> StretchAsked:
    """The request in a message, with nothing taken on trust. Raises `Invalid`."""
    if len(delivery.body) > most_bytes or "compression" in delivery.headers or delivery.content_type != CONTENT_TYPE:
        raise Invalid(f"a request is {CONTENT_TYPE}, not compressed, of at most {most_bytes} bytes")
    asked = read_json(delivery.body)
    if not isinstance(asked, dict) or not asked.keys() >= {"stream", "subject", "first", "last"}:
        raise Invalid("a request names stream, subject, first and last")
    return StretchAsked(
        stream=_name(asked["stream"]),
        subject=_name(asked["subject"]),
        first=_sequence(asked["first"]),
        last=_sequence(asked["last"]),
    )


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_NAME or not value.isprintable():
        raise Invalid("stream and subject are names")
    return value


def _sequence(value: Any) -> int:
    if type(value) is not int or not 0 < value <= HIGHEST:
        raise Invalid("first and last are whole numbers from 1")
    return value
