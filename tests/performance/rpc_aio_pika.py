"""The plainest remote call that aio-pika allows, as a baseline. Needs a Python that has aio-pika and nothing of the platform's.

`python rpc_aio_pika.py URL serve` answers; `python rpc_aio_pika.py URL call CALLERS SECONDS` calls, and prints what it measured as
JSON. Neither waits for confirms, and messages are transient, as with ours; but nothing has a deadline, and nothing is checked.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
import uuid
from typing import Any

import aio_pika  # type: ignore[import-not-found]  # of another environment, never a dependency

QUEUE = "bench-aio-pika"
WORKERS = 50


async def serve(url: str, answer: bytes) -> None:
    """Answers every call alike, until the process is ended."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel(publisher_confirms=False)
    await channel.set_qos(prefetch_count=WORKERS)
    queue = await channel.declare_queue(QUEUE, auto_delete=True)

    async def reply(message: Any) -> None:
        json.loads(message.body)
        told = aio_pika.Message(answer, correlation_id=message.correlation_id)
        await channel.default_exchange.publish(told, routing_key=message.reply_to)
        await message.ack()

    await queue.consume(reply)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Future()


async def call(url: str, callers: int, seconds: float, request: bytes) -> list[float]:
    """The milliseconds of every call that so many callers made in that time."""
    connection = await aio_pika.connect(url)
    channel = await connection.channel(publisher_confirms=False)
    replies = await channel.declare_queue(f"replies-{uuid.uuid4()}", exclusive=True, auto_delete=True)
    waiting: dict[str, asyncio.Future[bytes]] = {}
    numbers, took = itertools.count(), list[float]()

    async def on_reply(message: Any) -> None:
        waiting.pop(message.correlation_id).set_result(message.body)

    async def keep_calling(ends: float) -> None:
        while (began := time.perf_counter()) < ends:
            number = str(next(numbers))
            waiting[number] = asyncio.get_running_loop().create_future()
            asked = aio_pika.Message(request, correlation_id=number, reply_to=replies.name)
            await channel.default_exchange.publish(asked, routing_key=QUEUE)
            json.loads(await waiting[number])
            took.append((time.perf_counter() - began) * 1000)

    await replies.consume(on_reply, no_ack=True)
    ends = time.perf_counter() + seconds
    await asyncio.gather(*(keep_calling(ends) for _ in range(callers)))
    await connection.close()
    return took


def main(url: str, what: str, *arguments: str) -> None:
    content = sys.stdin.buffer.readline().strip()
    if what == "serve":
        asyncio.run(serve(url, content))
    else:
        callers, seconds = arguments
        sys.stdout.write(json.dumps(asyncio.run(call(url, int(callers), float(seconds), content))))


if __name__ == "__main__":
    main(*sys.argv[1:])
