"""The `rpc` entrypoint: a service method as a remote call, on nameko's wire protocol, with nothing taken on trust.

nameko's own entrypoint lets one header or body kill the container, runs requests nobody waits for any longer, and sends
the text of exceptions to callers. This one checks what came, answers what it can't run, and never raises into the
container.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, KeysView, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from nameko.constants import HEARTBEAT_CONFIG_KEY
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint, ProviderCollector, SharedExtension

from shared.errors import Forbidden, Invalid, StewardError, Unavailable
from shared.messaging.calls.connection import LinkSettings
from shared.messaging.calls.protocol import DEADLINE_HEADER, JSON_TYPE, is_past, write_json
from shared.messaging.calls.refusals import error_of, internal_error, refusal_behind
from shared.messaging.calls.requests import Request, RequestReader, Requests

log = structlog.get_logger(__name__)

DECLARED_KEY = "steward.topology_is_declared"
"""In a container's configuration: the topology has the service's queue, so that the service needs no right to make it."""
CALLERS_KEY = "steward.rpc_callers"
"""In a container's configuration: the broker users who may call."""
CALL_STACK_HEADER = "nameko.call_id_stack"
CALL_STACK = "call_id_stack"
LONGEST_CALL_STACK = 100
CONNECT_SECONDS = 5.0
START_SECONDS = 3.0
HEARTBEAT_SECONDS = 10.0


class UnknownOperation(Unavailable):
    """The service has no such operation: caller and service are not of the same release."""


class UnprovedCaller(Forbidden):
    """The broker does not vouch for the call's sender as one of those who may call.

    A user's topic permissions bind the routing key only: RabbitMQ before 4.0.3 also routes by the headers `CC` and `BCC`,
    by which any service could reach another's queue. The property `user_id` is the broker's own word.
    """


class MalformedCall(Invalid):
    """The request is not a call as this platform makes them."""


class OutcomeUnknown(Unavailable):
    """The request came a second time: whoever had it first was lost, and may have begun."""


class NotAnswered(OutcomeUnknown):
    """As before, and the operation only reads: whoever asked may ask again, by its code (`rpc_protocol.ASK_AGAIN`)."""


class NobodyWaits(Exception):
    """The deadline passed before a worker was free."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A checked request."""

    method: str
    payload: dict[str, Any]
    caller: dict[str, Any]

    @property
    def may_be_repeated(self) -> bool:
        """Whether a second run finds what the first one did."""
        return bool(self.caller.get("idempotency_key"))


class Beginning(Mapping[str, Any]):
    """The keyword arguments of a call: none. nameko unpacks them when a worker is free: then it is seen whether to begin."""

    def __init__(self, begin: Callable[[], None]) -> None:
        self._begin = begin

    def keys(self) -> KeysView[str]:
        self._begin()
        return super().keys()

    def __getitem__(self, name: str) -> Any:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_call(request: Request) -> Call:
    """The call in a request. Raises `MalformedCall`."""
    if request.delivery.content_type != JSON_TYPE:
        raise MalformedCall("A call is application/json.")
    try:
        body = json.loads(request.delivery.body)
    except (ValueError, RecursionError):
        raise MalformedCall("The call is not JSON.") from None
    payload, caller = _arguments(body)
    return Call(method=request.operation.rpartition(".")[2], payload=payload, caller=caller)


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


