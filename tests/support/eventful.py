"""A tiny platform for tests: one service that tells what happens to referrals, and services that keep a tally of it.

Both are real services on the real base class; only what they do is small. What goes wrong is planned in `Faults`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import eventlet
from kombu import Connection
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider

from shared.context import Caller
from shared.errors import NotFound
from shared.events.envelope import Envelope
from shared.events.referrals import REFERRAL, ReferralAllocated
from shared.ids import SHARDS
from shared.messaging.aggregates import Aggregates, Decision, Kind, Stored, collection_of
from shared.messaging.broker.topology import REQUESTS_EXCHANGE, requests_queue, shard_queue
from shared.messaging.calls.client import RpcClient
from shared.messaging.calls.entrypoint import rpc
from shared.messaging.cause import Cause, of_command, of_event
from shared.messaging.consuming.durable import handles
from shared.messaging.embedded import wake_transports
from shared.plugins.points import ServicePlugin
from shared.runtime.platform import Platform, beside_eventlet, topology_of
from shared.runtime.resources import Resources
from shared.runtime.service import CONFIG_KEY, StewardContainer, StewardService, resources_of
from shared.runtime.settings import PlatformSettings
from shared.store.documents import Between
from shared.store.records import dump_record, load_record
from shared.telemetry.tracing import Tracing
from tests.support.waiting import eventually, patience

COUNCIL = "cheshire-east"
WORKER = Caller(actor_id="worker-1", roles=("adviser",), councils=(COUNCIL,))
CASES = collection_of("cases")
TALLIES = collection_of("tallies")
FAULTS_KEY = "tests.faults"
QUICK = {"sweep_seconds": 0.05, "gap_check_seconds": 0.2, "retry_after_seconds": (0.05, 0.1), "drain_seconds": 5.0}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A referral as the telling service keeps it: how often it was allocated."""

    allocations: int = 0


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What a reader made of one referral's events: the sequences applied, in order of application."""

    applied: tuple[int, ...] = ()


CASE: Kind[Case] = Kind(name="case", dump=dump_record, load=lambda state: load_record(Case, state))
TALLY: Kind[Tally] = Kind(name="tally", dump=dump_record, load=lambda state: load_record(Tally, state))


@dataclass(kw_only=True)
class Faults:
    """What a handler is to raise, by subject and sequence: once each, or for as long as it stays in `always`."""

    once: dict[tuple[str, int], list[Exception]] = field(default_factory=lambda: defaultdict(list))
    always: dict[tuple[str, int], Exception] = field(default_factory=dict)
    runs: list[tuple[str, int]] = field(default_factory=list)
    before: Callable[[Envelope], None] | None = None

    def meet(self, envelope: Envelope) -> None:
        """Raises what is planned for this event; notes that the handler ran."""
        place = (envelope.subject, envelope.sequence)
        self.runs.append(place)
        if self.before is not None:
            self.before(envelope)
        if self.once.get(place):
            raise self.once[place].pop(0)
        if place in self.always:
            raise self.always[place]


class CaseRecords(DependencyProvider):
    """The telling service's aggregates."""

    def setup(self) -> None:
        self.records = resources_of(self.container).aggregates(CASES, CASE)

    def get_dependency(self, worker_ctx: Any) -> Aggregates[Case]:
        return self.records


class TallyRecords(DependencyProvider):
    """A reader's aggregates."""

    def setup(self) -> None:
        self.records = resources_of(self.container).aggregates(TALLIES, TALLY)

    def get_dependency(self, worker_ctx: Any) -> Aggregates[Tally]:
        return self.records


class PlannedFaults(DependencyProvider):
    """The test's plan of what goes wrong."""

    def get_dependency(self, worker_ctx: Any) -> Faults:
        faults: Faults = self.container.config[FAULTS_KEY]
        return faults


class Teller(StewardService):
    """Allocates a referral to a worker and tells it."""

    name = "referrals"
    cases: Any = CaseRecords()

    @rpc
    def allocate(self, payload: dict[str, Any], caller: dict[str, Any]) -> dict[str, Any]:
        """Allocates referral `id`, `times` times in one command."""
        stored = allocate(self.cases, payload, of_command("allocate", payload, caller))
        return {"id": stored.id, "allocations": stored.state.allocations}


class Reader(StewardService):
    """Notes each allocation in the referral's tally."""

    tallies: Any = TallyRecords()
    faults: Any = PlannedFaults()

    @handles(ReferralAllocated)
    def on_allocated(self, event: ReferralAllocated, envelope: Envelope) -> None:
        self.faults.meet(envelope)
        note_in_tally(self.tallies, event, envelope)


