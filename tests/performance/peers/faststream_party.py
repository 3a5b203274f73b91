"""FastStream on RabbitMQ as it comes: its subscriber acknowledges after the handler and publishes with confirms."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from faststream.rabbit import RabbitBroker, RabbitQueue

from tests.performance.peers.loops import obey
from tests.performance.peers.work import Effects, SharedCounter

QUEUE = RabbitQueue("bench.peers.faststream", durable=True)


async def main(role: str, kind: str, broker_url: str, database: str, synchronous: str) -> None:
    """Runs one party until its input ends."""
    counter, effects = SharedCounter(), Effects(database, synchronous)
    broker = RabbitBroker(broker_url, logger=None)

    async def applied(message: dict[str, Any]) -> None:
        effects.apply(message)
        counter.one_more()

    async def send(message: dict[str, Any]) -> None:
        await broker.publish(message, QUEUE, persist=True)

    if role == "applier":
        broker.subscriber(QUEUE)(applied)
    await broker.start()
    await broker.declare_queue(QUEUE)
    await obey(send=send, counter=counter)
    await broker.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
