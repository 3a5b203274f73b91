"""The gateway's part of the generated documents."""

from __future__ import annotations

from typing import Any

from gateway.app import create_app
from gateway.identity import provider_identity
from gateway.routes.documentation import openapi_document
from gateway.settings import GatewaySettings
from shared.clock import SystemClock
from shared.context import Caller
from shared.errors import Unavailable


class NoServices:
    """Documents are made without a running platform."""

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> dict[str, Any]:
        raise Unavailable(f"{service} is not running")


def openapi() -> dict[str, Any]:
    """The OpenAPI document of the built-in routes."""
    settings = GatewaySettings(
        oidc_issuer="https://identity.example.org", oidc_jwks="https://identity.example.org/jwks"
    )
    clock = SystemClock()
    identity = provider_identity(settings=settings, clock=clock)
    return openapi_document(create_app(services=NoServices(), settings=settings, identity=identity, clock=clock))
