"""Tellers and appliers in an asyncio loop, for the peers that live in one."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tests.performance.peers.work import SharedCounter, a_message, keys_of, tell

Send = Callable[[dict[str, Any]], Awaitable[object]]


async def obey(*, send: Send, counter: SharedCounter) -> None:
    """Does what it is told until the input ends; `send` returns when the broker has the message."""
    tell("ready")
    while line := await asyncio.to_thread(sys.stdin.readline):
        order, *numbers = line.split()
        if order == "expect":
            counter.expect(int(numbers[0]))
        else:
            await _tell_all(send, keys_of(int(numbers[0]), int(numbers[1])))


async def _tell_all(send: Send, keys: list[list[str]]) -> None:
    tell(f"began {time.monotonic()!r}")
    await asyncio.gather(*(_one_after_another(send, each) for each in keys))


async def _one_after_another(send: Send, keys: list[str]) -> None:
    for key in keys:
        await send(a_message(key))
