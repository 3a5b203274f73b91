"""The whole platform in one process: every service in a supervised container, and the gateway beside them.

`serve` must be called in a process that eventlet has patched before anything else was imported (`shared.cli.up` does so).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import eventlet
import structlog
from eventlet import wsgi

from shared.messaging.calls.circuit import CircuitSettings
from shared.messaging.calls.client import RpcClient
from shared.plugins.registry import load_plugins
from shared.runtime.folder import DataFolder
from shared.runtime.garbage import look_for_cycles_less_often
from shared.runtime.platform import Platform, beside_eventlet
from shared.runtime.settings import PlatformSettings
from shared.runtime.supervisor import Supervisor, SupervisorSettings
from shared.settings import read_settings

log = structlog.get_logger(__name__)
MOST_CONNECTIONS = 1000
SOCKET_TIMEOUT_SECONDS = 60


class NotStarted(Exception):
    """A service could not be brought up."""


def listen(host: str, port: int) -> Any:
    """A listening socket whose connections send at once: an answer in several writes would else wait 40 ms for its reader."""
    listener = eventlet.listen((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@dataclass(frozen=True, kw_only=True)
class GatewayParts:
    """What the gateway's entry point is given to build its WSGI application with."""

    services: RpcClient
    platform: Platform
    host: str
    port: int


class EmbeddedPlatform:
    """A running platform on one data folder. `start` returns once it answers; `stop` ends it cleanly."""

    def __init__(self, settings: PlatformSettings, *, host: str, port: int) -> None:
        self.settings = settings
        self.host = host
        self._folder = DataFolder(settings.data_path)
        self.platform = Platform(settings, blocking=beside_eventlet())
        self._listener: Any = listen(host, port)
        self.port: int = self._listener.getsockname()[1]
        self._services = RpcClient(
            settings.broker_url, timeout=settings.rpc_seconds, circuit=read_settings(CircuitSettings)
        )
        self._supervisor = Supervisor(
            {name: self._factory(name) for name in self.platform.services}, settings=read_settings(SupervisorSettings)
        )
        self._server: Any = None
        self._app: Any = None

    @property
    def address(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self, *, tell: Callable[[str], None]) -> None:
        """Stores, topology, services, gateway, in this order; `tell` hears of each step."""
        tell("stores")
        self.platform.migrate()
        self.platform.apply_topology()
        tell("services")
        self._supervisor.start()
        seconds = self.settings.start_seconds
        if not self._supervisor.wait_until_running(seconds):
            raise NotStarted(f"not every service is running after {seconds:g} s: {self._supervisor.states()}")
        tell("gateway")
        build = load_plugins("steward.gateway", ("gateway",), fits=callable, shape="a function")["gateway"]
        parts = GatewayParts(services=self._services, platform=self.platform, host=self.host, port=self.port)
        self._app = build(parts)
        look_for_cycles_less_often()
        self._server = eventlet.spawn(self._serve)

    def wait(self) -> int:
        """Returns the exit code when a signal has stopped the services or one can't be kept running."""
        self._supervisor.stop_on_signals(first=self._close_doors)
        return self._supervisor.wait()

    def stop(self) -> None:
        """Stops taking requests, ends live streams, lets work in hand finish, closes the stores."""
        self._close_doors()
        if self._server is not None:
            self._server.kill()
        self._supervisor.stop()
        self._services.close()
        self.platform.close()
        self._folder.release()

    def _close_doors(self) -> None:
        """No new connections, and no live stream that would miss its services."""
        self._listener.close()
        if self._app is not None:
            self._app.extensions["steward"].close()

    def _factory(self, name: str) -> Callable[[], Any]:
        return lambda: self.platform.container(name)

    def _serve(self) -> None:
        wsgi.server(
            self._listener,
            self._app,
            custom_pool=eventlet.GreenPool(MOST_CONNECTIONS),
            log_output=False,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            minimum_chunk_size=1,
        )
