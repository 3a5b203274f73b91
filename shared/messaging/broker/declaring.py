"""Declares the topology on a broker, embedded or RabbitMQ."""

from __future__ import annotations

from shared.messaging.broker.topology import Topology
from shared.messaging.wire.connection import broker_connection


def apply_topology(broker_url: str, topology: Topology, *, timeout: float = 10) -> None:
    """Creates what isn't there; raises the broker's error if something is there in another shape."""
    with broker_connection(broker_url, connect_timeout=timeout) as connection:
        channel = connection.channel()
        for exchange in topology.exchanges:
            channel.exchange_declare(exchange.name, type=exchange.type, durable=True, auto_delete=False)
        for queue in topology.queues:
            channel.queue_declare(queue.name, durable=True, auto_delete=False, arguments=dict(queue.arguments))
        for binding in topology.bindings:
            channel.queue_bind(binding.queue, exchange=binding.exchange, routing_key=binding.key)
