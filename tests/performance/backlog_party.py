"""The process that drains a long outbox: the store is filled, then one relay takes up what is due until nothing is left.

`python -m tests.performance.backlog_party BROKER FOLDER RECORDS SECONDS` prints one JSON object. The service's own threads
are watched for SECONDS first; then the relay is driven as hard as it goes, batch by batch.
"""
# ruff: noqa: E402  the process must be patched before anything else is imported

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

import structlog

from shared.messaging.aggregates import Aggregates
from shared.messaging.cause import of_command
from shared.messaging.publishing.relay import Waiting
from shared.runtime.resources import Resources
from shared.runtime.settings import PlatformSettings
from shared.store.documents import Document
from tests.performance.cpu import memory_megabytes
from tests.support.clocks import FixedClock
from tests.support.eventful import (
    CASE,
    CASES,
    TELLER,
    WORKER,
    EventfulPlatform,
    Faults,
    a_reader,
    allocate,
    remove_queues,
)

READER = "bench_backlog"
LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHUNK = 1000
MEGABYTES_EVERY = 10


class Collecting:
    """Stands where documents are kept, and only remembers what was written to it."""

    collection = CASES

    def __init__(self) -> None:
        self.written: list[Document] = []

    def get(self, id: str) -> Document | None:
        return None

    def insert(self, document: Document) -> None:
        self.written.append(document)


def pending_records(records: int) -> Iterator[Document]:
    """Documents as a command leaves them whose process died before it could publish: long due."""
    kept = Collecting()
    cases = Aggregates(documents=kept, kind=CASE, clock=FixedClock(LONG_AGO), nudge=lambda _: None)
    for number in range(records):
        payload = {"id": f"ref-backlog-{number}"}
        allocate(cases, payload, of_command("allocate", payload, WORKER.as_dict()))
        yield kept.written.pop()


class Draining:
    """Drains the outboxes of one service, and notes how long each tenth took."""

    def __init__(self, resources: Resources, records: int) -> None:
        self._resources = resources
        self._records = records
        self._done = 0
        self.rates: list[float] = []
        self.megabytes: list[float] = []

    def run(self) -> None:
        """All that is due, batch by batch."""
        tenth = max(self._records // MEGABYTES_EVERY, 1)
        began = time.monotonic()
        while due := self._resources.relay.claim_due():
            for batch in self._batches(due):
                self._done += self._resources.relay.relay(batch)
                if self._done // tenth > len(self.rates):
                    self.rates.append(tenth / (time.monotonic() - began))
                    self.megabytes.append(memory_megabytes()[0])
                    began = time.monotonic()

    def _batches(self, due: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
        most = self._resources.settings.relay_batch
        return (due[first : first + most] for first in range(0, len(due), most))


def main(broker_url: str, folder: str, records: str, seconds: str) -> None:
    """Fills, watches, drains, and prints what was found."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    settings = replace(PlatformSettings(), broker_url=broker_url, store_url=f"sqlite:///{folder}")
    platform = EventfulPlatform(settings, plugins=[TELLER, a_reader(READER)], faults=Faults())
    platform.store(TELLER.name).migrate(platform.collections(TELLER.name))
    platform.apply_topology()
    try:
        _say(_measured(platform, int(records), float(seconds)))
    finally:
        remove_queues(broker_url, [READER])
        platform.close()


def _measured(platform: EventfulPlatform, records: int, seconds: float) -> dict[str, object]:
    documents = platform.store(TELLER.name).documents(CASES)
    pending = pending_records(records)
    while chunk := list(islice(pending, CHUNK)):
        documents.insert_many(chunk)
    watched = _watched(platform.resources(TELLER.name), seconds)
    resources = platform.resources(TELLER.name)
    left, before = resources.relay.waiting(), memory_megabytes()[0]
    draining = Draining(resources, left)
    eventlet.sleep(0)
    draining.run()
    after, peak = memory_megabytes()
    return {
        "service_rate": watched,
        "left": left,
        "rates": draining.rates,
        "before": before,
        "during": draining.megabytes,
        "after": after,
        "peak": peak,
        "still_waiting": resources.relay.waiting(),
    }


def _watched(resources: Resources, seconds: float) -> float:
    """Records a second that a running service takes out of its outboxes by itself."""
    waiting, began = resources.relay.waiting(), time.monotonic()
    resources.start(apply=None, intake={})
    eventlet.sleep(seconds)
    gone, took = waiting - resources.relay.waiting(), time.monotonic() - began
    resources.stop()
    return gone / took


def _say(found: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