def allocate(cases: Aggregates[Case], payload: dict[str, Any], cause: Cause) -> Stored[Case]:
    """The teller's whole use case."""
    decide = _allocation(payload["id"], payload.get("times", 1))
    try:
        return cases.change(payload["id"], decide, cause=cause)
    except NotFound:
        return cases.create(payload["id"], decide(Case()), council_id=COUNCIL, cause=cause)


def note_in_tally(tallies: Aggregates[Tally], event: ReferralAllocated, envelope: Envelope) -> None:
    """The reader's whole effect: one conditional write."""
    cause = of_event(envelope)

    def noted(tally: Tally) -> Decision[Tally]:
        return Decision(state=replace(tally, applied=(*tally.applied, envelope.sequence)))

    try:
        tallies.change(event.referral_id, noted, cause=cause)
    except NotFound:
        tallies.create(event.referral_id, noted(Tally()), council_id=COUNCIL, cause=cause)


def _allocation(referral_id: str, times: int) -> Callable[[Case], Decision[Case]]:
    told = ReferralAllocated(referral_id=referral_id, person_id="per-0007", worker_id="worker-1")
    return lambda case: Decision(
        state=replace(case, allocations=case.allocations + times), events=[told for _ in range(times)]
    )


TELLER = ServicePlugin(
    name="referrals",
    about="tells allocations",
    service_class=f"{__name__}:Teller",
    publishes=(REFERRAL,),
    handles=(),
    collections=(CASES,),
    outboxes=("cases",),
)


def a_reader(name: str) -> ServicePlugin:
    """The plugin of a reader of that name."""
    return ServicePlugin(
        name=name,
        about="tallies allocations",
        service_class=f"{__name__}:Reader",
        publishes=(),
        handles=(REFERRAL,),
        collections=(TALLIES,),
    )


class EventfulPlatform(Platform):
    """The real bootstrap over these plugins instead of the installed ones."""

    def __init__(
        self,
        settings: PlatformSettings,
        *,
        plugins: Sequence[ServicePlugin],
        faults: Faults,
        tracing: Tracing | None = None,
    ) -> None:
        super().__init__(settings, blocking=beside_eventlet(), tracing=tracing)
        self.faults = faults
        self.services = {}
        for plugin in plugins:
            self.add(plugin)

    def add(self, plugin: ServicePlugin) -> None:
        """One more service: as after an installation, all topology is built with it."""
        self.services[plugin.name] = plugin
        self.topology = topology_of(self.services.values(), (COUNCIL,), self.settings.queue_type)

    def container(self, service: str) -> ServiceContainer:
        base = Teller if service == TELLER.name else type("NamedReader", (Reader,), {"name": service})
        config = {
            "AMQP_URI": self.settings.broker_url,
            "max_workers": self.settings.workers,
            CONFIG_KEY: self.resources(service),
            FAULTS_KEY: self.faults,
        }
        return StewardContainer(base, config)


