"""The processes of the benchmarks of events: who tells and who applies, ours and nameko's.

`python -m tests.performance.event_parties ROLE KIND BROKER STORE SYNCHRONOUS [WAIT [gated [WAITS]]]` runs one until its
input ends. ROLE is teller, applier, or (ours only) platform for both in one process; KIND is nameko, nameko-storing (which
stores each command too) or steward. Its handler waits WAIT seconds before each effect, so many WAITS at once (as for a
server to which a replica has so many connections; default: 40).
What it can be told, with instants by the machine's monotonic clock:

    tell COMMANDS CALLERS [1]   answers `began INSTANT`, and `told INSTANT` when all are stored or sent; with 1, each
                                caller's first record falls on shard 0
    expect EFFECTS              answers `expecting`, then `done INSTANT` after that many
    go                          a gated handler stands still until this is said
    relayed                     answers `relayed` when no outbox of ours has anything left
    applied                     answers `applied EFFECTS INSTANT`, the instant of the last
    shards                      answers `shards COUNT`, of how many shards this replica is the owner (ours only)
    sample 1, sample 0          looks where CPU time goes; answers `sampling`, then `sampled JSON`
"""
# ruff: noqa: E402, I001  the process must be patched before anything else is imported

from __future__ import annotations

import warnings

warnings.filterwarnings("ignore", message=r"(?s).*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import itertools
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from eventlet import tpool
from eventlet.event import Event as Gate
from eventlet.semaphore import Semaphore
from nameko.containers import ServiceContainer
from nameko.events import EventDispatcher, event_handler

from shared.events.envelope import Envelope
from shared.events.referrals import ReferralAllocated
from shared.messaging.cause import of_command
from shared.messaging.consuming.durable import handles
from shared.ids import shard_of
from shared.messaging.publishing.relay import PENDING
from shared.runtime.garbage import look_for_cycles_less_often
from shared.runtime.resources import Resources
from shared.runtime.service import CONFIG_KEY, StewardContainer, StewardService
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
    stop_container,
)
from tests.performance.peers.work import Effects, a_message
from tests.performance.sampling import Sampler

READER = "bench_tally"
CHANGES_OF_ONE_RECORD = 4
WORKERS = 40
LOOK_SECONDS = 0.05
GATED = "gated"
NAMEKO, NAMEKO_STORING = "nameko", "nameko-storing"


class Handled:
    """What a handler meets before each effect, and the count of effects; tells when the expected number is reached."""

    def __init__(self, wait: float, *, gated: bool, waits: int) -> None:
        self._wait = wait
        self._connections = Semaphore(waits)
        self._gate = Gate()
        self._left = 0
        self._applied = 0
        self._last = 0.0
        if not gated:
            self._gate.send()

    def go(self) -> None:
        self._gate.send()

    def begin(self) -> None:
        """Returns when the effect may be made."""
        self._gate.wait()
        if self._wait:
            with self._connections:
                eventlet.sleep(self._wait)

    def expect(self, effects: int) -> None:
        self._left = effects
        say("expecting")

    def one_more(self) -> None:
        self._left -= 1
        self._applied += 1
        self._last = time.monotonic()
        if self._left == 0:
            say(f"done {self._last!r}")

    def tell_applied(self) -> None:
        say(f"applied {self._applied} {self._last!r}")


def say(line: str) -> None:
    """One line to whoever started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class StewardParty:
    """Our teller or our applier, from command to outbox, or from queue to effect and mark; or both of them."""

    def __init__(self, role: str, broker_url: str, store_url: str, synchronous: str, handled: Handled) -> None:
        settings = replace(
            PlatformSettings(), broker_url=broker_url, store_url=store_url, sqlite_synchronous=synchronous
        )
        self.platform = EventfulPlatform(settings, plugins=[TELLER, a_reader(READER)], faults=Faults())
        services = {"teller": [TELLER.name], "applier": [READER], "platform": [READER, TELLER.name]}[role]
        for service in services:
            self.platform.store(service).migrate(self.platform.collections(service))
        self.platform.apply_topology()
        self._applier = an_applier(handled)
        self._resources: dict[str, Resources] = {}
        self._removes = [READER] if READER in services else []
        self._containers = [self._started(service) for service in services]

    def command(self, caller: str, number: int) -> None:
        """One allocation, its key never used before."""
        payload = {"id": f"ref-{caller}-{number // CHANGES_OF_ONE_RECORD}", "times": 1}
        who = replace(WORKER, idempotency_key=f"{caller}-{number}").as_dict()
        allocate(self._records, payload, of_command("allocate", payload, who))

    def tell_relayed(self) -> None:
        """Waits until the relay has published everything."""
        documents = self.platform.store(TELLER.name).documents(CASES)
        while documents.count([PENDING]):
            eventlet.sleep(LOOK_SECONDS)
        say("relayed")

    def tell_shards(self) -> None:
        """How many shards of the reader are this replica's."""
        say(f"shards {len(self._resources[READER].health()['shards'])}")

    def stop(self) -> None:
        for container in self._containers:
            stop_container(container)
        if self._removes:
            remove_queues(self.platform.settings.broker_url, self._removes)

    def _started(self, service: str) -> ServiceContainer:
        resources = self._resources[service] = self.platform.resources(service)
        config = {
            "AMQP_URI": self.platform.settings.broker_url,
            "max_workers": WORKERS,
            CONFIG_KEY: resources,
            FAULTS_KEY: self.platform.faults,
        }
        container = StewardContainer(Teller if service == TELLER.name else self._applier, config)
        container.start()
        assert resources.reader is not None
        assert resources.reader.wait_ready(10)
        if service == TELLER.name:
            self._records = resources.aggregates(CASES, CASE)
        return container


