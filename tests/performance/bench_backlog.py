"""A long outbox and a long event log: does the relay drain without slowing, and are gap repair and a trace quick?

Run it with `python -m tests.performance backlog [--quick]`; the outbox needs a RabbitMQ. The outbox holds records as a
process leaves them that died before it could publish. The log holds events of many referrals, told in turns, so that
no referral's lie together; it is asked through `EventLog` and, for the same rows, by plain sqlite3 and JSON. Nothing is
asserted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from shared.clock import SystemClock
from shared.events.envelope import Envelope, event_id, stream_key
from shared.events.referrals import ReferralAllocated
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.store.opening import StoreOptions, open_store
from tests.performance.parties import PROJECT, say

SERVICE = "referrals"
STREAM = "referral"
STRETCH = 100
STORY = 8
CHUNK = 2000
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
DRAIN_SECONDS = 280
BY_ID = "SELECT _body FROM event_log WHERE _id BETWEEN ? AND ? ORDER BY _id"
BY_STORY = "SELECT _body FROM event_log WHERE correlation_id = ?"


def main(argv: Sequence[str]) -> int:
    """Measures and prints. Returns 1 with a sentence when there is no broker."""
    chosen = _read(argv)
    if not chosen.broker:
        say("backlog: left out: it needs --broker or STEWARD_TEST_RABBITMQ_URL")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        _report_outbox(chosen.records, _drained(chosen.broker, folder, chosen.records, chosen.watch))
    with tempfile.TemporaryDirectory() as folder:
        _history(Path(folder), chosen.events, chosen.questions)
    return 0


def _drained(broker: str, folder: str, records: int, watch: float) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.performance.backlog_party"]
    command += [broker, folder, str(records), str(watch)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=DRAIN_SECONDS, cwd=PROJECT)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _report_outbox(records: int, found: dict[str, Any]) -> None:
    rates, memory = found["rates"], found["during"]
    say(f"outbox of {records} records, SQLite FULL; {found['still_waiting']} left at the end")
    say(f"  by a running service's own sweep   {found['service_rate']:8.0f} records/s")
    say(
        f"  relay driven batch by batch        {rates[0]:8.0f} records/s in the first tenth, {rates[-1]:.0f} in the last"
    )
    say(f"  last tenth / first                 {rates[-1] / rates[0]:8.2f} x")
    say(
        f"  memory, MB                         {found['before']:8.1f} before, {memory[0]:.1f} after the first tenth, "
        f"{found['after']:.1f} after, {found['peak']:.1f} at most"
    )


def _history(folder: Path, events: int, questions: int) -> None:
    store = open_store(f"sqlite:///{folder}", SERVICE, options=StoreOptions(synchronous="NORMAL"))
    store.migrate([EVENT_LOG])
    log = EventLog(documents=store.documents(EVENT_LOG), clock=SystemClock())
    began = time.monotonic()
    entries = _entries(events)
    while chunk := list(islice(entries, CHUNK)):
        log.append(chunk)
    say(f"\nevent log of {events} events, written at {events / (time.monotonic() - began):.0f} events/s")
    with closing(sqlite3.connect(folder / f"{SERVICE}.sqlite3")) as plain:
        _compare(log, plain, events, questions)
    store.close()


def _compare(log: EventLog, plain: sqlite3.Connection, events: int, questions: int) -> None:
    subjects = [f"ref-{random.randrange(events // STRETCH)}" for _ in range(questions)]
    stories = [f"cor-{random.randrange(events // STORY)}" for _ in range(questions)]
    ways: dict[str, tuple[Callable[[str], object], Sequence[str]]] = {
        f"gap repair, a stretch of {STRETCH}": (
            lambda subject: log.of_stream(STREAM, subject, first=1, last=STRETCH),
            subjects,
        ),
        "  the same rows, plain sqlite3": (lambda subject: _plain_stretch(plain, subject), subjects),
        f"trace, a story of {STORY}": (log.of_story, stories),
        "  the same rows, by plain sqlite3": (lambda story: _plain_story(plain, story), stories),
    }
    for name, (ask, about) in ways.items():
        took = sorted(_milliseconds(ask, each) for each in about)
        say(f"{name:36}p50 {took[len(took) // 2]:8.2f}   p99 {took[len(took) * 99 // 100]:8.2f} ms")


def _plain_stretch(plain: sqlite3.Connection, subject: str) -> list[Any]:
    key = stream_key(STREAM, subject)
    rows = plain.execute(BY_ID, (f"{key}:{1:010d}", f"{key}:{STRETCH:010d}")).fetchall()
    return _loaded(rows, STRETCH)


def _plain_story(plain: sqlite3.Connection, story: str) -> list[Any]:
    return _loaded(plain.execute(BY_STORY, (story,)).fetchall(), STORY)


def _loaded(rows: Sequence[tuple[str]], expected: int) -> list[Any]:
    if len(rows) != expected:
        raise ValueError(f"{len(rows)} rows where {expected} were written")
    return [orjson.loads(body) for (body,) in rows]


def _milliseconds(ask: Callable[[str], object], about: str) -> float:
    began = time.perf_counter()
    ask(about)
    return (time.perf_counter() - began) * 1000


def _entries(events: int) -> Iterator[dict[str, Any]]:
    """As many events: every referral's first, then every referral's second, and so on; neighbours share a story."""
    subjects = events // STRETCH
    for number in range(subjects * STRETCH):
        sequence, subject = number // subjects + 1, f"ref-{number % subjects}"
        told = ReferralAllocated(referral_id=subject, person_id="per-0007", worker_id="worker-1")
        yield Envelope(
            id=event_id(STREAM, subject, sequence),
            source=f"/services/{SERVICE}",
            type=told.type,
            time=AT,
            subject=subject,
            dataschema=told.dataschema(),
            sequence=sequence,
            partitionkey=stream_key(STREAM, subject),
            correlationid=f"cor-{number // STORY}",
            causationid=f"cor-{number // STORY}",
            councilid="cheshire-east",
            actorid="worker-1",
            data=told.as_data(),
        ).as_json()


def _read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a shorter outbox and log, to see that it works")
    parser.add_argument("--broker", default=os.environ.get("STEWARD_TEST_RABBITMQ_URL"), help="amqp://...")
    parser.add_argument("--records", type=int, default=100_000, help="records in the outbox")
    parser.add_argument("--watch", type=float, default=10.0, help="seconds for which a running service is watched")
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the log")
    parser.add_argument("--questions", type=int, default=300)
    chosen = parser.parse_args(argv)
    if chosen.quick:
        chosen.records, chosen.watch, chosen.events, chosen.questions = 5_000, 3.0, 100_000, 100
    return chosen


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
