"""Reads queues: raw messages, one at a time per queue, acknowledged only when the callback returns.

It keeps its own connection, comes back after a loss, and pauses (leaving messages unacknowledged) while the store is away.
"""

from __future__ import annotations

import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from shared.faults import FAULTS
from shared.messaging.deliveries import Delivery, read_delivery
from shared.messaging.wire import LOST, Link
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
Callback = Callable[[Delivery], None]


def nothing_to_settle() -> None:
    """For callbacks that are done when they return."""


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    session: _Session
    delivery: Delivery


class _Session:
    """One connection's life, and whether it is still good."""

    def __init__(self, link: Link, *, prefetch: int) -> None:
        self.alive = True
        self._link = link
        link.channel.basic_qos(0, prefetch, False)

    def consume(self, name: str, callback: Callable[[Any], None]) -> None:
        self._link.channel.basic_consume(name, callback=callback, consumer_tag=f"{name}-{uuid.uuid4().hex}")

    def ack(self, delivery_tag: int) -> None:
        """Acknowledges; on a lost connection the broker will deliver again, which the consumer recognises."""
        try:
            self._link.channel.basic_ack(delivery_tag)
        except LOST:
            self.alive = False

    def drain(self) -> None:
        self._link.drain()

    def close(self) -> None:
        self.alive = False
        self._link.hang_up()


class QueueReader:
    """Reads several queues on one connection; each queue's messages reach its callback one after another.

    `settle` is called before messages that the callbacks are done with are acknowledged, once for many; `prefetch` is
    how many messages are taken ahead per queue, `heartbeat` in seconds.
    """

    def __init__(
        self,
        broker_url: str,
        callbacks: Mapping[str, Callback],
        *,
        settle: Callable[[], None] = nothing_to_settle,
        prefetch: int = 20,
        heartbeat: float = 30,
    ) -> None:
        self._url = broker_url
        self._callbacks = dict(callbacks)
        self._settle = settle
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._arrivals: dict[str, queue.Queue[_Arrival | None]] = {name: queue.Queue() for name in callbacks}
        self._applied: queue.Queue[_Arrival | None] = queue.Queue()
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._ready = threading.Event()
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
            session = _Session(link, prefetch=self._prefetch)
            for name in self._callbacks:
                session.consume(name, self._arrival_of(session, name))
            self._ready.set()
            self._drain_until_stopped(session)
        except LOST as error:
            log.warning("reader.connection_lost", error=type(error).__name__)
        except Exception as error:  # py-amqp's own confusion when a connection ends under it; this thread must go on
            log.error("reader.failed", exc_info=error)
        finally:
            self._ready.clear()
            if session is not None:
                session.close()
        return session is not None

    def _drain_until_stopped(self, session: _Session) -> None:
        while session.alive and not self._stopping.is_set():
            session.drain()
        if session.alive:
            self._settled.wait()  # what is in hand is acknowledged on this connection

    def _arrival_of(self, session: _Session, name: str) -> Callable[[Any], None]:
        def arrived(message: Any) -> None:
            self._arrivals[name].put(_Arrival(session=session, delivery=read_delivery(message)))

        return arrived

    def _work(self, name: str) -> None:
        while (arrival := self._arrivals[name].get()) is not None:
            if not self._stopping.is_set():
                self._deliver(name, arrival)

    def _deliver(self, name: str, arrival: _Arrival) -> None:
        """Hands one message over until it is settled: whatever goes wrong, it stays with the broker and is tried again."""
        wait = FIRST_WAIT_SECONDS
        while arrival.session.alive:
            if _succeeds(name, lambda: self._callbacks[name](arrival.delivery)):
                self._applied.put(arrival)
                return
            if self._stopping.wait(wait):
                return
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

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
        for arrival in done:
            arrival.session.ack(arrival.delivery.delivery_tag)
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
