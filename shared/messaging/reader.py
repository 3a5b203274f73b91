"""Reads queues: raw messages, one at a time per queue, acknowledged only when the callback returns.

It keeps its own connection, comes back after a loss, and pauses (leaving messages unacknowledged) while the store is away.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from kombu import Connection

from shared.messaging.deliveries import Delivery, read_delivery
from shared.store.documents import StoreAway

log = structlog.get_logger(__name__)
DRAIN_SECONDS = 0.5
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
Callback = Callable[[Delivery], None]


@dataclass(frozen=True, kw_only=True)
class _Arrival:
    session: _Session
    delivery: Delivery


def errors_of(connection: Connection) -> tuple[type[Exception], ...]:
    """What a lost connection or a closed channel raises."""
    return (*connection.connection_errors, *connection.channel_errors, OSError)


class _Session:
    """One connection's life: its channel, and whether it is still good."""

    def __init__(self, connection: Connection, *, prefetch: int) -> None:
        self.connection = connection
        self.errors = errors_of(connection)
        self.alive = True
        self._lock = threading.RLock()
        connection.connect()
        self.channel: Any = connection.channel()
        self.channel.basic_qos(0, prefetch, False)

    def consume(self, name: str, callback: Callable[[Any], None]) -> None:
        with self._lock:
            self.channel.basic_consume(name, callback=callback, consumer_tag=f"{name}-{uuid.uuid4().hex}")

    def ack(self, delivery_tag: Any) -> None:
        """Acknowledges; on a lost connection the broker will deliver again, which the consumer recognises."""
        try:
            with self._lock:
                self.channel.basic_ack(delivery_tag)
        except self.errors:
            self.alive = False

    def drain(self) -> None:
        with contextlib.suppress(TimeoutError):
            self.connection.drain_events(timeout=DRAIN_SECONDS)
        with self._lock:
            self.connection.heartbeat_check()

    def close(self) -> None:
        self.alive = False
        with contextlib.suppress(*self.errors):
            self.connection.close()


class QueueReader:
    """Reads several queues on one connection; each queue's messages reach its callback one after another."""

    def __init__(
        self, broker_url: str, callbacks: Mapping[str, Callback], *, prefetch: int = 20, heartbeat: float = 30
    ) -> None:
        self._url = broker_url
        self._callbacks = dict(callbacks)
        self._prefetch = prefetch
        self._heartbeat = heartbeat
        self._arrivals: dict[str, queue.Queue[_Arrival | None]] = {name: queue.Queue() for name in callbacks}
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts reading in threads of its own."""
        for name in self._callbacks:
            self._spawn(self._work, name)
        self._spawn(self._read)

    def wait_ready(self, seconds: float) -> bool:
        """Whether the queues are being consumed within this time."""
        return self._ready.wait(seconds)

    @property
    def connected(self) -> bool:
        """Whether a connection is up now."""
        return self._ready.is_set()

    def stop(self, *, deadline_seconds: float) -> None:
        """Takes no more messages, lets the ones in hand finish until the deadline, leaves the rest to the broker."""
        self._stopping.set()
        for arrivals in self._arrivals.values():
            arrivals.put(None)
        for thread in self._threads:
            thread.join(deadline_seconds)

    def _spawn(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=f"reader-{target.__name__}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _read(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stopping.is_set():
            wait = FIRST_WAIT_SECONDS if self._session() else min(wait * 2, LONGEST_WAIT_SECONDS)
            self._stopping.wait(wait)

    def _session(self) -> bool:
        """One connection until it is lost or reading stops; whether it ever stood."""
        connection = Connection(self._url, heartbeat=self._heartbeat, connect_timeout=LONGEST_WAIT_SECONDS)
        errors = errors_of(connection)
        session = None
        try:
            session = _Session(connection, prefetch=self._prefetch)
            for name in self._callbacks:
                session.consume(name, self._arrival_of(session, name))
            self._ready.set()
            while session.alive and not self._stopping.is_set():
                session.drain()
            if self._stopping.is_set():
                self._join_workers()
        except errors as error:
            log.warning("reader.connection_lost", error=type(error).__name__)
        finally:
            self._ready.clear()
            if session is not None:
                session.close()
        return session is not None

    def _join_workers(self) -> None:
        """Acks of messages in hand need the connection, so it stays until the workers are done."""
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(LONGEST_WAIT_SECONDS)

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
            if self._settled(name, arrival.delivery):
                arrival.session.ack(arrival.delivery.delivery_tag)
                return
            if self._stopping.wait(wait):
                return
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _settled(self, name: str, delivery: Delivery) -> bool:
        try:
            self._callbacks[name](delivery)
        except StoreAway as error:
            log.warning("reader.store_away", queue=name, exc_info=error)
            return False
        except Exception as error:  # a callback settles what it can't apply; anything else must not end this thread
            log.error("reader.callback_failed", queue=name, exc_info=error)
            return False
        return True
