"""A council's referrals from its exchange to their answers, beside as many raw confirmed publishes and raw inserts.

    python -m tests.performance.bench_intake [--quick] [--broker amqp://...] [--events N] [--rounds N]

It needs a RabbitMQ, and declares the platform's own topology there. Ours: each event is published with a confirm to the
council's exchange, read, checked against the council's policy, kept as referral, person, referrer and intake, looked at for
duplicates, told, and answered on the council's results queue; the spell ends with the last answer read. Raw: each event
published with a confirm to a queue that nobody reads, and inserted as one row, committed by itself, with SQLite's FULL.
The two take turns in each round. Nothing is asserted but that every event was accepted.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import kombu

from shared.messaging.broker.topology import intake_exchange, results_queue
from shared.messaging.consuming.incoming import STRUCTURED
from shared.messaging.publishing.publisher import Publisher
from shared.samples.council_year.cases import CouncilYear
from shared.samples.council_year.feed import Feed
from tests.support.platforms import Processes

COUNCIL = "cheshire-east"
SILENT_SECONDS = 120.0


def main(argv: Sequence[str]) -> int:
    """Prints rates and their ratio. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        print("intake: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            "STEWARD_BROKER_URL": chosen.broker,
            "STEWARD_STORE_URL": f"sqlite:///{folder / 'stores'}",
            "STEWARD_DATA_DIR": str(folder / "data"),
            "STEWARD_SQLITE_SYNCHRONOUS": "FULL",
        }
        processes = Processes(folder=folder, environment=environment)
        try:
            processes.run("migrate")
            processes.run("topology", "apply")
            processes.start("referrals", "run", "referrals")
            spells = [_round(chosen.broker, folder, chosen.events) for _ in range(chosen.rounds + 1)][1:]
        finally:
            processes.stop_all()
    _print(chosen.events, spells)
    return 0


def _round(broker: str, folder: Path, count: int) -> tuple[float, float]:
    """Seconds of ours, seconds of raw. The first round, which also waits for the service, is not counted."""
    run = secrets.token_hex(4)
    events = [_renamed(event, run) for event in _referrals(count)]
    return _ours(broker, events), _raw(broker, folder / f"{run}.sqlite3", events, run)


def _referrals(count: int) -> list[dict[str, Any]]:
    feed = Feed(year=CouncilYear(council_id=COUNCIL, seed=7, year=2020, referrals=count))
    return list({event["id"]: event for event in feed.events() if event["id"].endswith("-sent")}.values())


def _renamed(event: dict[str, Any], run: str) -> dict[str, Any]:
    """The same of another reference, about another person."""
    data = event["data"]
    person = data["person"] | {"person_reference": f"{run}-{data['person']['person_reference']}"}
    person |= {"name": f"{data['person']['name']} {run}"}
    renamed = {"referral_reference": f"{run}-{data['referral_reference']}", "person": person}
    return event | {"id": f"{run}-{event['id']}", "data": data | renamed}


def _ours(broker: str, events: list[dict[str, Any]]) -> float:
    wanted = {event["id"] for event in events}
    began = time.perf_counter()
    _publish(broker, events, exchange=intake_exchange(COUNCIL), routing_key="referral.submitted")
    refused: list[Any] = []

    def answered(body: Any, message: Any) -> None:
        answer = json.loads(message.body)
        message.ack()
        if answer["event_id"] in wanted:
            wanted.discard(answer["event_id"])
            refused.extend([answer] if answer["outcome"] == "refused" else [])

    with kombu.Connection(broker) as connection, connection.channel() as channel:
        queue = kombu.Queue(results_queue(COUNCIL), channel=channel, no_declare=True)
        with kombu.Consumer(channel, [queue], callbacks=[answered], prefetch_count=200):
            while wanted:
                connection.drain_events(timeout=SILENT_SECONDS)
    if refused:
        raise RuntimeError(f"{len(refused)} events were refused, the first: {refused[0]}")
    return time.perf_counter() - began


def _raw(broker: str, file: Path, events: list[dict[str, Any]], run: str) -> float:
    with kombu.Connection(broker) as connection, connection.channel() as channel:
        queue = kombu.Queue(f"bench.{run}", exclusive=False, auto_delete=False, durable=True)
        bound = queue.bind(channel)
        bound.declare()
        began = time.perf_counter()
        _publish(broker, events, exchange="", routing_key=queue.name)
        _insert(file, events)
        seconds = time.perf_counter() - began
        bound.delete()
    return seconds


def _publish(broker: str, events: list[dict[str, Any]], *, exchange: str, routing_key: str) -> None:
    publisher = Publisher(broker, confirm_timeout=SILENT_SECONDS)
    try:
        waiting = [
            publisher.publish(
                exchange=exchange,
                routing_key=routing_key,
                body=json.dumps(event).encode(),
                headers={},
                message_id=event["id"],
                content_type=STRUCTURED,
            )
            for event in events
        ]
        for confirmation in waiting:
            confirmation.wait()
    finally:
        publisher.close()


def _insert(file: Path, events: list[dict[str, Any]]) -> None:
    with sqlite3.connect(file, isolation_level=None) as store:
        store.execute("PRAGMA journal_mode = WAL")
        store.execute("PRAGMA synchronous = FULL")
        store.execute("CREATE TABLE referrals (id TEXT PRIMARY KEY, body TEXT NOT NULL)")
        for event in events:
            store.execute("INSERT INTO referrals VALUES (?, ?)", (event["id"], json.dumps(event)))
    store.close()


def _print(count: int, spells: list[tuple[float, float]]) -> None:
    ours, raw = (statistics.median(column) for column in zip(*spells, strict=True))
    print(f"{f'{count} events, median of {len(spells)}':44}{'events/s':>10}{'ms each':>10}")
    for name, seconds in (("raw: confirmed publish + insert", raw), ("steward: published, stored, answered", ours)):
        print(f"{name:44}{count / seconds:10.0f}{seconds / count * 1000:10.2f}")
    print(f"steward takes {ours / raw:.1f} x the time of raw")


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--events", type=int, default=900)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.events, chosen.rounds = 100, 1
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
