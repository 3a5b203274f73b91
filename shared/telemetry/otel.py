"""Traces by OpenTelemetry. Imported only where they are on, and in a patched process only after it is patched.

Of an error only its kind is told: an exception's text may hold what somebody wrote.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shared.errors import StewardError
from shared.store.documents import Store
from shared.telemetry import spans
from shared.telemetry.current import current_traceparent, set_traceparent
from shared.telemetry.outward import Attributes, Outward, TracedPart
from shared.telemetry.stores import TracedStore
from shared.telemetry.tracing import F, W
from shared.telemetry.workers import Work, work_of

PROPAGATOR = TraceContextTextMapPropagator()
HEADER = "ce-traceparent"
OTLP_TO = "http://localhost:4318/v1/traces"
FILE_TO = "traces.jsonl"


def exporter_named(exporter: str, to: str) -> SpanExporter:
    """Where spans go: an OTLP collector by HTTP, standard error, or a file of JSON lines."""
    if exporter == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=to or OTLP_TO)
    if exporter == "console":
        return _json_lines(sys.stderr)
    return _json_lines(Path(to or FILE_TO).open("a", encoding="utf-8"))


def _json_lines(out: IO[str]) -> SpanExporter:
    return JsonLines(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")


class JsonLines(ConsoleSpanExporter):
    """A line for each span, in a file that is closed at the end."""

    def shutdown(self) -> None:
        if self.out is not sys.stderr:
            self.out.close()


class Traced:
    """A process's traces, each service under its own name, sent together and beside the work."""

    def __init__(self, *, exporter: SpanExporter, share: float, embedded: bool) -> None:
        self._sampler = ParentBased(TraceIdRatioBased(share))
        self._sending = BatchSpanProcessor(exporter)
        self._system = spans.EMBEDDED if embedded else spans.RABBITMQ
        self._instance = str(uuid4())
        self._services: dict[str, tuple[TracerProvider, ServiceTraces]] = {}

    def of(self, service: str) -> ServiceTraces:
        """The traces of one service in this process."""
        if service not in self._services:
            provider = self._provider(service)
            traces = ServiceTraces(
                tracer=provider.get_tracer("steward", version("steward")), service=service, system=self._system
            )
            self._services[service] = (provider, traces)
        return self._services[service][1]

    def flush(self) -> None:
        """Sends now what has not been sent yet."""
        self._sending.force_flush()

    def close(self) -> None:
        """Sends what has not been sent yet, and ends."""
        self._sending.shutdown()  # type: ignore[no-untyped-call]  # theirs has no annotation

    def _provider(self, service: str) -> TracerProvider:
        told = {
            "service.name": service,
            "service.namespace": "steward",
            "service.version": version("steward"),
            "service.instance.id": self._instance,
        }
        provider = TracerProvider(sampler=self._sampler, resource=Resource.create(told), shutdown_on_exit=False)
        provider.add_span_processor(self._sending)
        return provider


