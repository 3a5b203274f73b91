"""What lies in the broker's queues: letters, their copies, and the promise that a publisher waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import amqp
from amqp import spec

from shared.messaging.wire.connection import TolerantMessage

BASIC_CLASS = spec.Basic.CLASS_ID


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A published message as bytes, so that no two readers share a mutable header. `lifetime` is in seconds."""

    exchange: str
    routing_key: str
    properties: bytes
    body: bytes
    lifetime: float | None = None

    def unpack(self, **delivery_info: Any) -> amqp.Message:
        """A fresh py-amqp message with this letter's content and place."""
        message = TolerantMessage(self.body)
        message._load_properties(BASIC_CLASS, self.properties, 0)
        message.delivery_info = {"exchange": self.exchange, "routing_key": self.routing_key, **delivery_info}
        message.ready = True
        return message


def letter_from(message: amqp.Message, *, exchange: str, routing_key: str) -> Letter:
    """The letter for a message about to be published.

    Raises what py-amqp raises on content that has no AMQP form, and ValueError on an `expiration` that is no number.
    """
    body = message.body
    if isinstance(body, str):
        body = body.encode(message.properties.setdefault("content_encoding", "utf-8"))
    return Letter(
        exchange=exchange,
        routing_key=routing_key,
        properties=message._serialize_properties(),
        body=bytes(body),
        lifetime=_lifetime(message.properties),
    )


def _lifetime(properties: Mapping[str, Any]) -> float | None:
    expiration = properties.get("expiration")
    if expiration is None:
        return None
    milliseconds = int(expiration)
    if milliseconds < 0:
        raise ValueError(f"expiration {expiration!r} is negative")
    return milliseconds / 1000


class Confirmation:
    """The broker's promise for one publish: kept when every queue that must settle its copy has done so."""

    def __init__(self, tell: Callable[[bool], None]) -> None:
        self._tell = tell
        self._unsettled = 1  # the routing itself
        self._refused = False

    def expect(self) -> bool:
        """One more copy must be settled first; False when this promise doesn't wait for copies."""
        self._unsettled += 1
        return True

    def settle(self) -> None:
        """One copy is settled, or the routing is over; the last one tells the publisher: True kept, False refused."""
        self._unsettled -= 1
        if self._unsettled == 0:
            self._tell(not self._refused)

    def refuse(self) -> None:
        """A queue would not take its copy: the publisher hears a nack."""
        self._refused = True


class PlacedConfirmation(Confirmation):
    """A promise that is kept once the letter is in its queues."""

    def expect(self) -> bool:
        return False


class Copy:
    """One letter in one queue."""

    __slots__ = ("confirmation", "expires_at", "letter", "redelivered", "sequence")

    def __init__(
        self, letter: Letter, *, sequence: int, expires_at: float | None, confirmation: Confirmation | None
    ) -> None:
        self.letter = letter
        self.sequence = sequence
        self.expires_at = expires_at
        self.confirmation = confirmation
        self.redelivered = False

    def has_expired(self) -> bool:
        """Whether its time to live is over (monotonic clock)."""
        return self.expires_at is not None and time.monotonic() >= self.expires_at

    def settle(self) -> None:
        """The copy is done with: acked, dropped or expired. A second call does nothing."""
        confirmation, self.confirmation = self.confirmation, None
        if confirmation is not None:
            confirmation.settle()
