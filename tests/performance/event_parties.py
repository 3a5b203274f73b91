"""The processes of the events benchmark: who tells and who applies, ours and nameko's.

`python -m tests.performance.event_parties ROLE KIND BROKER STORE SYNCHRONOUS` runs one until its input ends. A teller is told
`tell <commands> <callers>` and answers `began <instant>`; an applier is told `expect <effects>` and answers
`expecting`, then `done <instant>` after that many (instants by the machine's monotonic clock).
"""
# ruff: noqa: E402, I001  the process must be patched before anything else is imported

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol
from uuid import uuid4

import structlog
from eventlet import tpool
from nameko.containers import ServiceContainer
from nameko.events import EventDispatcher, event_handler

from shared.events.envelope import Envelope
from shared.events.referrals import ReferralAllocated
from shared.messaging.cause import of_command
from shared.messaging.durable import handles
from shared.runtime.service import CONFIG_KEY, StewardService
from shared.runtime.settings import PlatformSettings
from tests.support.eventful import (
    CASE,
    CASES,
    FAULTS_KEY,
    TELLER,
    WORKER,
    EventfulPlatform,
    Faults,
    Teller,
    TallyRecords,
    a_reader,
    allocate,
    note_in_tally,
    remove_queues,
)

READER = "bench_tally"
CHANGES_OF_ONE_RECORD = 4


class Counter:
    """Counts effects and tells when the expected number is reached."""

    def __init__(self) -> None:
        self._left = 0

    def expect(self, effects: int) -> None:
        self._left = effects
        say("expecting")

    def one_more(self) -> None:
        self._left -= 1
        if self._left == 0:
            say(f"done {time.monotonic()!r}")


class Party(Protocol):
    """One role, running."""

    def obey(self, order: str, numbers: list[int]) -> None: ...

    def stop(self) -> None: ...


def say(line: str) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class StewardParty:
    """Our teller or our applier, from command to outbox, or from queue to effect and mark."""

    def __init__(self, role: str, broker_url: str, store_url: str, synchronous: str) -> None:
        settings = replace(
            PlatformSettings(), broker_url=broker_url, store_url=store_url, sqlite_synchronous=synchronous
        )
        platform = EventfulPlatform(settings, plugins=[TELLER, a_reader(READER)], faults=Faults())
        service = TELLER.name if role == "teller" else READER
        platform.store(service).migrate(platform.collections(service))
        platform.apply_topology()
        self.counter = Counter()
        counter = self.counter

        class Applier(StewardService):
            name = READER
            tallies: Any = TallyRecords()

            @handles(ReferralAllocated)
            def on_allocated(self, event: ReferralAllocated, envelope: Envelope) -> None:
                note_in_tally(self.tallies, event, envelope)
                counter.one_more()

        resources = platform.resources(service)
        config = {"AMQP_URI": broker_url, "max_workers": 40, CONFIG_KEY: resources, FAULTS_KEY: platform.faults}
        self.container = ServiceContainer(Teller if role == "teller" else Applier, config)
        self.broker_url = broker_url if role == "applier" else ""
        self.container.start()
        self.records = resources.aggregates(CASES, CASE) if role == "teller" else None

    def obey(self, order: str, numbers: list[int]) -> None:
        if order == "expect":
            self.counter.expect(*numbers)
        else:
            side_by_side(self._command, *numbers)

    def stop(self) -> None:
        self.container.stop()
        if self.broker_url:
            remove_queues(self.broker_url, [READER])

    def _command(self, caller: str, number: int) -> None:
        payload = {"id": f"ref-{caller}-{number // CHANGES_OF_ONE_RECORD}", "times": 1}
        who = replace(WORKER, idempotency_key=f"{caller}-{number}").as_dict()
        allocate(self.records, payload, of_command("allocate", payload, who))


class NamekoParty:
    """nameko's own dispatcher or event handler; its handler does nothing but count."""

    def __init__(self, role: str, broker_url: str) -> None:
        self.counter = Counter()
        counter = self.counter

        class Applier:
            name = "bench_nameko_applier"

            @event_handler("bench_nameko_teller", "referral.allocated", reliable_delivery=True)
            def on_allocated(self, payload: dict[str, Any]) -> None:
                counter.one_more()

        class Dispatching:
            name = "bench_nameko_teller"
            dispatch = EventDispatcher()

        self.container = ServiceContainer(
            Dispatching if role == "teller" else Applier, {"AMQP_URI": broker_url, "max_workers": 40}
        )
        self.container.start()
        [provider] = list(self.container.dependencies) if role == "teller" else [None]
        self.dispatch: Callable[..., None] | None = provider.get_dependency(Context()) if provider else None

    def obey(self, order: str, numbers: list[int]) -> None:
        if order == "expect":
            self.counter.expect(*numbers)
        else:
            side_by_side(self._command, *numbers)

    def stop(self) -> None:
        self.container.stop()

    def _command(self, caller: str, number: int) -> None:
        data = {"referral_id": f"ref-{caller}-{number}", "person_id": "per-0007", "worker_id": "worker-1"}
        assert self.dispatch is not None
        self.dispatch("referral.allocated", data)


class Context:
    """What nameko's dispatcher asks of a worker's context."""

    def __init__(self) -> None:
        self.context_data: dict[str, Any] = {}
        self.data: dict[str, Any] = {}


def side_by_side(command: Callable[[str, int], None], commands: int, callers: int) -> None:
    """So many commands by so many callers, each with records of its own."""
    run = uuid4().hex[:8]
    say(f"began {time.monotonic()!r}")
    pool = [eventlet.spawn(one_after_another, command, f"{run}-{n}", commands // callers) for n in range(callers)]
    for caller in pool:
        caller.wait()
    say(f"told {time.monotonic()!r}")


def one_after_another(command: Callable[[str, int], None], caller: str, commands: int) -> None:
    """One caller's commands."""
    for number in range(commands):
        command(caller, number)


def main(role: str, kind: str, broker_url: str, store_url: str, synchronous: str) -> None:
    """Runs one party until its input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    party: Party = (
        NamekoParty(role, broker_url) if kind == "nameko" else StewardParty(role, broker_url, store_url, synchronous)
    )
    say("ready")
    while line := tpool.execute(sys.stdin.readline):
        order, *numbers = line.split()
        eventlet.spawn(party.obey, order, [int(number) for number in numbers])
    party.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
