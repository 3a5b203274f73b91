"""Declares the topology on a broker, embedded or RabbitMQ."""

from __future__ import annotations

from typing import Any

from kombu import Connection

from shared.messaging.topology import Topology


def apply_topology(broker_url: str, topology: Topology, *, timeout: float = 10) -> None:
    """Creates what isn't there; raises the broker's error if something is there in another shape."""
    with Connection(broker_url, connect_timeout=timeout) as connection:
        channel = connection.channel()
        for exchange in topology.exchanges:
            channel.exchange_declare(exchange.name, type=exchange.type, durable=True, auto_delete=False)
        for queue in topology.queues:
            channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=dict(queue.arguments))
        for binding in topology.bindings:
            channel.queue_bind(binding.queue, exchange=binding.exchange, routing_key=binding.key)


def missing_from_broker(broker_url: str, topology: Topology, *, timeout: float = 10) -> list[str]:
    """The names of declared exchanges and queues that the broker doesn't have."""
    missing = []
    with Connection(broker_url, connect_timeout=timeout) as connection:
        for exchange in topology.exchanges:
            if not _has(
                connection, lambda c, name=exchange.name, t=exchange.type: c.exchange_declare(name, t, passive=True)
            ):
                missing.append(exchange.name)
        for queue in topology.queues:
            if not _has(connection, lambda c, name=queue.name: c.queue_declare(name, passive=True)):
                missing.append(queue.name)
    return missing


def _has(connection: Connection, look: Any) -> bool:
    """A passive declaration on a channel of its own, since the broker closes the channel on a miss."""
    channel = connection.channel()
    try:
        look(channel)
    except connection.channel_errors:
        return False
    channel.close()
    return True
