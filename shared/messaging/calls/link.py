"""The connection behind remote calls: who waits for which reply, and the one thread that reads them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import uuid4

import structlog

from shared.messaging.calls.connection import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    LinkSettings,
    RpcConnection,
)
from shared.messaging.calls.protocol import DEADLINE_HEADER, RPC_EXCHANGE, deadline_after, post, prepare, write_json
from shared.messaging.wire.connection import LOST

log = structlog.get_logger(__name__)


class LostLink(Exception):
    """The broker cannot be reached, or was lost while a reply was awaited."""


class BlockedLink(Exception):
    """The broker takes no requests now: it is short of memory or disk."""


class NoRoute(Exception):
    """The broker knows no queue for the request."""


class Waiting:
    """A caller that waits for one reply."""

    __slots__ = ("_gate", "outcome")

    def __init__(self) -> None:
        self.outcome: bytes | Exception | None = None
        self._gate = threading.Lock()
        self._gate.acquire()

    def finish(self, outcome: bytes | Exception) -> None:
        """Let the caller go on; called once."""
        self.outcome = outcome
        self._gate.release()

    def wait(self, seconds: float) -> bool:
        """Whether the outcome is there within that time."""
        return self._gate.acquire(timeout=max(seconds, 0))


class Session(RpcConnection):
    """One connection with its reply queue, which the broker deletes with the connection."""

    def __init__(self, settings: LinkSettings, *, on_reply: Callable[[str, bytes | Exception], None]) -> None:
        super().__init__(settings)
        self.reply_to = str(uuid4())
        self.reply_queue = ""
        self._on_reply = on_reply
        try:
            self._read_replies()
        except BaseException:
            self.close()
            raise

    def _read_replies(self) -> None:
        """Starts reading this session's reply queue. Raises one of LOST, TimeoutError from a broker that is stuck."""
        channel = self.channel
        # The topology makes the exchange; a client has no right to configure it.
        channel.exchange_declare(RPC_EXCHANGE, "topic", passive=True)
        self.reply_queue, _, _ = channel.queue_declare("", exclusive=True, auto_delete=True)
        channel.queue_bind(self.reply_queue, RPC_EXCHANGE, self.reply_to)
        channel.events["basic_return"].add(self._on_return)
        channel.basic_consume(self.reply_queue, no_ack=True, callback=self._on_message)

    def _on_message(self, message: Any) -> None:
        self._on_reply(message.properties.get("correlation_id", ""), message.body)

    def _on_return(self, _error: Any, _exchange: str, _routing_key: str, message: Any) -> None:
        self._on_reply(message.properties.get("correlation_id", ""), NoRoute())


class ReplyLink:
    """Sends requests and hands each reply to who waits for it; connects again by itself."""

    def __init__(self, settings: LinkSettings, *, on_late_reply: Callable[[], None]) -> None:
        self.late_replies = 0
        self.connections = 0
        self._settings = settings
        self._on_late_reply = on_late_reply
        self._waiting: dict[str, Waiting] = {}
        self._numbers = count(1)
        self._session: Session | None = None
        self._changed = threading.Condition()
        self._closed = threading.Event()
        self._reader = threading.Thread(target=self._read, name="rpc-replies", daemon=True)

    @property
    def pending(self) -> int:
        """How many calls wait for their reply."""
        return len(self._waiting)

    def start(self) -> None:
        """Start the reading thread, which connects."""
        self._reader.start()

    def close(self) -> None:
        """Stop reading and let every waiting caller go."""
        self._closed.set()
        session = self._session
        if session is not None:
            session.end()
        self._lose(session)

    def ask(self, routing_key: str, arguments: list[Any], seconds: float) -> bytes:
        """The reply, still encoded. Raises NoRoute, LostLink, BlockedLink, or TimeoutError after `seconds`."""
        ends = time.monotonic() + seconds
        session = self._wait_for_session(min(seconds, self._settings.connect_timeout))
        if session.is_blocked:
            raise BlockedLink
        body = write_json({"args": arguments, "kwargs": {}})
        number = f"{next(self._numbers)}"
        waiting = self._waiting[number] = Waiting()
        try:
            self._send(session, routing_key, body, number, ends - time.monotonic())
            return self._outcome(waiting, number, ends)
        finally:
            self._waiting.pop(number, None)

    def _send(self, session: Session, routing_key: str, body: bytes, number: str, seconds: float) -> None:
        message = prepare(
            session.channel,
            body,
            headers={DEADLINE_HEADER: deadline_after(seconds)},
            reply_to=session.reply_to,
            correlation_id=number,
            expiration=str(max(int(seconds * 1000), 1)),
            user_id=session.user_id,
        )
        try:
            post(session.channel, message, routing_key=routing_key, mandatory=True)
        except LOST as lost:
            session.end()  # part of a frame may be out: nothing more may follow it
            raise LostLink from lost
        if self._session is not session:  # lost meanwhile, perhaps before this call was on the list
            raise LostLink

    def _outcome(self, waiting: Waiting, number: str, ends: float) -> bytes:
        if not waiting.wait(ends - time.monotonic()) and self._waiting.pop(number, None) is not None:
            raise TimeoutError
        outcome = waiting.outcome
        if isinstance(outcome, bytes):
            return outcome
        raise outcome or TimeoutError()

    def _wait_for_session(self, seconds: float) -> Session:
        session = self._session
        if session is not None:
            return session
        with self._changed:
            self._changed.wait_for(lambda: self._session is not None or self._closed.is_set(), timeout=seconds)
            session = self._session
        if session is None:
            raise LostLink
        return session

    def _read(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._closed.is_set():
            try:
                session = self._connect()
                retry_seconds = FIRST_RETRY_SECONDS
                self._read_from(session)
            except LOST as lost:
                if not self._closed.is_set():
                    log.warning("rpc connection lost", error=type(lost).__name__)
            except Exception:  # py-amqp's own confusion when a connection ends under it; this thread must not
                log.exception("rpc replies not read")
            self._closed.wait(retry_seconds)
            retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)

    def _connect(self) -> Session:
        session = Session(self._settings, on_reply=self._on_reply)
        with self._changed:
            self._session = session
            self.connections += 1
            self._changed.notify_all()
        return session

    def _read_from(self, session: Session) -> None:
        try:
            while not self._closed.is_set() and session.read():
                pass
        finally:
            session.close()
            self._lose(session)

    def _lose(self, session: Session | None) -> None:
        with self._changed:
            if self._session is session:
                self._session = None
            self._changed.notify_all()
        for number in list(self._waiting):
            self._on_reply(number, LostLink())

    def _on_reply(self, number: str, outcome: bytes | Exception) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            waiting.finish(outcome)
        elif isinstance(outcome, bytes):
            self.late_replies += 1
            self._on_late_reply()
