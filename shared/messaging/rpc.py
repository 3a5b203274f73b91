"""The `rpc` entrypoint: a service method as a remote call, on nameko's wire protocol, with nothing taken on trust.

nameko's own entrypoint lets one header or body kill the container, runs requests nobody waits for any longer, and sends
the text of exceptions to callers. This one checks what came, answers what it can't run, and never raises into the
container.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from amqp.exceptions import AMQPError
from kombu import Connection, Consumer
from kombu.exceptions import OperationalError
from nameko.constants import DEFAULT_HEARTBEAT, HEARTBEAT_CONFIG_KEY
from nameko.exceptions import ContainerBeingKilled
from nameko.messaging import QueueConsumer
from nameko.rpc import Rpc, RpcConsumer

from shared.errors import Forbidden, Invalid, StewardError, Unavailable
from shared.messaging.deliveries import Delivery, read_delivery
from shared.messaging.embedded import wake_transports
from shared.messaging.refusals import error_of, internal_error, refusal_behind
from shared.messaging.rpc_protocol import DEADLINE_HEADER, JSON_TYPE, is_past, post, prepare, write_json
from shared.messaging.wire import TolerantFrames

log = structlog.get_logger(__name__)

DECLARED_KEY = "steward.topology_is_declared"
"""In a container's configuration: the topology has the service's queue, so that the service needs no right to make it."""
CALLERS_KEY = "steward.rpc_callers"
"""In a container's configuration: the broker users who may call."""
CALL_STACK_HEADER = "nameko.call_id_stack"
CALL_STACK = "call_id_stack"
LONGEST_CALL_STACK = 100
STOP_LOOK_SECONDS = 0.2
FIRST_RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 2.0
LOST = (OSError, AMQPError, OperationalError)


class UnknownOperation(Unavailable):
    """The service has no such operation: caller and service are not of the same release."""


class UnprovedCaller(Forbidden):
    """The broker does not vouch for the call's sender as one of those who may call.

    A user's topic permissions bind the routing key only: RabbitMQ before 4.0.3 also routes by the headers `CC` and `BCC`,
    by which any service could reach another's queue. The property `user_id` is the broker's own word.
    """


class MalformedCall(Invalid):
    """The request is not a call as this platform makes them."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A checked request."""

    method: str
    payload: dict[str, Any]
    caller: dict[str, Any]


def read_call(delivery: Delivery) -> Call:
    """The call in a delivery. Raises `MalformedCall`."""
    if delivery.content_type != JSON_TYPE:
        raise MalformedCall("A call is application/json.")
    try:
        body = json.loads(delivery.body)
    except (ValueError, RecursionError):
        raise MalformedCall("The call is not JSON.") from None
    payload, caller = _arguments(body)
    return Call(method=delivery.routing_key.rpartition(".")[2], payload=payload, caller=caller)


def _arguments(body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    if not isinstance(body, dict) or body.get("kwargs") != {}:
        raise MalformedCall("A call has args, and empty kwargs.")
    match body.get("args"):
        case [dict(payload), dict(caller)]:
            return payload, caller
    raise MalformedCall("A call's args are a payload and a caller, both objects.")


def read_call_stack(headers: Mapping[str, Any]) -> dict[str, Any]:
    """What nameko may see of a request's headers: the list of call ids, if that is what it is. Others are stripped."""
    stack = headers.get(CALL_STACK_HEADER)
    if isinstance(stack, list) and len(stack) <= LONGEST_CALL_STACK and all(isinstance(item, str) for item in stack):
        return {CALL_STACK: list(stack)}
    return {}


class RawConsumer(Consumer):
    """Hands messages on untouched: kombu would inflate and decode them, and acknowledge what it can't decode."""

    def _receive_callback(self, message: Any) -> Any:
        return self.on_message(message)


class RpcQueueConsumer(QueueConsumer):
    """Consumes raw requests; survives the loss of its connection between taking a request and settling it."""

    @property
    def connection(self) -> Connection:
        """What nameko connects with: no message breaks it."""
        heartbeat = self.container.config.get(HEARTBEAT_CONFIG_KEY, DEFAULT_HEARTBEAT)
        options = {"frame_handler": TolerantFrames}
        return Connection(self.amqp_uri, heartbeat=heartbeat, transport_options=options)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        """A connection, however long the broker is away; nameko's own waits grow to half a minute."""
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error,
                interval_start=FIRST_RETRY_SECONDS,
                interval_step=FIRST_RETRY_SECONDS,
                interval_max=LONGEST_RETRY_SECONDS,
            )
            yield connection

    def on_connection_error(self, exc: BaseException, interval: float) -> None:
        log.warning("rpc broker away", error=type(exc).__name__, retry_seconds=interval)

    def get_consumers(self, consumer_cls: Any, channel: Any) -> Any:
        channel.auto_decode = False
        for provider in self._providers:
            consumer = RawConsumer(channel, queues=[provider.queue], on_message=partial(self.take, provider))
            consumer.qos(prefetch_count=self.prefetch_count)
            self._consumers[provider] = consumer
        return self._consumers.values()

    def take(self, provider: RpcReceiver, message: Any) -> None:
        """Start on a request beside the reading of the next."""
        self.container.spawn_managed_thread(partial(provider.receive, message), identifier="rpc request")

    def consume(self, *args: Any, **options: Any) -> Any:
        return super().consume(*args, **{"safety_interval": STOP_LOOK_SECONDS, **options})

    def unregister_provider(self, provider: Any) -> None:
        wake_transports()
        super().unregister_provider(provider)