def an_applier(handled: Handled) -> type[StewardService]:
    """The service whose effect is one conditional write."""

    class Applier(StewardService):
        name = READER
        tallies: Any = TallyRecords()

        @handles(ReferralAllocated)
        def on_allocated(self, event: ReferralAllocated, envelope: Envelope) -> None:
            handled.begin()
            note_in_tally(self.tallies, event, envelope)
            handled.one_more()

    return Applier


class NamekoParty:
    """nameko's own dispatcher or event handler; given a database, its handler does one upsert, else it only counts.

    `stores_commands` if each command is one upsert too, in a database of the teller's, before its event is dispatched.
    """

    def __init__(
        self,
        role: str,
        broker_url: str,
        database: str,
        synchronous: str,
        handled: Handled,
        *,
        stores_commands: bool = False,
    ) -> None:
        effects = Effects(database, synchronous) if database else None
        self._commands = Effects(f"{database}-commands", synchronous) if stores_commands else None

        class Applier:
            name = "bench_nameko_applier"

            @event_handler("bench_nameko_teller", "referral.allocated", reliable_delivery=True)
            def on_allocated(self, payload: dict[str, Any]) -> None:
                handled.begin()
                if effects is not None:
                    effects.apply(payload)
                handled.one_more()

        class Dispatching:
            name = "bench_nameko_teller"
            dispatch = EventDispatcher()

        self.container = ServiceContainer(
            Dispatching if role == "teller" else Applier, {"AMQP_URI": broker_url, "max_workers": WORKERS}
        )
        self.container.start()
        [provider] = list(self.container.dependencies) if role == "teller" else [None]
        self._dispatch: Callable[..., None] | None = provider.get_dependency(Context()) if provider else None

    def command(self, caller: str, number: int) -> None:
        """One confirmed event."""
        assert self._dispatch is not None
        message = a_message(f"{caller}-{number}")
        if self._commands is not None:
            self._commands.apply(message)
        self._dispatch("referral.allocated", message)

    def tell_relayed(self) -> None:
        """Its events are published when they are told."""
        say("relayed")

    def tell_shards(self) -> None:
        """Its one queue is everybody's."""
        say("shards 1")

    def stop(self) -> None:
        self.container.stop()


class Context:
    """What nameko's dispatcher asks of a worker's context."""

    def __init__(self) -> None:
        self.context_data: dict[str, Any] = {}
        self.data: dict[str, Any] = {}


class Orders:
    """Carries out what a party is told."""

    def __init__(self, party: StewardParty | NamekoParty, handled: Handled) -> None:
        self._party = party
        self._handled = handled
        self._sampler = Sampler()

    def obey(self, order: str, *numbers: int) -> None:
        """One line. Raises `KeyError` for a word that it does not know."""
        {
            "tell": self._tell,
            "expect": self._handled.expect,
            "go": self._handled.go,
            "relayed": self._party.tell_relayed,
            "applied": self._handled.tell_applied,
            "shards": self._party.tell_shards,
            "sample": self._sample,
        }[order](*numbers)

    def _tell(self, commands: int, callers: int, on_one_shard: int = 0) -> None:
        side_by_side(self._party.command, commands, names_of_callers(callers, on_one_shard=bool(on_one_shard)))

    def _sample(self, on: int) -> None:
        if on:
            self._sampler.start()
            say("sampling")
        else:
            say(f"sampled {json.dumps(self._sampler.stop())}")


def names_of_callers(callers: int, *, on_one_shard: bool) -> list[str]:
    """Names never used before; on one shard, such that the first record of each falls on it."""
    run = uuid4().hex[:8]
    names = (f"{run}-{n}" for n in itertools.count())
    fitting = (name for name in names if not on_one_shard or shard_of(f"ref-{name}-0") == 0)
    return list(itertools.islice(fitting, callers))


def side_by_side(command: Callable[[str, int], None], commands: int, callers: list[str]) -> None:
    """So many commands by these callers, each with records of its own."""
    say(f"began {time.monotonic()!r}")
    each = commands // len(callers)
    pool = [eventlet.spawn(one_after_another, command, caller, each) for caller in callers]
    for caller in pool:
        caller.wait()
    say(f"told {time.monotonic()!r}")


def one_after_another(command: Callable[[str, int], None], caller: str, commands: int) -> None:
    """One caller's commands."""
    for number in range(commands):
        command(caller, number)


def main(argv: Sequence[str]) -> None:
    """Runs one party until its input ends."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    role, kind, broker_url, store, synchronous, *more = argv
    waits = int(more[2]) if len(more) > 2 else WORKERS
    handled = Handled(float(more[0]) if more else 0.0, gated=GATED in more, waits=waits)
    builds = {NAMEKO: NamekoParty, NAMEKO_STORING: partial(NamekoParty, stores_commands=True)}
    party: StewardParty | NamekoParty = builds.get(kind, StewardParty)(role, broker_url, store, synchronous, handled)
    orders = Orders(party, handled)
    if isinstance(party, StewardParty):
        look_for_cycles_less_often()  # as our services do
    say("ready")
    while line := tpool.execute(sys.stdin.readline):
        order, *numbers = line.split()
        eventlet.spawn(orders.obey, order, *[int(number) for number in numbers])
    party.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
