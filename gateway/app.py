"""Builds the gateway's WSGI application from its parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import flask_smorest
import structlog
from flask import Flask, Response, current_app, g, request
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from gateway.api import Api, IdConverter, add_id_converter, id_parameter, operation_of, serves
from gateway.asking import EXTENSION, Gateway, correlation_id, gateway
from gateway.feed import FeedHub
from gateway.headers import add_security_headers
from gateway.identity import Identity
from gateway.metrics import MeasuredServices, Metrics, no_figures
from gateway.pages import PAGES
from gateway.pages.showing import add_layout
from gateway.pages.words import add_words
from gateway.permissions import packaged_permissions
from gateway.problems import register_problems
from gateway.routes import API_ROUTES, PLAIN_ROUTES
from gateway.services import Services
from gateway.session import caller_of
from gateway.settings import LOOPBACK_HOSTS, GatewaySettings
from gateway.strict import correlation_of
from shared.clock import Clock
from shared.errors import Forbidden
from shared.messaging.consuming.incoming import BUILT_IN_FORMATS, IntakeFormats, load_intake_formats
from shared.policy.policies import Policies
from shared.schemas import DayField, IdField, InstantField, PenceField
from shared.telemetry.tracing import ServiceTracing, Untraced

API_VERSION = "v1"

log = structlog.get_logger(__name__)


def create_app(
    *,
    services: Services,
    settings: GatewaySettings,
    identity: Identity,
    clock: Clock,
    feed: FeedHub | None = None,
    policies: Policies | None = None,
    intake: IntakeFormats | None = None,
    extra_routes: Sequence[flask_smorest.Blueprint] = (),
    tracing: ServiceTracing | None = None,
    beside: Callable[[], bytes] = no_figures,
) -> Flask:
    """The application. `policies` and `intake` default to what is built in; `extra_routes` are those of plugged-in services,
    `beside` the figures of services that run in the same process.
    """
    app = Flask("gateway")
    metrics = Metrics(beside=beside)
    told = tracing or Untraced()
    app.wsgi_app = told.wsgi(app.wsgi_app)  # type: ignore[method-assign]  # how Flask has it wrapped
    measured = told.services(MeasuredServices(services=services, timings=metrics))
    app.extensions[EXTENSION] = Gateway(
        services=measured,
        settings=settings,
        identity=identity,
        clock=clock,
        permissions=packaged_permissions(),
        metrics=metrics,
        feed=feed or FeedHub(services=measured, settings=settings),
        policies=policies or Policies.load(),
        intake=intake or load_intake_formats(BUILT_IN_FORMATS, body_bytes=settings.body_limit_bytes),
    )
    _configure(app, settings, development=identity.sign_in is not None)
    _add_steps(app)
    _add_routes(app, extra_routes)
    return app


def _configure(app: Flask, settings: GatewaySettings, *, development: bool) -> None:
    app.config["MAX_CONTENT_LENGTH"] = settings.body_limit_bytes
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.body_limit_bytes
    # With demo sign-ins, a page that rebinds its own name to this machine must find nobody home.
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts or (LOOPBACK_HOSTS if development else ())) or None
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = timedelta(hours=1)
    app.config.update(API_TITLE=settings.platform_name, API_VERSION=API_VERSION, OPENAPI_VERSION="3.1.0")
    app.jinja_loader = ChoiceLoader(
        [PackageLoader("gateway"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]


def _add_steps(app: Flask) -> None:
    register_problems(app)
    add_layout(app)
    add_words(app)
    app.before_request(_begin)
    app.before_request(_authorise)
    app.after_request(_finish)


def _add_routes(app: Flask, extra_routes: Sequence[flask_smorest.Blueprint]) -> None:
    add_id_converter(app)
    api = Api(app, spec_kwargs=_spec())
    api.register_converter(IdConverter, id_parameter)
    api.register_field(PenceField, "integer", None)
    api.register_field(IdField, "string", None)
    api.register_field(DayField, "string", "date")
    api.register_field(InstantField, "string", "date-time")
    for blueprint in (*API_ROUTES, *extra_routes):
        api.register_blueprint(blueprint)
    for plain in (*PLAIN_ROUTES, *PAGES):
        app.register_blueprint(plain)
    serves("assets.read")(app.view_functions["static"])


def _spec() -> dict[str, object]:
    schemes = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    return {
        "info": {
            "description": "Self-directed adult social care for English councils. Every error is an RFC 9457 problem.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "components": {"securitySchemes": schemes},
        "security": [{"bearer": []}, {}],
        "servers": [{"url": "/"}],
    }


def _begin() -> None:
    g.began = time.perf_counter()
    g.correlation_id = ""
    request.environ["steward.route"] = request.url_rule.rule if request.url_rule else ""
    g.correlation_id = correlation_of(request.headers)


def _authorise() -> None:
    """Finds out who asks, and whether they may. A route without an operation is nobody's."""
    g.caller = caller_of(request)
    if request.endpoint is None or request.method == "OPTIONS":
        return
    operation = operation_of(current_app.view_functions[request.endpoint])
    if operation is None:
        raise Forbidden("this address is in no rule, so nobody may use it")
    g.operation = operation
    gateway().permissions.check(operation, g.caller.roles, signed_in=g.signed_in)


def _finish(response: Response) -> Response:
    if correlation_id():
        response.headers["X-Correlation-Id"] = correlation_id()
    add_security_headers(response)
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    operation = g.get("operation", "none")
    gateway().metrics.request_answered(operation=operation, status=response.status_code, seconds=seconds)
    log.info(
        "request.answered",
        operation=operation,
        status=response.status_code,
        milliseconds=round(seconds * 1000, 1),
        correlation_id=correlation_id(),
    )
    return response
