"""The broker connection of both ends of remote calls: any thread writes to it, one reads it, no message breaks it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Any

from amqp import spec

from shared.messaging.consuming.deliveries import raw_channel
from shared.messaging.wire.connection import LOST, TolerantFrames, broker_connection
from shared.messaging.wire.shared_socket import end_reading, share_socket

LONGEST_READ_SECONDS = 5.0
FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
DEFAULT_USER = "guest"
GOODBYE = (0, "", 0, 0)


@dataclass(frozen=True, kw_only=True)
class LinkSettings:
    """Where the broker is; seconds to wait for it; seconds between heartbeats (two missed ones mean a lost connection)."""

    broker_url: str
    connect_timeout: float
    heartbeat: float


class RpcConnection:
    """One connection with one channel. Raises one of `LOST` when it cannot be made."""

    def __init__(self, settings: LinkSettings) -> None:
        self.is_blocked = False  # the broker is short of memory or disk: it takes nothing from who publishes
        self._finishing = False
        self._connection = broker_connection(
            settings.broker_url,
            heartbeat=settings.heartbeat,
            connect_timeout=settings.connect_timeout,
            transport_options={
                "frame_handler": TolerantFrames,
                "on_blocked": self._on_blocked,
                "on_unblocked": self._on_unblocked,
            },
        )
        self.user_id = self._connection.userid or DEFAULT_USER
        self._read_seconds = min(LONGEST_READ_SECONDS, settings.heartbeat / 3)
        self._next_heartbeat = 0.0
        # kombu's own `connect` tries twice, two seconds apart, and nothing could end its wait.
        self._connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
        # Kept, since kombu's own `connection` would silently be another one after a loss.
        self._wire: Any = self._connection.connection
        self._socket = getattr(self._wire, "sock", None)  # kept too: py-amqp would connect anew to tell it after a loss
        share_socket(self._wire, read_seconds=self._read_seconds, write_seconds=self._read_seconds)
        try:
            self.channel: Any = raw_channel(self._wire)
        except BaseException:
            self.close()
            raise

    def read(self) -> bool:
        """Hand out what comes next, or return after a while without; False once it was ended."""
        try:
            self._wire.drain_events(timeout=self._read_seconds if self._socket is None else None)
        except TimeoutError:
            pass
        except LOST:
            if self._finishing:
                return False
            raise
        if self._finishing and (self._socket is None or not self._wire.connected):
            return False
        if time.monotonic() >= self._next_heartbeat:
            self._next_heartbeat = time.monotonic() + self._read_seconds
            self._connection.transport.heartbeat_check(self._wire)
        return True

    def finish(self) -> None:
        """From any thread: say goodbye after all that was written; `read` ends when the broker has heard it."""
        self._finishing = True
        if self._socket is None:
            self.end()
            return
        with contextlib.suppress(*LOST):
            self._wire.send_method(spec.Connection.Close, "BsBB", GOODBYE)

    def end(self) -> None:
        """From any thread: nothing more can be sent, and `read` ends."""
        self._finishing = True
        if self._socket is None:
            self._wire.wake()
            return
        with contextlib.suppress(OSError):
            end_reading(self._socket)

    def close(self) -> None:
        """By the thread that reads: free the connection, without waiting for the broker, which may be gone."""
        with contextlib.suppress(*LOST, ValueError):  # ValueError: py-amqp would take TLS off what has lost it
            self._wire.collect()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()

    def _on_blocked(self, _reason: str) -> None:
        self.is_blocked = True

    def _on_unblocked(self) -> None:
        self.is_blocked = False