class Eventful:
    """A running teller and readers; on RabbitMQ it begins and ends with no queue of its own left."""

    def __init__(
        self,
        data: Path,
        *,
        broker_url: str,
        readers: Sequence[str] | None = None,
        tracing: Tracing | None = None,
        **settings: Any,
    ) -> None:
        self.faults = Faults()
        names = (fresh_reader_name(),) if readers is None else tuple(readers)
        chosen = replace(PlatformSettings(), broker_url=broker_url, data_dir=str(data), **{**QUICK, **settings})
        plugins = [TELLER, *(a_reader(name) for name in names)]
        self.platform = EventfulPlatform(chosen, plugins=plugins, faults=self.faults, tracing=tracing)
        self.client = RpcClient(broker_url, timeout=patience(20))
        self.containers: dict[str, ServiceContainer] = {}
        self.readers = list(names)
        self._remove_queues()
        self.platform.migrate()
        self.platform.apply_topology()

    def start(self, *services: str) -> None:
        """Starts these services, or all."""
        for name in services or tuple(self.platform.services):
            self.containers[name] = self.platform.container(name)
            self.containers[name].start()
            resources = self.resources(name)
            assert resources.reader is not None
            assert resources.reader.wait_ready(patience(20))

    def add_reader(self, name: str) -> None:
        """Installs a further reader, and starts it; the teller learns of it when started anew."""
        self.platform.add(a_reader(name))
        self.platform.migrate()
        self.platform.apply_topology()
        self.readers.append(name)
        self.start(name)

    def stop(self, *services: str) -> None:
        """Stops these services, or all and everything else."""
        for name in services or tuple(self.containers):
            stop_container(self.containers.pop(name))
        if not services:
            self.client.close()
            self._remove_queues()
            self.platform.close()

    def allocate(self, referral_id: str, *, times: int = 1, key: str | None = None) -> None:
        """The command; raises `ServiceRefusal`."""
        self.call("referrals", "allocate", {"id": referral_id, "times": times}, key=key)

    def command(self, referral_id: str) -> None:
        """The command carried out in this process, as a worker of the teller does, without a call."""
        records = self.resources("referrals").aggregates(CASES, CASE)
        allocate(records, {"id": referral_id}, of_command("allocate", {"id": referral_id}, WORKER.as_dict()))

    def call(self, service: str, method: str, payload: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """A service's answer."""
        return self.client.call(service, method, payload, replace(WORKER, idempotency_key=key))

    def resources(self, service: str) -> Resources:
        """A running service's working parts."""
        resources: Resources = self.containers[service].config[CONFIG_KEY]
        return resources

    def published(self, referral_id: str) -> list[Envelope]:
        """What the teller has logged of one referral."""
        return self.resources("referrals").event_log.of_stream("referral", referral_id, first=1, last=10_000)

    @contextmanager
    def losing(self) -> Iterator[None]:
        """Within it, the broker confirms what the teller publishes and loses it."""
        relay = self.resources("referrals").relay
        send, relay.send = relay.send, lambda _: None
        try:
            yield
            eventually(lambda: self.waiting() == 0)
        finally:
            relay.send = send

    def write_without_publishing(self, referral_id: str) -> None:
        """The command as a process carries it out that dies before it could publish."""
        records = Aggregates(
            documents=self.platform.store("referrals").documents(CASES),
            kind=CASE,
            clock=self.platform.clock,
            nudge=lambda _: None,
        )
        allocate(records, {"id": referral_id}, of_command("allocate", {"id": referral_id}, WORKER.as_dict()))

    def waiting(self) -> int:
        """How many of the teller's documents have something in their outbox."""
        everything = Between(path="outbox_due", low=datetime(1970, 1, 1, tzinfo=UTC))
        return self.platform.store("referrals").documents(CASES).count([everything])

    def applied(self, referral_id: str, reader: str | None = None) -> list[int]:
        """The sequences that a reader (by default the first) has applied, in order of application."""
        document = self.platform.store(reader or self.readers[0]).documents(TALLIES).get(referral_id)
        return document["state"]["applied"] if document else []

    def held(self, reader: str | None = None) -> dict[str, int]:
        """How many messages a reader holds, by reason."""
        return self.resources(reader or self.readers[0]).held.counts()

    def publish_again(self, envelope: Envelope) -> None:
        """Sends an event once more, as its owner does."""
        self.resources("referrals").relay.publish(envelope)

    def await_applied(self, referral_id: str, sequences: Sequence[int], *, within: float = 10.0) -> None:
        """Returns once exactly these have been applied, in this order."""
        eventually(lambda: len(self.applied(referral_id)) >= len(sequences), within=within)
        assert self.applied(referral_id) == list(sequences)

    def _remove_queues(self) -> None:
        remove_queues(self.platform.settings.broker_url, tuple(self.platform.services))


def fresh_reader_name() -> str:
    """A service name that no other run uses."""
    return f"tally_{uuid4().hex[:10]}"


def stop_container(container: ServiceContainer) -> None:
    """Stops a container, waking the embedded broker's waits until it has ended; raises what went wrong."""
    stopping = eventlet.spawn(container.stop)
    while not stopping.dead:
        wake_transports()
        eventlet.sleep(0.01)
    stopping.wait()


def remove_queues(broker_url: str, services: Sequence[str]) -> None:
    """Deletes these services' queues, with what is in them."""
    with Connection(broker_url) as connection:
        for name in _queues_of(services):
            connection.default_channel.queue_delete(name)


def _queues_of(services: Sequence[str]) -> list[str]:
    own = [name for service in services for name in (requests_queue(service), f"rpc-{service}")]
    return own + [shard_queue(s, n) for s in services for n in range(SHARDS) if s != TELLER.name]


__all__ = ["COUNCIL", "REQUESTS_EXCHANGE", "Eventful", "Faults", "fresh_reader_name", "stop_container"]