class RpcReceiver(SharedExtension, ProviderCollector):
    """Takes requests off the service's queue: checks them, runs them as workers, answers them."""

    reader: RequestReader

    def setup(self) -> None:
        _keep_exceptions_out_of_the_log()
        config = self.container.config
        self.reader = RequestReader(
            LinkSettings(
                broker_url=config["AMQP_URI"],
                connect_timeout=CONNECT_SECONDS,
                heartbeat=config.get(HEARTBEAT_CONFIG_KEY, HEARTBEAT_SECONDS),
            ),
            requests=Requests(
                service=self.container.service_name,
                prefetch=self.container.max_workers,
                is_declared=config.get(DECLARED_KEY, False),
            ),
            on_request=self.take,
        )

    def start(self) -> None:
        """Start reading; a broker that is away is waited for beside everything else."""
        self.reader.start(wait_seconds=START_SECONDS)

    def take_no_more(self) -> None:
        """Let the broker give its next requests to others; those that came are run."""
        self.reader.take_no_more()

    def stop(self) -> None:
        """The workers are done: say goodbye to the broker, which has their answers then."""
        self.reader.stop()

    def kill(self) -> None:
        """Leave what is in hand to whoever the broker gives it next."""
        self.reader.stop(goodbye_seconds=0)

    def take(self, request: Request) -> None:
        """Start on a request beside the reading of the next."""
        self.container.spawn_managed_thread(partial(self.receive, request), identifier="rpc request")

    def receive(self, request: Request) -> None:
        """Run one request, or answer why not. Raises nothing, whatever it holds."""
        try:
            self._run(request)
        except ContainerBeingKilled:
            request.give_back()
        except NobodyWaits:
            self._drop(request)
        except Exception as error:
            self.answer(request, error=self._error(request, error))

    def finish(self, request: Request, _worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        """Answer with what the worker returned or raised."""
        error = None if exc_info is None else exc_info[1]
        if isinstance(error, NobodyWaits):
            self._drop(request)
        elif error is not None:
            self.answer(request, error=self._error(request, error))
        else:
            self.answer(request, result=result)
        return result, exc_info

    def answer(self, request: Request, *, result: Any = None, error: dict[str, Any] | None = None) -> None:
        """Send the reply and settle the request; on a lost connection the broker will deliver the request again."""
        try:
            body = write_json({"result": result, "error": error})
        except (TypeError, ValueError, RecursionError) as unwritable:
            body = write_json({"result": None, "error": self._error(request, unwritable)})
        request.answer(body)

    def _run(self, request: Request) -> None:
        _raise_if_nobody_waits(request)
        self._check_sender(request)
        call = read_call(request)
        entrypoint = self._entrypoint(call.method)
        if request.delivery.redelivered and not call.may_be_repeated:
            raise self._lost(entrypoint)
        self.container.spawn_worker(
            entrypoint,
            (call.payload, call.caller),
            Beginning(partial(_raise_if_nobody_waits, request)),
            context_data=read_call_stack(request.delivery.headers),
            handle_result=partial(self.finish, request),
        )

    def _lost(self, entrypoint: StewardRpc) -> OutcomeUnknown:
        service = self.container.service_name
        if entrypoint.only_reads:
            return NotAnswered(f"{service} was lost while it was asked; ask again.")
        return OutcomeUnknown(f"Whether {service} has done this is not known; look, and ask again.")

    def _check_sender(self, request: Request) -> None:
        callers = self.container.config.get(CALLERS_KEY, ())
        if callers and request.delivery.user_id not in callers:
            log.error("rpc caller unproved", operation=request.operation, user_id=request.delivery.user_id)
            raise UnprovedCaller("The broker does not vouch for who sent this call.")

    def _entrypoint(self, method: str) -> StewardRpc:
        for provider in self._providers:
            if provider.method_name == method:
                found: StewardRpc = provider
                return found
        raise UnknownOperation(f"{self.container.service_name} has no such operation.")

    def _drop(self, request: Request) -> None:
        log.info("rpc request expired", operation=request.operation)
        request.settle()

    def _error(self, request: Request, error: BaseException) -> dict[str, Any]:
        refusal = refusal_behind(error)
        if isinstance(refusal, StewardError):
            return error_of(refusal)
        reference = uuid4().hex[:12]
        log.error(
            "rpc call failed",
            reference=reference,
            operation=request.operation,
            exc_info=(type(error), error, error.__traceback__),
        )
        return internal_error(reference)


class StewardRpc(Entrypoint):
    """The entrypoint behind `@rpc`. The method takes (payload, caller), both dicts, and returns JSON values."""

    only_reads = False
    receiver = RpcReceiver()

    def setup(self) -> None:
        self.receiver.register_provider(self)

    def stop(self) -> None:
        self.receiver.take_no_more()


class ReadingRpc(StewardRpc):
    """The entrypoint behind `@reads`: a method that changes nothing, so that it may be asked twice."""

    only_reads = True


rpc = StewardRpc.decorator
reads = ReadingRpc.decorator


class WithoutWorkerErrors(logging.Filter):
    """Drops nameko's own lines about failed workers: they hold the exception's text, and we write a line ourselves."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "error handling worker" not in str(record.msg)


def _raise_if_nobody_waits(request: Request) -> None:
    if is_past(request.delivery.headers.get(DEADLINE_HEADER)):
        raise NobodyWaits


def _keep_exceptions_out_of_the_log() -> None:
    logger = logging.getLogger("nameko.containers")
    if not any(isinstance(known, WithoutWorkerErrors) for known in logger.filters):
        logger.addFilter(WithoutWorkerErrors())
