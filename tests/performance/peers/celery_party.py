"""Celery on RabbitMQ: confirms and late acknowledgement (neither is its default), one prefork child."""

from __future__ import annotations

import sys
from typing import Any

from celery import Celery
from celery.signals import worker_ready

from tests.performance.peers.work import Effects, SharedCounter, expect_as_told, tell, tell_in_threads


def main(role: str, kind: str, broker: str, database: str, synchronous: str) -> None:
    """Runs one party until its input ends."""
    counter, effects = SharedCounter(), Effects(database, synchronous)
    app = Celery("bench_peers", broker=broker, set_as_current=True)
    app.conf.update(
        task_default_queue="bench_peers_celery",
        task_acks_late=True,
        broker_transport_options={"confirm_publish": True},
        broker_connection_retry_on_startup=True,
        task_ignore_result=True,
        worker_redirect_stdouts=False,
    )

    @app.task(name="bench.applied")
    def applied(message: dict[str, Any]) -> None:
        effects.apply(message)
        counter.one_more()

    if role == "teller":
        tell_in_threads(applied.delay)
        return
    worker_ready.connect(lambda **_: tell("ready"), weak=False)
    expect_as_told(counter)
    app.worker_main(["--quiet", "worker", "--concurrency", "1", "--pool", "prefork", "--loglevel", "error"])


if __name__ == "__main__":
    main(*sys.argv[1:])
