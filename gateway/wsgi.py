"""The gateway as a process of its own: `gunicorn --config gateway/gunicorn.conf.py 'gateway.wsgi:application()'`."""

from __future__ import annotations

import atexit

from flask import Flask

from gateway.app import create_app
from gateway.identity import choose_identity
from gateway.settings import GatewaySettings
from shared.clock import SystemClock
from shared.logs import configure_logs
from shared.messaging.calls.circuit import CircuitSettings
from shared.messaging.calls.client import RpcClient
from shared.messaging.consuming.incoming import IntakeFormats, load_intake_formats
from shared.runtime.packs import load_policies
from shared.runtime.settings import PlatformSettings
from shared.settings import read_settings
from shared.telemetry.tracing import open_tracing


def application() -> Flask:
    """The application, from the environment. Raises `BadSetting` or `IdentityRefused` with a sentence."""
    platform = read_settings(PlatformSettings)
    settings = read_settings(GatewaySettings)
    configure_logs(level=platform.log_level)
    clock = SystemClock()
    tracing = open_tracing(exporter=platform.traces, to=platform.traces_to, share=platform.traces_share, embedded=False)
    atexit.register(tracing.close)
    return create_app(
        services=_client(platform),
        settings=settings,
        identity=choose_identity(settings=settings, embedded=False, data_dir=platform.data_path, clock=clock),
        clock=clock,
        policies=load_policies(platform.policy_packs),
        intake=_intake(platform, settings),
        tracing=tracing.of("gateway"),
    )


def _intake(platform: PlatformSettings, settings: GatewaySettings) -> IntakeFormats:
    return load_intake_formats(
        platform.intake_formats,
        body_bytes=settings.body_limit_bytes,
        deepest=platform.event_depth,
        most_values=platform.event_values,
    )


def _client(platform: PlatformSettings) -> RpcClient:
    return RpcClient(
        platform.broker_url,
        timeout=platform.rpc_seconds,
        connect_timeout=platform.rpc_connect_seconds,
        heartbeat=platform.rpc_heartbeat_seconds,
        circuit=read_settings(CircuitSettings),
    )
