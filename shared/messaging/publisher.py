"""Publishing with proof: confirms matched by delivery tag, `mandatory`, and a time limit.

One connection, any number of threads (or green threads) publishing at once; each gets its own `Confirmation`. Works
alike on RabbitMQ and on the embedded broker, whose channels speak the same few calls.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

import structlog
from kombu import Connection

log = structlog.get_logger(__name__)
PERSISTENT = 2
DRAIN_SECONDS = 0.5


class NotPublished(Exception):
    """The broker did not take the message (no route, refused, no answer in time, connection lost): it must be sent again."""


class Confirmation:
    """What becomes of one publish."""

    def __init__(self, *, timeout: float) -> None:
        self._settled = threading.Event()
        self._timeout = timeout
        self._problem: str | None = None

    def settle(self, problem: str | None = None) -> None:
        """Ends the wait: taken by the broker, or not and why."""
        self._problem = self._problem or problem
        self._settled.set()

    def wait(self) -> None:
        """Returns once the broker has taken the message everywhere it belongs. Raises `NotPublished`."""
        if not self._settled.wait(self._timeout):
            raise NotPublished(f"no confirm within {self._timeout} s")
        if self._problem is not None:
            raise NotPublished(self._problem)


class Publisher:
    """A confirming publisher on a connection of its own, opened when first needed and again after a loss."""

    def __init__(self, broker_url: str, *, confirm_timeout: float, heartbeat: float = 30) -> None:
        self._url = broker_url
        self._timeout = confirm_timeout
        self._heartbeat = heartbeat
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        self._channel: Any = None
        self._tag = 0
        self._pending: dict[int, Confirmation] = {}
        self._by_id: dict[str, Confirmation] = {}
        self._closed = False
        self._drainer: threading.Thread | None = None

    def publish(
        self,
        *,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, Any],
        message_id: str,
        content_type: str = "application/json",
    ) -> Confirmation:
        """Sends one persistent, mandatory message; ask the confirmation what became of it. Raises `NotPublished`."""
        confirmation = Confirmation(timeout=self._timeout)
        try:
            with self._lock:
                channel = self._open_channel()
                message = channel.prepare_message(
                    body,
                    content_type=content_type,
                    content_encoding="utf-8",
                    headers=dict(headers),
                    properties={"delivery_mode": PERSISTENT, "message_id": message_id},
                )
                self._tag += 1
                self._pending[self._tag] = confirmation
                self._by_id[message_id] = confirmation
                channel.basic_publish(message, exchange=exchange, routing_key=routing_key, mandatory=True)
        except self._errors() as error:
            self._drop_connection(f"connection lost: {type(error).__name__}")
            raise NotPublished(f"connection lost: {type(error).__name__}") from error
        return confirmation

    def close(self) -> None:
        """Closes the connection; what is still unconfirmed counts as not published."""
        self._closed = True
        self._drop_connection("the publisher was closed")
        if self._drainer is not None:
            self._drainer.join(4 * DRAIN_SECONDS)

    def _errors(self) -> tuple[type[BaseException], ...]:
        known = self._connection.connection_errors + self._connection.channel_errors if self._connection else ()
        return (*known, OSError)

    def _open_channel(self) -> Any:
        if self._channel is not None:
            return self._channel
        if self._closed:
            raise NotPublished("the publisher is closed")
        connection = Connection(self._url, heartbeat=self._heartbeat, connect_timeout=self._timeout)
        connection.connect()
        channel = connection.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        self._connection, self._channel, self._tag = connection, channel, 0
        self._drainer = threading.Thread(target=self._drain, args=(connection,), name="publisher-drain", daemon=True)
        self._drainer.start()
        return channel

    def _drain(self, connection: Connection) -> None:
        """Reads confirms until this connection is lost or given up, then closes it: nobody else may read from it."""
        errors = connection.connection_errors + connection.channel_errors + (OSError,)
        try:
            while self._connection is connection:
                with contextlib.suppress(TimeoutError):
                    connection.drain_events(timeout=DRAIN_SECONDS)
                with self._lock:
                    connection.heartbeat_check()
        except errors as error:
            if self._connection is connection:
                self._drop_connection(f"connection lost: {type(error).__name__}")
        with contextlib.suppress(*errors):
            connection.close()

    def _drop_connection(self, problem: str) -> None:
        with self._lock:
            self._connection, self._channel = None, None
            pending, self._pending, self._by_id = self._pending, {}, {}
        for confirmation in pending.values():
            confirmation.settle(problem)

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._settle(delivery_tag, multiple, None)

    def _on_nack(self, delivery_tag: int, multiple: bool, *_: Any) -> None:
        self._settle(delivery_tag, multiple, "refused by the broker")

    def _on_return(self, *details: Any) -> None:
        """A mandatory message found no queue. The ack that follows must not count."""
        message = details[-1]
        confirmation = self._by_id.get(message.properties.get("message_id", ""))
        if confirmation is not None:
            confirmation.settle("no queue is bound for it")

    def _settle(self, delivery_tag: int, multiple: bool, problem: str | None) -> None:
        with self._lock:
            tags = [tag for tag in self._pending if tag <= delivery_tag] if multiple else [delivery_tag]
            settled = [self._pending.pop(tag) for tag in tags if tag in self._pending]
            if not self._pending:
                self._by_id.clear()
        for confirmation in settled:
            confirmation.settle(problem)
