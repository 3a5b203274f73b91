"""Calls without HTTP: threads of one process that share our client, beside the plainest call that aio-pika allows.

`python -m tests.performance.rpc_calls URL SERVICE CALLERS SECONDS` makes ours, and prints the milliseconds of each as JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.messaging.calls.client import RpcClient
from tests.performance.rpc_parties import CALL_SECONDS, SOCIAL_WORKER, STEWARD_SERVICE, a_fund

AIO_PIKA = Path(__file__).parent / "rpc_aio_pika.py"
FUND_ID = "fund-0007"
REQUEST = json.dumps({"args": [{"id": FUND_ID}, SOCIAL_WORKER.as_dict()], "kwargs": {}}).encode()
ANSWER = json.dumps({"result": a_fund(FUND_ID), "error": None}).encode()


@dataclass(frozen=True, kw_only=True)
class Spell:
    """What one spell of calls showed: calls per second, and milliseconds."""

    rate: float
    p50: float
    p99: float

    @classmethod
    def of(cls, took: Sequence[float], seconds: float) -> Spell:
        ordered = sorted(took)
        return cls(
            rate=len(took) / seconds,
            p50=statistics.median(ordered),
            p99=ordered[min(int(len(took) * 0.99), len(took) - 1)],
        )


def compare(
    broker_url: str, other_python: str, *, callers: Sequence[int], seconds: float, rounds: int
) -> dict[int, dict[str, list[Spell]]]:
    """Every spell by callers and client, the two taking turns. The service of `rpc_parties` must be running."""
    found: dict[int, dict[str, list[Spell]]] = {count: {"steward": [], "aio-pika, raw": []} for count in callers}
    with _aio_pika_service(broker_url, other_python):
        for _ in range(rounds):
            for count, spells in found.items():
                spells["steward"].append(_spell(_our_command(broker_url, count, seconds), seconds))
                spells["aio-pika, raw"].append(
                    _spell(_aio_pika_command(broker_url, other_python, count, seconds), seconds)
                )
    return found


def call(broker_url: str, service: str, callers: int, seconds: float) -> list[float]:
    """The milliseconds of every call that so many threads made in that time."""
    client, took = RpcClient(broker_url, timeout=CALL_SECONDS), list[float]()
    client.call(service, "get_fund", {"id": FUND_ID}, SOCIAL_WORKER)
    ends = time.perf_counter() + seconds

    def keep_calling() -> None:
        while (began := time.perf_counter()) < ends:
            client.call(service, "get_fund", {"id": FUND_ID}, SOCIAL_WORKER)
            took.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=keep_calling) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    client.close()
    return took


def _spell(command: list[str], seconds: float) -> Spell:
    told = subprocess.run(command, check=True, capture_output=True, input=REQUEST, env=_environment()).stdout
    return Spell.of(json.loads(told), seconds)


def _our_command(broker_url: str, callers: int, seconds: float) -> list[str]:
    return [
        sys.executable,
        "-m",
        "tests.performance.rpc_calls",
        broker_url,
        STEWARD_SERVICE,
        str(callers),
        str(seconds),
    ]


def _aio_pika_command(broker_url: str, python: str, callers: int, seconds: float) -> list[str]:
    return [python, str(AIO_PIKA), broker_url, "call", str(callers), str(seconds)]


@contextmanager
def _aio_pika_service(broker_url: str, python: str) -> Iterator[None]:
    command = [python, str(AIO_PIKA), broker_url, "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment())
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(ANSWER + b"\n")
    process.stdin.flush()
    process.stdout.readline()
    try:
        yield
    finally:
        process.terminate()
        process.communicate()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONWARNINGS": "ignore"}


if __name__ == "__main__":
    url, service, callers, seconds = sys.argv[1:]
    sys.stdout.write(json.dumps(call(url, service, int(callers), float(seconds))))