class ServiceTraces:
    """See `ServiceTracing`."""

    on = True

    def __init__(self, *, tracer: trace.Tracer, service: str, system: str) -> None:
        self._tracer = tracer
        self._service = service
        self._system = system

    def store(self, store: Store, *, system: str) -> Store:
        """Questions and writes are told of as part of what is traced; what runs by itself is not."""
        return cast(Store, TracedStore(store, told=self._store_span, system=system))

    def publisher(self, publisher: W) -> W:
        """Each event's sending, as part of the trace in which it was written."""
        return cast(W, TracedPublisher(publisher, begin=self._begin_publish))

    def apply(self, apply: F) -> F:
        """Each applying of an event; what it causes carries this span on."""

        def traced(event: Any, envelope: Any) -> Any:
            attributes = spans.process_attributes(envelope, system=self._system, service=self._service)
            name = f"process {envelope.stream}.{envelope.type}"
            with self._span(name, SpanKind.CONSUMER, attributes, parent=parent_of(envelope.traceparent)) as span:
                return apply(event, replace(envelope, traceparent=traceparent_of(span)))

        return cast(F, traced)

    def begin_worker(self, worker: Any) -> None:
        """Begins the worker's span; a handler's is that of the event it applies."""
        work = work_of(worker, system=self._system, service=self._service)
        if work is None:
            return
        if work.kind is None:
            worker.traced = Entered(trace.get_current_span(parent_of(work.traceparent)))
            return
        span = self._tracer.start_span(
            work.name, parent_of(work.traceparent), SpanKind[work.kind], attributes=work.attributes
        )
        worker.traced = Entered(span)
        _pass_on(worker, work, span)

    def end_worker(self, worker: Any, result: Any = None, exc_info: Any = None) -> None:
        """Ends the worker's span."""
        entered = getattr(worker, "traced", None)
        if entered is None:
            return
        if exc_info is not None:
            tell_error(entered.span, exc_info[1])
        entered.leave()

    def part(self, part: W, outward: Outward) -> W:
        """Each call of the part, as part of what is traced."""
        return cast(W, TracedPart(part, outward, told=self._outward_span))

    def work(self, name: str, do: F) -> F:
        """Each piece of work, under the span that is in hand where it is begun, or as a trace of its own."""

        def traced(id: str) -> Any:
            with self._span(f"{self._service}.{name}", SpanKind.INTERNAL, {}, parent=parent_of(current_traceparent())):
                return do(id)

        return cast(F, traced)

    def services(self, services: W) -> W:
        """Each call, as part of the request in hand; calls of the platform's own accord are not told of."""
        return cast(W, TracedServices(services, told=self._call_span))

    def wsgi(self, app: Any) -> Any:
        """Each request, from its coming in until its answer begins."""
        return TracedRequests(app, begin=self._begin_request)

    @contextmanager
    def _span(
        self, name: str, kind: SpanKind, attributes: Attributes, *, parent: Context | None = None
    ) -> Iterator[Span]:
        entered = Entered(self._tracer.start_span(name, parent, kind, attributes=attributes))
        try:
            yield entered.span
        except Exception as error:
            tell_error(entered.span, error)
            raise
        finally:
            entered.leave()

    @contextmanager
    def _store_span(self, *, system: str, collection: str, operation: str) -> Iterator[None]:
        if not trace.get_current_span().get_span_context().trace_flags.sampled:
            yield
            return
        attributes = spans.store_attributes(
            system=system, service=self._service, collection=collection, operation=operation
        )
        with self._span(f"{operation} {collection}", SpanKind.CLIENT, attributes):
            yield

    @contextmanager
    def _outward_span(self, name: str, attributes: Attributes) -> Iterator[Callable[[Attributes], None]]:
        if not trace.get_current_span().get_span_context().trace_flags.sampled:
            yield _tell_nobody
            return
        with self._span(name, SpanKind.CLIENT, attributes) as span:
            yield span.set_attributes

    @contextmanager
    def _call_span(self, method: str) -> Iterator[str | None]:
        if not current_traceparent():
            yield None
            return
        with self._span(method, SpanKind.CLIENT, spans.rpc_attributes(method)) as span:
            yield traceparent_of(span)

    def _begin_publish(self, headers: Mapping[str, Any], **told: Any) -> Span:
        name = f"publish {told['exchange']}:{headers.get('ce-type', '')}"
        attributes = spans.publish_attributes(system=self._system, headers=headers, **told)
        return self._tracer.start_span(
            name, parent_of(headers.get(HEADER, "")), SpanKind.PRODUCER, attributes=attributes
        )

    def _begin_request(self, environ: Mapping[str, Any]) -> Span:
        parent = parent_of(environ.get("HTTP_TRACEPARENT", ""))
        attributes = spans.http_attributes(environ)
        name = str(attributes["http.request.method"])
        return self._tracer.start_span(name, parent, SpanKind.SERVER, attributes=attributes)


