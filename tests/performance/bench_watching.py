"""What it costs to be watched, and how long it takes to find one story in a long history.

Run it with `python -m tests.performance.bench_watching [--quick]`; nothing is asserted. Each part of an event's way is timed
as it is, with figures counted (always so in a service), and with traces on, in turns.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from shared.cli.looking import archives
from shared.events.envelope import Envelope, event_id
from shared.events.referrals import ReferralAllocated
from shared.messaging.publishing.event_log import EVENT_LOG
from shared.messaging.story import tell
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.store.documents import Document
from shared.telemetry.figures import ServiceFigures
from shared.telemetry.otel import Traced
from shared.telemetry.tracing import Untraced

EVENTS_OF_A_STORY = 4
BATCH = 2000
Work = Callable[[], object]


class Forgotten(SpanExporter):
    """Spans that go nowhere."""

    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


class Wire:
    """A publisher and its confirmation, which do nothing."""

    def publish(self, **message: Any) -> Wire:
        return self

    def wait(self) -> None:
        """Confirmed."""


def main(argv: Sequence[str] | None = None) -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args(argv).quick
    cost_of_watching(turns=3 if quick else 9, times=500 if quick else 5000)
    print()
    for events in (2_000,) if quick else (10_000, 200_000):
        finding_a_story(events)


def cost_of_watching(*, turns: int, times: int) -> None:
    """Microseconds an event, the least of the turns: others on the machine can only add to it."""
    print(f"{'microseconds an event':28}{'as it is':>10}{'counted':>10}{'traced':>10}")
    tracing = Traced(exporter=Forgotten(), share=1.0, embedded=True)
    for name, ways in (("publish until confirm", _publishing(tracing)), ("apply", _applying(tracing))):
        figures = _least(ways, turns=turns, times=times)
        print(f"{name:28}" + "".join(f"{figure:10.2f}" for figure in figures))
    off = Untraced()
    [worker] = _least([lambda: (off.begin_worker(None), off.end_worker(None))], turns=turns, times=times)
    print(f"{'worker, traces off':28}{worker:10.2f}")
    tracing.close()


def finding_a_story(events: int) -> None:
    """Milliseconds of `steward trace` in stores, beside a history of so many events in one service's log."""
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as folder:
        settings = replace(
            PlatformSettings(), broker_url="embedded://bench/", data_dir=folder, sqlite_synchronous="NORMAL"
        )
        platform = Platform(settings)
        platform.migrate()
        _fill(platform, events)
        story = f"cor-{events // EVENTS_OF_A_STORY // 2}"
        one = event_id("referral", story.replace("cor", "ref"), 1)
        stores = archives(platform)
        found = [_milliseconds(lambda id=id: tell(id, stores)) for id in (story, one, one[::-1])]
        platform.close()
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.sqlite3")) // 2**20
    told = ", ".join(
        f"{what} {ms:.1f} ms" for what, ms in zip(("by story", "by event", "unknown id"), found, strict=True)
    )
    print(f"one story among {events:>9,} events ({size} MiB on SQLite): {told}")


def _publishing(tracing: Traced) -> list[Work]:
    message = {"exchange": "referrals.events", "routing_key": "k", "body": b"{}", "message_id": "1"}
    headers = {"ce-type": "referral.allocated"}
    counted = ServiceFigures().publisher(Wire())
    publishers = (Wire(), counted, tracing.of("referrals").publisher(counted))
    return [lambda each=each: each.publish(headers=headers, **message).wait() for each in publishers]


def _applying(tracing: Traced) -> list[Work]:
    envelope = _envelope(0)
    event = envelope.event()

    def apply(event: Any, envelope: Any) -> None:
        """Does nothing."""

    clock = Platform(PlatformSettings(environment="test")).clock
    counted = ServiceFigures().apply(apply, clock=clock)
    appliers = (apply, counted, ServiceFigures().apply(tracing.of("ledger").apply(apply), clock=clock))
    return [lambda each=each: each(event, envelope) for each in appliers]


def _least(ways: Iterable[Work], *, turns: int, times: int) -> list[float]:
    ways = list(ways)
    taken = [[_seconds(work, times) for work in ways] for _ in range(turns)]
    return [min(turn[index] for turn in taken) / times * 1e6 for index in range(len(ways))]


def _seconds(work: Work, times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return time.perf_counter() - began


def _milliseconds(work: Work, times: int = 7) -> float:
    return statistics.median(_seconds(work, 1) for _ in range(times)) * 1000


def _envelope(number: int) -> Envelope:
    story, sequence = divmod(number, EVENTS_OF_A_STORY)
    subject = f"ref-{story}"
    event = ReferralAllocated(referral_id=subject, person_id="per-1", worker_id="worker-1")
    return Envelope(
        id=event_id("referral", subject, sequence + 1),
        source="/services/referrals",
        type=event.type,
        time=datetime.fromisoformat("2026-03-02T09:00:00+00:00") + timedelta(seconds=number),
        subject=subject,
        dataschema=event.dataschema(),
        sequence=sequence + 1,
        partitionkey=f"referral:{subject}",
        correlationid=f"cor-{story}",
        causationid=f"key-{story}",
        data=event.as_data(),
    )


def _fill(platform: Platform, events: int) -> None:
    documents = platform.store("referrals").documents(EVENT_LOG)
    for start in range(0, events, BATCH):
        documents.insert_many([_logged(number) for number in range(start, min(start + BATCH, events))])


def _logged(number: int) -> Document:
    envelope = _envelope(number)
    return {
        "_id": f"{envelope.partitionkey}:{envelope.sequence:010d}",
        "version": 1,
        "event_id": envelope.id,
        "stream_key": envelope.partitionkey,
        "sequence": envelope.sequence,
        "correlation_id": envelope.correlationid,
        "type": envelope.type,
        "logged_at": envelope.time,
        "envelope": envelope.as_json(),
    }


if __name__ == "__main__":
    main()
