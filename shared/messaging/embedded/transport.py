"""The embedded broker as a kombu transport: `embedded://host/vhost`, one broker per host and vhost in each process."""

from __future__ import annotations

import os
import threading
from typing import Any, ClassVar

import amqp
from kombu.transport import TRANSPORT_ALIASES, base

from shared.messaging.embedded.broker import Broker
from shared.messaging.embedded.channel import Channel
from shared.messaging.embedded.connection import Connection

SCHEME = "embedded"


def register_transport() -> None:
    """Make `embedded://` known to kombu, and so to nameko. Calling it again changes nothing."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def wake_transports() -> None:
    """End every wait for events in this process early: whoever waits sees a timeout and looks whether to stop."""
    for broker in Transport.brokers.all():
        broker.wake()


class Brokers:
    """The brokers of this process. A forked child starts without any: the threads that serve them are not there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._brokers: dict[tuple[int, str, str], Broker] = {}

    def find(self, host: str, virtual_host: str) -> Broker:
        """The broker of that name, made on first use."""
        with self._lock:
            return self._brokers.setdefault((os.getpid(), host, virtual_host), Broker())

    def all(self) -> tuple[Broker, ...]:
        """Every broker made so far."""
        with self._lock:
            return tuple(self._brokers.values())


class Transport(base.Transport):
    """kombu makes one per connection; they share the table of brokers, which kombu offers no other place for."""

    brokers: ClassVar[Brokers] = Brokers()

    driver_type = "amqp"
    driver_name = SCHEME
    connection_errors = amqp.Connection.connection_errors
    channel_errors = amqp.Connection.channel_errors
    recoverable_connection_errors = amqp.Connection.recoverable_connection_errors
    recoverable_channel_errors = amqp.Connection.recoverable_channel_errors
    implements = base.Transport.implements.extend(
        asynchronous=False, heartbeats=False, exchange_type=frozenset(["direct", "topic", "fanout"])
    )

    def driver_version(self) -> str:
        """There is no version of its own."""
        return "1"

    @property
    def default_connection_params(self) -> dict[str, Any]:
        return {"hostname": "localhost"}

    def establish_connection(self) -> Connection:
        """Connect; the URL's user is taken at its word, the client's `confirm_publish` transport option is honoured."""
        broker = self.brokers.find(self.client.hostname or "localhost", self.client.virtual_host or "/")
        options = self.client.transport_options or {}
        return Connection(
            broker,
            client=self.client,
            user=self.client.userid or "guest",
            confirm_publish=bool(options.get("confirm_publish")),
        )

    def verify_connection(self, connection: Connection) -> bool:
        return connection.connected

    def create_channel(self, connection: Connection) -> Channel:
        return connection.channel()

    def drain_events(self, connection: Connection, timeout: float | None = None, **_options: Any) -> None:
        """Hand out one event; see Connection.drain_events."""
        connection.drain_events(timeout=timeout)

    def close_connection(self, connection: Connection) -> None:
        connection.client = None
        connection.close()
