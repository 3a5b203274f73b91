"""The gateway inside an embedded platform: what the entry point `steward.gateway` names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Protocol

from flask import Flask

from gateway.app import create_app
from gateway.identity import choose_identity
from gateway.services import Services
from gateway.settings import GatewaySettings
from shared.clock import Clock
from shared.messaging.consuming.incoming import IntakeFormats
from shared.policy.policies import Policies
from shared.settings import read_settings
from shared.telemetry.tracing import Tracing

DEVELOPMENT = "development"


class HostSettings(Protocol):
    """What the gateway wants to know of the platform's own settings."""

    environment: str

    @property
    def embedded(self) -> bool: ...

    @property
    def data_path(self) -> Path: ...


class Exposition(Protocol):
    """The figures of the services in the same process."""

    def text(self) -> bytes: ...


class Host(Protocol):
    """The platform that the gateway is a part of."""

    clock: Clock

    @property
    def settings(self) -> HostSettings: ...

    @property
    def policies(self) -> Policies: ...

    @property
    def intake_formats(self) -> IntakeFormats: ...

    @property
    def tracing(self) -> Tracing: ...

    @property
    def exposition(self) -> Exposition: ...


class Parts(Protocol):
    """What the platform hands over."""

    @property
    def services(self) -> Services: ...

    @property
    def platform(self) -> Host: ...

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...


def build(parts: Parts) -> Flask:
    """The application. Raises `IdentityRefused` when nobody could sign in, or anybody could."""
    settings = replace(read_settings(GatewaySettings), http_host=parts.host, http_port=parts.port)
    hosting = parts.platform.settings
    identity = choose_identity(
        settings=settings,
        embedded=hosting.embedded and hosting.environment == DEVELOPMENT,
        data_dir=hosting.data_path,
        clock=parts.platform.clock,
    )
    return create_app(
        services=parts.services,
        settings=settings,
        identity=identity,
        clock=parts.platform.clock,
        policies=parts.platform.policies,
        intake=parts.platform.intake_formats,
        tracing=parts.platform.tracing.of("gateway"),
        beside=parts.platform.exposition.text,
    )
