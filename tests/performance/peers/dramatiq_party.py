"""Dramatiq on RabbitMQ: confirms (not its default) and its eight worker threads."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from tests.performance.peers.work import Effects, SharedCounter, expect_as_told, tell, tell_in_threads

THREADS = 8


def main(role: str, kind: str, broker_url: str, database: str, synchronous: str) -> None:
    """Runs one party until its input ends."""
    counter, effects = SharedCounter(), Effects(database, synchronous)
    broker = RabbitmqBroker(url=broker_url, confirm_delivery=True)
    dramatiq.set_broker(broker)

    @dramatiq.actor(queue_name="bench_peers_dramatiq")
    def applied(message: dict[str, Any]) -> None:
        effects.apply(message)
        counter.one_more()

    if role == "teller":
        tell_in_threads(applied.send)
    else:
        _work(broker, counter)
    broker.close()


def _work(broker: RabbitmqBroker, counter: SharedCounter) -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    worker = dramatiq.Worker(broker, worker_threads=THREADS)
    worker.start()
    expect_as_told(counter)
    tell("ready")
    ended.wait()
    worker.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
