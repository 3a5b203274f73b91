"""Publishing with proof: confirms matched by delivery tag, `mandatory`, and a time limit.

One connection, any number of threads (or green threads) publishing at once; each gets its own `Confirmation`. Works
alike on RabbitMQ and on the embedded broker, whose channels speak the same few calls.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import structlog

from shared.messaging.wire.connection import LOST, Link

log = structlog.get_logger(__name__)
PERSISTENT = 2
CONNECT_SECONDS = 5.0
NACKED = "refused by the broker"
RETURNED = "no queue is bound for it"
REFUSED = (NACKED, RETURNED)


class NotPublished(Exception):
    """The broker did not take the message (no route, refused, no answer in time, connection lost): it must be sent again."""


class BrokerAway(NotPublished):
    """No message is at fault: there is no connection, or the broker takes nothing for now."""


class Confirmation:
    """What becomes of one publish."""

    __slots__ = ("_gate", "_problem", "_timeout", "_words")

    def __init__(self, *, timeout: float) -> None:
        self._gate = threading.Lock()  # a lock is the cheapest thing to wait for
        self._gate.acquire()
        self._words = [True]
        self._timeout = timeout
        self._problem: str | None = None

    def settle(self, problem: str | None = None) -> None:
        """Ends the wait: taken by the broker, or not and why. The first word counts."""
        try:
            self._words.pop()
        except IndexError:
            return
        self._problem = problem
        self._gate.release()

    def wait(self) -> None:
        """Returns once the broker has taken the message everywhere it belongs. Raises `NotPublished`."""
        if not self._gate.acquire(timeout=self._timeout):
            raise NotPublished(f"no confirm within {self._timeout} s")
        self._gate.release()
        if self._problem is not None:
            raise NotPublished(self._problem) if self._problem in REFUSED else BrokerAway(self._problem)


class _Session:
    """One connection's life: what was sent on it and is not yet confirmed."""

    def __init__(self, link: Link) -> None:
        self.alive = True
        self._link = link
        self._lock = threading.Lock()
        self._tag = 0
        self._pending: dict[int, tuple[str, Confirmation]] = {}
        self._by_id: dict[str, Confirmation] = {}
        try:
            self._ask_for_confirms()
        except BaseException:  # the wire may be lost again already
            link.hang_up()
            raise

    def _ask_for_confirms(self) -> None:
        channel = self._link.channel
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)

    def publish(self, message: Any, confirmation: Confirmation, *, exchange: str, routing_key: str) -> None:
        """Sends under the next tag. Raises `NotPublished`."""
        if self.is_blocked:
            raise BrokerAway("the broker is short of memory or disk and takes nothing for now")
        message_id = message.properties["message_id"]
        try:
            with self._lock:
                if not self.alive:
                    raise BrokerAway("the connection was lost")
                self._tag += 1
                self._pending[self._tag] = (message_id, confirmation)
                self._by_id[message_id] = confirmation
                self._link.send(message, exchange=exchange, routing_key=routing_key)
        except LOST as error:
            self.end(f"connection lost: {type(error).__name__}")
            raise BrokerAway(f"connection lost: {type(error).__name__}") from error

    @property
    def is_blocked(self) -> bool:
        return self._link.is_blocked

    def message(self, body: bytes, **options: Any) -> Any:
        return self._link.message(body, **options)

    def end(self, problem: str) -> None:
        """Nothing more goes out; what is unconfirmed counts as not published."""
        self.alive = False
        for tag in list(self._pending):
            self._settle_one(tag, problem)

    def run(self) -> None:
        """Reads confirms until the session ends; whatever goes wrong ends it, and the next publish opens another."""
        try:
            while self.alive:
                self._link.drain()
        except LOST as error:
            self.end(f"connection lost: {type(error).__name__}")
        except Exception as error:  # py-amqp's own confusion when a connection ends under it
            log.error("publisher.drain_failed", exc_info=error)
            self.end("connection lost")
        self._link.hang_up()
        self.end("the connection was closed")

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._settle(delivery_tag, multiple, None)

    def _on_nack(self, delivery_tag: int, multiple: bool, *_: Any) -> None:
        self._settle(delivery_tag, multiple, NACKED)

    def _on_return(self, *details: Any) -> None:
        """A mandatory message found no queue. The ack that follows must not count."""
        confirmation = self._by_id.get(details[-1].properties.get("message_id", ""))
        if confirmation is not None:
            confirmation.settle(RETURNED)

    def _settle(self, delivery_tag: int, multiple: bool, problem: str | None) -> None:
        tags = [tag for tag in list(self._pending) if tag <= delivery_tag] if multiple else [delivery_tag]
        for tag in tags:
            self._settle_one(tag, problem)

    def _settle_one(self, tag: int, problem: str | None) -> None:
        message_id, confirmation = self._pending.pop(tag, ("", None))
        if confirmation is None:
            return
        if self._by_id.get(message_id) is confirmation:
            del self._by_id[message_id]
        confirmation.settle(problem)


class Publisher:
    """A confirming publisher on a connection of its own, opened when first needed and again after a loss.

    `confirm_timeout` is how long a confirm may take, in seconds.
    """

    def __init__(self, broker_url: str, *, confirm_timeout: float, heartbeat: float = 30) -> None:
        self._url = broker_url
        self._timeout = confirm_timeout
        self._heartbeat = heartbeat
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._reading: threading.Thread | None = None
        self._closed = False

    def publish(
        self,
        *,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, Any],
        message_id: str,
        content_type: str = "application/json",
    ) -> Confirmation:
        """Sends one persistent, mandatory message; ask the confirmation what became of it. Raises `NotPublished`."""
        session = self._open_session()
        confirmation = Confirmation(timeout=self._timeout)
        message = session.message(
            body,
            content_type=content_type,
            content_encoding="utf-8",
            headers=dict(headers),
            properties={"delivery_mode": PERSISTENT, "message_id": message_id},
        )
        session.publish(message, confirmation, exchange=exchange, routing_key=routing_key)
        return confirmation

    @property
    def is_blocked(self) -> bool:
        """Whether the broker has said that it takes nothing for now."""
        session = self._session
        return session is not None and session.alive and session.is_blocked

    def close(self, *, deadline_seconds: float = 1.0) -> None:
        """Closes the connection; what is still unconfirmed counts as not published."""
        with self._lock:
            self._closed = True
            session, reading = self._session, self._reading
        if session is not None:
            session.end("the publisher was closed")
        if reading is not None:
            reading.join(deadline_seconds)

    def _open_session(self) -> _Session:
        session = self._session
        if session is not None and session.alive:
            return session
        with self._lock:
            if self._closed:
                raise BrokerAway("the publisher is closed")
            if self._session is None or not self._session.alive:
                self._session = self._connect()
            return self._session

    def _connect(self) -> _Session:
        try:
            session = _Session(Link(self._url, heartbeat=self._heartbeat, connect_timeout=CONNECT_SECONDS))
        except LOST as error:
            raise BrokerAway(f"no connection: {type(error).__name__}") from error
        self._reading = threading.Thread(target=session.run, name="publisher-confirms", daemon=True)
        self._reading.start()
        return session
