"""Reads queues: raw messages, one at a time per queue, acknowledged only when the callback returns.

It keeps its own connection, comes back after a loss, and pauses (leaving messages unacknowledged) while the store is away.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from shared.faults import FAULTS
from shared.messaging.consuming.deliveries import Delivery, read_delivery
from shared.messaging.consuming.subscriptions import Session, Subscription
from shared.messaging.wire.connection import LOST, Link
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
Callback = Callable[[Delivery], None]


def nothing_to_settle() -> None:
    """For callbacks that are done when they return."""


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    session: Session
    subscription: Subscription
    delivery: Delivery


class QueueReader:
    """Reads several queues on one connection; each queue's messages reach its callback one after another.

    `settle` is called before messages that the callbacks are done with are acknowledged, once for many; `prefetch` is
    how many messages are taken ahead per queue, `heartbeat` in seconds. Queues in `apart` can be handed back to replicas.
    """

    def __init__(
        self,
        broker_url: str,
        callbacks: Mapping[str, Callback],
        *,
        settle: Callable[[], None] = nothing_to_settle,
        prefetch: int = 20,
        heartbeat: float = 30,
        apart: Collection[str] = (),
    ) -> None:
        self._url = broker_url
        self._callbacks = dict(callbacks)
        self._apart = frozenset(apart)
        self._settle = settle
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._arrivals: dict[str, queue.Queue[_Arrival | None]] = {name: queue.Queue() for name in callbacks}
        self._applied: queue.Queue[_Arrival | None] = queue.Queue()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._ready = threading.Event()
        self._session: Session | None = None
        self._workers: list[threading.Thread] = []
        self._settling: list[threading.Thread] = []
        self._reading: list[threading.Thread] = []

    def start(self) -> None:
        """Starts reading in threads of its own."""
        for name in self._callbacks:
            worker = threading.Thread(target=self._work, args=(name,), name=f"reader-{name}", daemon=True)
            self._workers.append(worker)
        self._settling.append(threading.Thread(target=self._acknowledge, name="reader-settling", daemon=True))
        self._reading.append(threading.Thread(target=self._read, name="reader", daemon=True))
        for thread in (*self._workers, *self._settling, *self._reading):
            thread.start()

    def wait_ready(self, seconds: float) -> bool:
        """Whether the queues are being consumed within this time."""
        return self._ready.wait(seconds)

    @property
    def connected(self) -> bool:
        """Whether a connection is up now."""
        return self._ready.is_set()

    @property
    def session_id(self) -> str | None:
        """The name of the connection over which every queue is now consumed; each has one of its own."""
        session = self._session
        return session.id if session is not None else None

    def received(self) -> set[str]:
        """The queues read apart of which messages have come since we last stood at the end of their lines."""
        session = self._session
        return session.received() if session is not None else set()

    def hand_back(self, queues: Iterable[str]) -> None:
        """Gives these queues, read apart, to the next in line, once what is in hand is done; goes to the end of the line."""
        session = self._session
        if session is not None:
            session.hand_back(queues)

    def stop(self, *, deadline_seconds: float) -> None:
        """Takes no more messages, lets those in hand finish within the deadline, leaves the rest to the broker."""
        deadline = time.monotonic() + deadline_seconds
        self._stopping.set()
        for arrivals in self._arrivals.values():
            arrivals.put(None)
        join_all(self._workers, deadline)
        self._applied.put(None)
        join_all(self._settling, deadline)
        self._settled.set()
        join_all(self._reading, deadline + LONGEST_WAIT_SECONDS)

    def _read(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stopping.is_set():
            wait = FIRST_WAIT_SECONDS if self._read_session() else min(wait * 2, LONGEST_WAIT_SECONDS)
            self._stopping.wait(wait)

    def _read_session(self) -> bool:
        """One connection until it is lost or reading stops; whether it ever stood."""
        session = None
        try:
            link = Link(self._url, heartbeat=self._heartbeat, connect_timeout=LONGEST_WAIT_SECONDS)
            session = Session(link, prefetch=self._prefetch, arrived=self._arrived)
            self._consume(session)
            self._drain_until_stopped(session)
        except LOST as error:
            log.warning("reader.connection_lost", error=type(error).__name__)
        except Exception as error:  # py-amqp's own confusion when a connection ends under it; this thread must go on
            log.error("reader.failed", exc_info=error)
        finally:
            self._ready.clear()
            self._session = None
            if session is not None:
                session.close()
        return session is not None

    def _consume(self, session: Session) -> None:
        for name in self._callbacks:
            if name in self._apart:
                session.consume_apart(name)
            else:
                session.consume(name)
        self._session = session
        self._ready.set()

    def _drain_until_stopped(self, session: Session) -> None:
        while session.is_alive and not self._stopping.is_set():
            session.drain()
        if session.is_alive:
            self._settled.wait()  # what is in hand is acknowledged on this connection

    def _arrived(self, session: Session, subscription: Subscription, message: Any) -> None:
        arrival = _Arrival(session=session, subscription=subscription, delivery=read_delivery(message))
        self._arrivals[subscription.queue].put(arrival)

    def _work(self, name: str) -> None:
        while (arrival := self._arrivals[name].get()) is not None:
            if self._stopping.is_set() or not arrival.subscription.begin():
                continue  # it stays with the broker
            if self._is_delivered(name, arrival):
                self._applied.put(arrival)
            else:
                arrival.subscription.let_go()

    def _is_delivered(self, name: str, arrival: _Arrival) -> bool:
        """Hands one message over until it is settled, or is no longer ours to settle."""
        wait = FIRST_WAIT_SECONDS
        while not _succeeds(name, lambda: self._callbacks[name](arrival.delivery)):
            if self._stopping.wait(wait) or not arrival.subscription.is_open:
                return False
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        return True

    def _acknowledge(self) -> None:
        """Settles and acknowledges what the callbacks are done with, as much at once as there is."""
        is_open = True
        while is_open:
            done = [self._applied.get()]
            while not self._applied.empty():
                done.append(self._applied.get())
            is_open = None not in done
            self._acknowledge_all([arrival for arrival in done if arrival is not None])

    def _acknowledge_all(self, done: list[_Arrival]) -> None:
        wait = FIRST_WAIT_SECONDS
        while not _succeeds("settling", self._settle):
            if self._stopping.wait(wait):
                return  # the broker delivers them again, and they are recognised
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
        by_subscription: dict[Subscription, list[_Arrival]] = {}
        for arrival in done:
            by_subscription.setdefault(arrival.subscription, []).append(arrival)
        for subscription, arrivals in by_subscription.items():
            arrivals[0].session.acknowledge(subscription, [arrival.delivery.delivery_tag for arrival in arrivals])
            for arrival in arrivals:
                subscription.let_go()
                FAULTS.reach("after-ack", arrival.delivery.message_id or "")


def _succeeds(name: str, work: Callable[[], None]) -> bool:
    try:
        work()
    except StoreAway as error:
        log.warning("reader.store_away", queue=name, exc_info=error)
        return False
    except Exception as error:  # a callback settles what it can't apply; anything else must not end this thread
        log.error("reader.callback_failed", queue=name, exc_info=error)
        return False
    return True


def join_all(threads: Iterable[threading.Thread], deadline: float) -> None:
    """Waits for these threads to end, all of them together until the deadline (monotonic clock)."""
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0.0))
