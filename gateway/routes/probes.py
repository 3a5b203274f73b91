"""What machines ask: is the process alive, is the platform ready, how is it doing, which keys sign its demo tokens."""

from __future__ import annotations

from flask import Blueprint, Response

from gateway.api import json_answer, serves
from gateway.asking import gateway
from gateway.held_figures import held_figures
from gateway.metrics import CONTENT_TYPE
from gateway.readiness import platform_state

probes = Blueprint("probes", __name__)


@probes.get("/healthz")
@serves("health.live")
def alive() -> Response:
    """This process answers."""
    return json_answer({"status": "alive"})


@probes.get("/readyz")
@serves("health.ready")
def ready() -> Response:
    """200 while at least the broker and one service answer; `services` says which features are there."""
    state = platform_state()
    return json_answer(state.as_probe(), 200 if state.usable else 503)


@probes.get("/metrics")
@serves("metrics.read")
def metrics() -> Response:
    """Prometheus metrics: this gateway's own, and what the services have set aside."""
    figures = gateway().metrics
    text = figures.exposition() + (b"" if figures.tells_services else held_figures(platform_state()))
    return Response(text, content_type=CONTENT_TYPE)


@probes.get("/.well-known/jwks.json")
@serves("keys.read")
def public_keys() -> Response:
    """The public half of the key that signs demo tokens; empty with a real identity provider."""
    return json_answer(gateway().identity.public_keys())
