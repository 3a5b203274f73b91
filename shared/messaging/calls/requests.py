"""The connection of a service that answers remote calls: it reads requests, and comes back after any loss."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from amqp import spec

from shared.messaging.broker.topology import rpc_queue
from shared.messaging.calls.connection import (
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    LinkSettings,
    RpcConnection,
)
from shared.messaging.calls.protocol import RPC_EXCHANGE, post, prepare
from shared.messaging.consuming.deliveries import Delivery, read_delivery
from shared.messaging.wire.connection import LOST, consume

log = structlog.get_logger(__name__)

GOODBYE_SECONDS = 2.0
LOOK_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Requests:
    """Whose requests are read, how many are taken ahead, and whether the broker has their queue already."""

    service: str
    prefetch: int
    is_declared: bool = False


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request in hand, and the session it came by: only there can it be answered and settled."""

    delivery: Delivery
    session: RequestSession

    @property
    def operation(self) -> str:
        """Service and method that were asked for."""
        return self.delivery.routing_key

    def answer(self, body: bytes) -> None:
        """Send the reply and settle. On a lost connection, nothing: the broker will deliver the request again."""
        if self.delivery.reply_to:
            self.session.reply(self.delivery, body)
        self.settle()

    def settle(self) -> None:
        """The broker may forget the request."""
        self.session.write(lambda channel: channel.basic_ack(self.delivery.delivery_tag))

    def give_back(self) -> None:
        """The broker shall give the request to another."""
        self.session.write(lambda channel: channel.basic_reject(self.delivery.delivery_tag, requeue=True))


class RequestSession(RpcConnection):
    """One connection that consumes a service's requests."""

    def __init__(self, settings: LinkSettings, *, requests: Requests, on_request: Callable[[Request], None]) -> None:
        super().__init__(settings)
        self._tag = rpc_queue(requests.service)
        self._is_lost = False
        self._on_request = on_request
        try:
            self._consume(requests)
        except BaseException:
            self.close()
            raise

    @property
    def takes_requests(self) -> bool:
        """Whether the broker may still send any."""
        return not self._is_lost and self._tag in getattr(self.channel, "callbacks", ())

    def reply(self, delivery: Delivery, body: bytes) -> None:
        """Send a reply to who asked."""
        self.write(lambda channel: self._post(channel, delivery, body))

    def write(self, send: Callable[[Any], object]) -> None:
        """Send something; a connection that can't be written to is given up."""
        if self._is_lost:
            return
        try:
            send(self.channel)
        except LOST as lost:
            self._is_lost = True
            log.warning("rpc answer not sent", error=type(lost).__name__)
            self.end()  # part of a frame may be out: nothing more may follow it

    def take_no_more(self) -> None:
        """Ask the broker to send no more requests; the reading thread hears when the last of them has come."""
        self.write(self._cancel)

    def close(self) -> None:
        self._is_lost = True
        super().close()

    def _consume(self, requests: Requests) -> None:
        channel, name = self.channel, rpc_queue(requests.service)
        if not requests.is_declared:
            channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
            channel.queue_declare(name, durable=True, auto_delete=False)
            channel.queue_bind(name, RPC_EXCHANGE, f"{requests.service}.*")
        channel.basic_qos(0, requests.prefetch, False)
        consume(channel, name, tag=self._tag, callback=self._on_message)

    def _on_message(self, message: Any) -> None:
        self._on_request(Request(delivery=read_delivery(message), session=self))

    def _cancel(self, channel: Any) -> None:
        """py-amqp's own `basic_cancel` would read the answer in this thread."""
        send_method = getattr(channel, "send_method", None)
        if send_method is None:
            channel.basic_cancel(self._tag)
        else:
            send_method(spec.Basic.Cancel, "sb", (self._tag, False))

    @staticmethod
    def _post(channel: Any, delivery: Delivery, body: bytes) -> None:
        reply = prepare(channel, body, correlation_id=delivery.correlation_id)
        post(channel, reply, routing_key=str(delivery.reply_to))


class RequestReader:
    """Reads a service's requests in a thread of its own while the broker is there, and waits for it while it is not."""

    def __init__(self, settings: LinkSettings, *, requests: Requests, on_request: Callable[[Request], None]) -> None:
        self._settings = settings
        self._requests = requests
        self._on_request = on_request
        self._stopping = threading.Event()
        self._ready = threading.Event()
        self._session: RequestSession | None = None
        self._reading = threading.Thread(target=self._read, name="rpc-requests", daemon=True)

    def start(self, *, wait_seconds: float) -> None:
        """Start reading. Returns when requests reach the service, and when the broker is away after that time."""
        self._reading.start()
        self._ready.wait(wait_seconds)

    def take_no_more(self) -> None:
        """Take no request that the broker has not sent yet. Returns when the last of those is there, soon at any rate."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        session = self._session
        if session is None:
            return
        session.take_no_more()
        deadline = time.monotonic() + GOODBYE_SECONDS
        while session.takes_requests and time.monotonic() < deadline:
            time.sleep(LOOK_SECONDS)

    def stop(self, *, goodbye_seconds: float = GOODBYE_SECONDS) -> None:
        """End the connection after all that was written to it; a broker that does not say goodbye is not waited for."""
        self._stopping.set()
        session = self._session
        if session is not None and goodbye_seconds:
            session.finish()
            self._reading.join(goodbye_seconds)
        if session is not None:
            session.end()
        if self._reading.is_alive():
            self._reading.join(GOODBYE_SECONDS)

    def _read(self) -> None:
        retry_seconds = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            try:
                session = self._connect()
                retry_seconds = FIRST_RETRY_SECONDS
                self._read_from(session)
            except LOST as lost:
                log.warning("rpc broker away", service=self._requests.service, error=type(lost).__name__)
            except Exception:  # py-amqp's own confusion when a connection ends under it; this thread must go on
                log.exception("rpc requests not read", service=self._requests.service)
            self._stopping.wait(retry_seconds)
            retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)

    def _connect(self) -> RequestSession:
        session = RequestSession(self._settings, requests=self._requests, on_request=self._on_request)
        self._session = session
        self._ready.set()
        if self._stopping.is_set():  # who asked to stop did not see it
            session.finish()
        return session

    def _read_from(self, session: RequestSession) -> None:
        try:
            while session.read():
                pass
        finally:
            self._session = None
            session.close()