class Entered:
    """A span that is the one in hand until it is left, by the same thread (or green thread) that entered it."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self._before = current_traceparent()
        self._token = contexts.attach(trace.set_span_in_context(span))
        set_traceparent(traceparent_of(span))

    def leave(self) -> None:
        """Ends the span; the one before it is in hand again."""
        contexts.detach(self._token)
        set_traceparent(self._before)
        self.span.end()


class TracedPublisher:
    """A publisher whose events' sendings are told of."""

    def __init__(self, publisher: Any, *, begin: Callable[..., Span]) -> None:
        self._publisher = publisher
        self._begin = begin

    def __getattr__(self, name: str) -> Any:
        return getattr(self._publisher, name)

    def publish(self, *, headers: Mapping[str, Any], **message: Any) -> Any:
        """Sends; an event that belongs to no trace yet begins one here, so that its readers share it."""
        if "ce-type" not in headers:
            return self._publisher.publish(headers=headers, **message)
        told = {name: message[name] for name in ("exchange", "routing_key", "body", "message_id")}
        span = self._begin(headers, **told)
        carried = headers if headers.get(HEADER) else {**headers, HEADER: traceparent_of(span)}
        try:
            return TracedConfirmation(self._publisher.publish(headers=carried, **message), span)
        except Exception as error:
            tell_error(span, error)
            span.end()
            raise


class TracedConfirmation:
    """A publish's confirmation; the span ends with the wait for it, or when nobody will wait any more."""

    def __init__(self, confirmation: Any, span: Span) -> None:
        self._confirmation = confirmation
        self._span = span

    def __getattr__(self, name: str) -> Any:
        return getattr(self._confirmation, name)

    def wait(self) -> None:
        """See `Confirmation.wait`."""
        try:
            self._confirmation.wait()
        except Exception as error:
            tell_error(self._span, error)
            raise
        finally:
            self._end()

    def _end(self) -> None:
        if self._span.is_recording():
            self._span.end()

    def __del__(self) -> None:
        self._end()


class TracedServices:
    """Calls to services that are told of."""

    def __init__(self, services: Any, *, told: Callable[[str], Any]) -> None:
        self._services = services
        self._told = told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._services, name)

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Any, timeout: float | None = None
    ) -> Any:
        """See `Services.call`."""
        with self._told(f"{service}.{method}") as traceparent:
            caller = replace(caller, traceparent=traceparent) if traceparent else caller
            return self._services.call(service, method, payload, caller, timeout=timeout)


class TracedRequests:
    """A WSGI application whose requests are told of, by the route that answered them."""

    def __init__(self, app: Any, *, begin: Callable[[Mapping[str, Any]], Span]) -> None:
        self._app = app
        self._begin = begin

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO", "") in ("/healthz", "/readyz", "/metrics"):
            return self._app(environ, start_response)
        entered = Entered(self._begin(environ))
        environ["HTTP_TRACEPARENT"] = current_traceparent()

        def started(status: str, *rest: Any) -> Any:
            tell_status(entered.span, int(status[:3]))
            return start_response(status, *rest)

        try:
            return self._app(environ, started)
        finally:
            tell_route(entered.span, environ)
            entered.leave()


def _tell_nobody(_attributes: Attributes) -> None:
    """Where nothing is traced."""


def tell_status(span: Span, status: int) -> None:
    """Of a server's answers only 500 and above are errors."""
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_attribute("error.type", str(status))
        span.set_status(Status(StatusCode.ERROR))


def tell_route(span: Span, environ: Mapping[str, Any]) -> None:
    """Which route answered: the application leaves it in the environment."""
    route = environ.get("steward.route")
    if route:
        span.set_attribute("http.route", route)
        span.update_name(f"{environ['REQUEST_METHOD']} {route}")


def tell_error(span: Span, error: BaseException) -> None:
    """An error by its kind only."""
    kind = error.code if isinstance(error, StewardError) else type(error).__qualname__
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR))


def parent_of(traceparent: str) -> Context:
    """The context that a `traceparent` names; an empty one for what is none."""
    return PROPAGATOR.extract({"traceparent": traceparent}, Context()) if traceparent else Context()


def traceparent_of(span: Span) -> str:
    """How others are told of this span."""
    told: dict[str, str] = {}
    PROPAGATOR.inject(told, trace.set_span_in_context(span, Context()))
    return told.get("traceparent", "")


def _pass_on(worker: Any, work: Work, span: Span) -> None:
    """What a call writes belongs to its span, not to the caller's."""
    if work.is_call:
        payload, caller = worker.args
        worker.args = (payload, {**caller, "traceparent": traceparent_of(span)})
