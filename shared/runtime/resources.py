"""What one service works with in one process: its stores, event log, relay, consumer and held messages."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog

from shared.clock import Clock
from shared.errors import Invalid
from shared.events.envelope import Envelope
from shared.events.language import Event
from shared.ids import SHARDS, fresh_id
from shared.messaging.aggregates import Aggregates, Kind
from shared.messaging.broker.topology import REQUESTS_EXCHANGE, Topology, requests_queue, shard_queue
from shared.messaging.consuming.consumer import Consumer, ConsumerLimits, ReplayRequest
from shared.messaging.consuming.deliveries import Delivery
from shared.messaging.consuming.floods import Asides, Pace, SparingLog
from shared.messaging.consuming.held import HELD, HELD_DUE, MARKS, HeldMessages, Marks
from shared.messaging.consuming.reader import (
    FIRST_WAIT_SECONDS,
    LONGEST_WAIT_SECONDS,
    Callback,
    QueueReader,
    join_all,
    nothing_to_settle,
)
from shared.messaging.consuming.replays import read_request
from shared.messaging.consuming.sharing import INTAKE_NOTE, REPLICAS, SHARDS_NOTE, Register, Sharing
from shared.messaging.consuming.tending import Tending
from shared.messaging.processes import PROCESSES, PROGRESS, Process, Processes
from shared.messaging.publishing.event_log import EVENT_LOG, EventLog
from shared.messaging.publishing.pending import Pending, Waiting
from shared.messaging.publishing.pressure import Pressure
from shared.messaging.publishing.publisher import BrokerAway, NotPublished, Publisher
from shared.messaging.publishing.relay import Relay
from shared.messaging.scheduling import DueWork, Scheduler
from shared.plugins.points import ServicePlugin
from shared.policy.clock_list import CLOCKS, ClockList
from shared.runtime.alarms import Alarms
from shared.runtime.settings import PlatformSettings
from shared.store.documents import Collection, Document, Documents, Store, StoreAway
from shared.telemetry.figures import MISSED, SENT_AGAIN, SET_ASIDE, ServiceFigures
from shared.telemetry.tracing import ServiceTracing, Untraced

log = structlog.get_logger(__name__)
MINUTE = 60.0
S = TypeVar("S")
Apply = Callable[[Event, Envelope], None]


class Resources:
    """One service's working parts. `start` sets the relay and the readers going; `stop` lets them finish.

    Where they are `alone`, nobody else works on these stores: what a predecessor was at is taken over at once.
    """

    def __init__(
        self,
        *,
        plugin: ServicePlugin,
        settings: PlatformSettings,
        store: Store,
        topology: Topology,
        clock: Clock,
        tracing: ServiceTracing | None = None,
        alone: bool = False,
    ) -> None:
        self.plugin = plugin
        self.settings = settings
        self.store = store
        self.clock = clock
        self.topology = topology
        self._alone = alone
        self.tracing = tracing or Untraced()
        self.stopping = threading.Event()
        self._documents: dict[str, Documents] = {c.name: store.documents(c) for c in plugin.collections}
        self.event_log = EventLog(documents=store.documents(EVENT_LOG), clock=clock)
        self.held = HeldMessages(documents=store.documents(HELD), clock=clock)
        self.tending = Tending(held=self.held, documents=store.documents(HELD), clock=clock)
        self._marks = Marks(store.documents(MARKS))
        self.figures = ServiceFigures()
        self._told = SparingLog(most=settings.told_per_minute)
        self.asides = self._asides()
        publisher = Publisher(settings.broker_url, confirm_timeout=settings.confirm_seconds)
        self._publisher = self.tracing.publisher(self.figures.publisher(publisher))
        self.relay = self._open_relay()
        self.scheduler = self._scheduler()
        self._due_work: tuple[DueWork, ...] = ()
        self.alarms = self._alarms()
        self.consumer: Consumer | None = None
        self.reader: QueueReader | None = None
        self._sharing: Sharing | None = None
        self._shard_queues = [shard_queue(plugin.name, n) for n in range(SHARDS)]
        self.pressure = Pressure(clock=clock, limit_seconds=settings.outbox_seconds)
        self._pending = Pending()
        self._threads: list[threading.Thread] = []

    def _open_relay(self) -> Relay:
        return Relay(
            collections={name: self._documents[name] for name in self.plugin.outboxes},
            event_log=self.event_log,
            publisher=self._publisher,
            topology=self.topology,
            clock=self.clock,
            claim_seconds=self.settings.claim_seconds,
            followers={name: self.clock_list().follow for name in self.plugin.clocks},
        )

    def documents(self, collection: Collection) -> Documents:
        """One of the service's declared collections."""
        return self._documents[collection.name]

    def clock_list(self) -> ClockList:
        """The list of the service's clocks; its plugin names `CLOCKS` and the collections whose records bear them."""
        return ClockList(self.documents(CLOCKS))

    def aggregates(self, collection: Collection, kind: Kind[S]) -> Aggregates[S]:
        """The aggregates of a collection; what they tell is relayed at once."""
        return Aggregates(
            documents=self.documents(collection),
            kind=kind,
            clock=self.clock,
            nudge=lambda document: self.nudge(collection.name, document),
            admit=self.pressure.admit,
        )

    def processes(self, *kinds: Process) -> Processes:
        """The service's processes of these kinds; its plugin names `PROCESSES`, and a method of its class goes on with them."""
        return Processes(
            records=self.aggregates(PROCESSES, PROGRESS),
            kinds=kinds,
            clock=self.clock,
            lease_seconds=self.settings.lease_seconds,
            retry_after_seconds=self.settings.retry_after_seconds,
        )

    def nudge(self, collection: str, document: Document) -> None:
        """Tells the relay that a document, as it was just written, has something in its outbox."""
        self._pending.put(Waiting(collection=collection, id=document["_id"], document=document))

    def start(self, *, apply: Apply | None, intake: Mapping[str, Callback], due: Sequence[DueWork] = ()) -> None:
        """Starts relaying and doing what is due; reads the service's shard queues if it handles events, and `intake` queues."""
        callbacks: dict[str, Callback] = {requests_queue(self.plugin.name): self._send_again, **intake}
        if apply is not None:
            self.consumer = self._consumer(apply)
            callbacks |= dict.fromkeys(self._shard_queues, self.consumer.receive)
        for _ in range(self.settings.relay_workers):
            self._spawn(self._relay_pending)
        self._spawn(self._sweep_outboxes)
        self._spawn(self._repeat_sums)
        self._due_work = tuple(due)
        for work in (*due, *self._held_work()):
            self._spawn(partial(self._sweep_due, work))
        self.reader = self._reader(callbacks)
        self.reader.start()
        if apply is not None:
            self._sharing = self._share(self.reader, SHARDS_NOTE, self._shard_queues)
        if intake:
            self._share(self.reader, INTAKE_NOTE, sorted(intake))

    def stop(self, *, drain: bool = True) -> None:
        """Stops reading, finishes what is in hand within the drain time (or nothing), and lets go of the broker."""
        seconds = self.settings.drain_seconds if drain else 0.0
        deadline = time.monotonic() + seconds
        self.stopping.set()
        if self.reader is not None:
            self.reader.stop(deadline_seconds=seconds)
        self._pending.close()
        self._publisher.close()
        join_all(self._threads, deadline)
        self._told.sum_up()

    def health(self) -> dict[str, Any]:
        """The service's state in figures. Raises `StoreAway`."""
        self.store.check()
        oldest = self.tending.oldest_seconds()
        return {
            "service": self.plugin.name,
            "store": "ok",
            "broker": self._broker_state(),
            "shards": self._shards(),
            "outbox_waiting": self.relay.waiting(),
            "outbox_oldest_seconds": round(self.pressure.waited_seconds, 1),
            "held": self.held.counts(),
            "held_oldest_seconds": None if oldest is None else max(int(oldest), 0),
            "alarms": self.alarms.raised(),
        }

    def _shards(self) -> list[int]:
        """The shards that this replica is to read."""
        if self._sharing is not None:
            return self._sharing.places
        return list(range(SHARDS)) if self.consumer is not None else []

    def _broker_state(self) -> str:
        if self._publisher.is_blocked:
            return "blocked"
        return "ok" if self.reader is not None and self.reader.connected else "away"

    def _reader(self, callbacks: Mapping[str, Callback]) -> QueueReader:
        return QueueReader(
            self.settings.broker_url,
            callbacks,
            settle=self.consumer.settle if self.consumer else nothing_to_settle,
            prefetch=self.settings.prefetch,
            apart=() if self.settings.embedded else callbacks.keys() - {requests_queue(self.plugin.name)},
        )

    def _share(self, reader: QueueReader, note: str, queues: Sequence[str]) -> Sharing | None:
        """Shares these queues with the service's other replicas. The embedded broker has one process and so one replica."""
        if self.settings.embedded:
            return None
        documents, seconds = self.store.documents(REPLICAS), self.settings.replica_lease_seconds
        register = Register(documents, note=note, queues=queues, lease_seconds=seconds)
        sharing = Sharing(register=register, reader=reader)
        self._spawn(partial(self._repeat_sharing, sharing))
        return sharing

    def _alarms(self) -> Alarms:
        return Alarms(
            tending=self.tending,
            scheduler=self.scheduler,
            works=lambda: self._due_work,
            processes=self._documents.get(PROCESSES.name),
            settings=self.settings,
        )

    def _scheduler(self) -> Scheduler:
        return Scheduler(
            clock=self.clock,
            owner=fresh_id(self.plugin.name),
            lease_seconds=self.settings.lease_seconds,
            is_alone=self._alone,
            stopping=self.stopping,
        )

    def _consumer(self, apply: Apply) -> Consumer:
        limits = ConsumerLimits(
            body_bytes=self.settings.body_bytes,
            retry_after_seconds=self.settings.retry_after_seconds,
            gap_check_seconds=self.settings.gap_check_seconds,
        )
        return Consumer(
            marks=self._marks,
            held=self.held,
            asides=self.asides,
            apply=apply,
            request_replay=self._ask_for,
            clock=self.clock,
            limits=limits,
        )

    def _spawn(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, name=f"{self.plugin.name}-{len(self._threads)}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def pace_of_refusals(self) -> Pace:
        """One party's own: no more than so many events a second are refused to it."""
        return Pace(per_second=self.settings.refused_per_second, wait=self.stopping.wait)

    def _asides(self) -> Asides:
        return Asides(
            held=self.held,
            told=self._told,
            pace=Pace(per_second=self.settings.set_aside_per_second, wait=self.stopping.wait),
            count=partial(self.figures.own.count, SET_ASIDE),
        )

    def _relay_pending(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while batch := self._pending.take(self.settings.relay_batch):
            is_away = True
            try:
                is_away = self._relay(batch)
            finally:
                self._pending.done(batch, again=is_away)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS) if is_away else FIRST_WAIT_SECONDS
            if is_away:
                self.stopping.wait(wait)

    def _relay(self, batch: list[Waiting]) -> bool:
        """Whether broker or store are away, so that it must be tried again soon.

        An event that is refused by itself stays in its outbox, and the sweep takes it up when it is due.
        """
        try:
            self.relay.relay(batch)
        except NotPublished as error:
            if not self.stopping.is_set():
                log.warning("relay.delayed", records=len(batch), exc_info=error)
            return isinstance(error, BrokerAway)
        except StoreAway as error:
            log.warning("relay.store_away", records=len(batch), exc_info=error)
            return True
        except Exception as error:  # one record that can't be relayed must not end the relaying of all others
            if len(batch) > 1:
                tried = [self._relay([waiting]) for waiting in batch]
                return any(tried)
            log.error("relay.failed", record_id=batch[0].id, exc_info=error)
        return False

    def _sweep_outboxes(self) -> None:
        """Events whose publisher is gone, or could not publish them."""
        if self._alone:
            self._sweep("outbox", self._take_over)
        self._repeat("outbox", self._nudge_waiting)

    def _take_over(self) -> None:
        for waiting in self.relay.left_behind():
            self._pending.put(waiting)

    def _nudge_waiting(self) -> None:
        while self._broker_state() == "ok" and self._pending.wait_for_room(self.settings.sweep_seconds):
            if self.stopping.is_set():
                return
            due = self.relay.claim_due()
            for waiting in due:
                self._pending.put(waiting)
            if not due:
                break
        self.pressure.note(self.relay.oldest_at())

    def _sweep_due(self, work: DueWork) -> None:
        self._repeat(work.due.name, lambda: self.scheduler.sweep(work))

    def _held_work(self) -> list[DueWork]:
        if self.consumer is None:
            return []
        consumer, documents = self.consumer, self.store.documents(HELD)
        return [
            DueWork(
                due=HELD_DUE,
                documents=documents,
                do=consumer.retry,
                may_be_any=consumer.may_hold_any,
                lease_seconds=self.settings.claim_seconds,
            )
        ]

    def _repeat_sums(self) -> None:
        self._repeat("log", self._told.sum_up, every=MINUTE)

    def _repeat_sharing(self, sharing: Sharing) -> None:
        self._repeat("sharing", sharing.beat, every=self.settings.replica_beat_seconds)
        self._sweep("sharing", sharing.leave)

    def _repeat(self, name: str, sweep: Callable[[], object], *, every: float | None = None) -> None:
        """Sweeps until the service stops, out of step with other replicas."""
        seconds = every or self.settings.sweep_seconds
        while not self.stopping.wait(seconds * random.uniform(0.8, 1.2)):  # noqa: S311  (no secret)
            self._sweep(name, sweep)

    def _sweep(self, name: str, sweep: Callable[[], object]) -> None:
        try:
            sweep()
        except StoreAway:
            log.warning("sweep.store_away", service=self.plugin.name, work=name)
        except Exception as error:  # a sweep that fails must not be the last
            log.error("sweep.failed", service=self.plugin.name, work=name, exc_info=error)

    def _ask_for(self, request: ReplayRequest) -> None:
        self.figures.replays_asked += 1
        body = json.dumps(
            {"stream": request.stream, "subject": request.subject, "first": request.first, "last": request.last}
        ).encode()
        with contextlib.suppress(NotPublished):  # asked again when the held message is next looked at
            self._publisher.publish(
                exchange=REQUESTS_EXCHANGE, routing_key=request.owner, body=body, headers={}, message_id=""
            )

    def _send_again(self, delivery: Delivery) -> None:
        """Answers a `replay.requested` message from the event log. What gets lost again is asked for again."""
        try:
            asked = read_request(delivery, most_bytes=self.settings.body_bytes)
        except Invalid as error:
            self.asides.take(delivery, detail=error.detail)
            return
        envelopes = self.event_log.of_stream(asked.stream, asked.subject, first=asked.first, last=asked.last)
        with contextlib.suppress(NotPublished):
            for envelope in envelopes:
                self.relay.send(envelope.as_json())
                self.figures.own.count(SENT_AGAIN, MISSED)
