"""Raw aio-pika: confirms, a durable queue, 100 messages ahead, acknowledged after the effect."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aio_pika

from tests.performance.peers.loops import obey
from tests.performance.peers.work import Effects, SharedCounter

QUEUE = "bench.peers.aio_pika"
AHEAD = 100


async def main(role: str, kind: str, broker: str, database: str, synchronous: str) -> None:
    """Runs one party until its input ends."""
    counter, effects = SharedCounter(), Effects(database, synchronous)
    connection = await aio_pika.connect_robust(broker)
    channel = await connection.channel()
    await channel.set_qos(prefetch_count=AHEAD)
    queue = await channel.declare_queue(QUEUE, durable=True)

    async def on_message(message: Any) -> None:
        async with message.process():
            effects.apply(json.loads(message.body))
        counter.one_more()

    async def send(message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        persistent = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(persistent, routing_key=QUEUE)

    if role == "applier":
        await queue.consume(on_message)
    await obey(send=send, counter=counter)
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
