"""A process without eventlet that calls a service as a gateway worker does, and prints what it found as JSON.

`python -m tests.support.rpc_caller BROKER_URL SERVICE threads|fork`; the service must echo its payload.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from shared.context import Caller
from shared.messaging.calls.client import RpcClient
from tests.support.waiting import patience

ALEX = Caller(actor_id="alex-example")
THREADS = 16
CALLS = 40


def call_from_threads(client: RpcClient, service: str) -> dict[str, int]:
    """Many threads share one client; payloads of all sizes."""

    def wrong_answers(thread: int) -> int:
        payloads = [{"thread": thread, "number": number, "padding": "x" * number**3} for number in range(CALLS)]
        return sum(client.call(service, "echo", payload, ALEX) != payload for payload in payloads)

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = sum(pool.map(wrong_answers, range(THREADS)))
    return {"calls": THREADS * CALLS, "wrong": wrong, "connections": client.figures().connections}


def call_after_fork(client: RpcClient, service: str) -> dict[str, int]:
    """The parent has called already when it forks; afterwards both call."""
    before = client.call(service, "echo", {"from": "parent"}, ALEX) == {"from": "parent"}
    child = os.fork()
    if child == 0:
        answered = client.call(service, "echo", {"from": "child"}, ALEX) == {"from": "child"}
        os._exit(0 if answered else 1)
    _, status = os.waitpid(child, 0)
    after = client.call(service, "echo", {"from": "parent"}, ALEX) == {"from": "parent"}
    return {"before": before, "child": os.waitstatus_to_exitcode(status), "after": after}


WAYS: dict[str, Callable[[RpcClient, str], dict[str, int]]] = {"threads": call_from_threads, "fork": call_after_fork}


def main(broker_url: str, service: str, way: str) -> None:
    client = RpcClient(broker_url, timeout=patience(20))
    try:
        sys.stdout.write(json.dumps(WAYS[way](client, service)))
    finally:
        client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