class RpcReceiver(RpcConsumer):
    """Takes requests off the service's queue: checks them, runs them as workers, answers them."""

    queue_consumer = RpcQueueConsumer()

    def setup(self) -> None:
        super().setup()
        queue: Any = self.queue
        queue.no_declare = self.container.config.get(DECLARED_KEY, False)
        _keep_exceptions_out_of_the_log()

    def receive(self, message: Any) -> None:
        """Run one request, or answer why not. Raises nothing, whatever it holds."""
        try:
            self._run(message)
        except ContainerBeingKilled:
            self._settle(message, requeue=True)
        except Exception as error:
            self.answer(message, error=self._error(message, error))

    def finish(self, message: Any, _worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """Answer with what the worker returned or raised."""
        if exc_info is None:
            self.answer(message, result=result)
        else:
            self.answer(message, error=self._error(message, exc_info[1]))
        return result, exc_info

    def answer(self, message: Any, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        """Send the reply and settle the request; on a lost connection the broker will deliver the request again."""
        try:
            body = write_json({"result": result, "error": error})
        except (TypeError, ValueError, RecursionError) as unwritable:
            body = write_json({"result": None, "error": self._error(message, unwritable)})
        try:
            self._reply(message, body)
        except LOST as lost:
            log.warning("rpc reply not sent", service=self.container.service_name, error=type(lost).__name__)
        self._settle(message)

    def _run(self, message: Any) -> None:
        delivery = read_delivery(message)
        if is_past(delivery.headers.get(DEADLINE_HEADER)):
            log.info("rpc request expired", operation=delivery.routing_key)
            self._settle(message)
            return
        self._check_sender(delivery)
        call = read_call(delivery)
        self.container.spawn_worker(
            self._entrypoint(call.method),
            (call.payload, call.caller),
            {},
            context_data=read_call_stack(delivery.headers),
            handle_result=partial(self.finish, message),
        )

    def _check_sender(self, delivery: Delivery) -> None:
        callers = self.container.config.get(CALLERS_KEY, ())
        if callers and delivery.user_id not in callers:
            log.error("rpc caller unproved", operation=delivery.routing_key, user_id=delivery.user_id)
            raise UnprovedCaller("The broker does not vouch for who sent this call.")

    def _entrypoint(self, method: str) -> StewardRpc:
        for provider in self._providers:
            if provider.method_name == method:
                found: StewardRpc = provider
                return found
        raise UnknownOperation(f"{self.container.service_name} has no such operation.")

    def _error(self, message: Any, error: BaseException) -> dict[str, Any]:
        refusal = refusal_behind(error)
        if isinstance(refusal, StewardError):
            return error_of(refusal)
        reference = uuid4().hex[:12]
        log.error(
            "rpc call failed",
            reference=reference,
            operation=message.delivery_info.get("routing_key"),
            exc_info=(type(error), error, error.__traceback__),
        )
        return internal_error(reference)

    def _reply(self, message: Any, body: bytes) -> None:
        properties = message.properties
        reply_to, correlation_id = properties.get("reply_to"), properties.get("correlation_id")
        if not reply_to or message.channel.connection is None:
            return
        reply = prepare(message.channel, body, correlation_id=correlation_id)
        post(message.channel, reply, routing_key=reply_to)

    def _settle(self, message: Any, *, requeue: bool = False) -> None:
        channel = message.channel
        if channel.connection is None:
            return
        try:
            if requeue:
                channel.basic_reject(message.delivery_tag, requeue=True)
            else:
                channel.basic_ack(message.delivery_tag)
        except LOST as lost:
            log.warning("rpc request not settled", service=self.container.service_name, error=type(lost).__name__)


class StewardRpc(Rpc):
    """The entrypoint behind `@rpc`. The method takes (payload, caller), both dicts, and returns JSON values."""

    rpc_consumer = RpcReceiver()


rpc = StewardRpc.decorator


class WithoutWorkerErrors(logging.Filter):
    """Drops nameko's own lines about failed workers: they hold the exception's text, and we write a line ourselves."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "error handling worker" not in str(record.msg)


def _keep_exceptions_out_of_the_log() -> None:
    logger = logging.getLogger("nameko.containers")
    if not any(isinstance(known, WithoutWorkerErrors) for known in logger.filters):
        logger.addFilter(WithoutWorkerErrors())
