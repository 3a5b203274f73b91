"""Where a process of services answers its probes. Runs in a process patched by eventlet."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet import wsgi

from shared.settings import BadSetting

log = structlog.get_logger(__name__)
OFF = "off"
PORTS_TRIED = 20
MOST_CONNECTIONS = 20
SOCKET_TIMEOUT_SECONDS = 10


class NoProbes:
    """Nobody is answered."""

    port = 0

    def close(self) -> None:
        """Nothing is open."""


class OpenProbes:
    """A listening socket and the green thread that answers on it."""

    def __init__(self, listener: Any, application: Callable[..., Any]) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._server = eventlet.spawn(
            wsgi.server,
            listener,
            application,
            custom_pool=eventlet.GreenPool(MOST_CONNECTIONS),
            log_output=False,
            socket_timeout=SOCKET_TIMEOUT_SECONDS,
            keepalive=False,
        )

    def close(self) -> None:
        """Answers nobody any more."""
        self._server.kill()
        self._listener.close()


def open_probes(address: str, application: Callable[..., Any]) -> OpenProbes | NoProbes:
    """Answers on `host:port`, or the next free port; several processes on one machine need no setting. Raises `BadSetting`."""
    if address == OFF:
        return NoProbes()
    host, port = _read(address)
    listener = _listen(host, port)
    if listener is None:
        log.warning("probes.no_port", port=port, tried=PORTS_TRIED)
        return NoProbes()
    probes = OpenProbes(listener, application)
    log.info("probes.open", port=probes.port)
    return probes


def _listen(host: str, port: int) -> Any:
    for candidate in range(port, port + PORTS_TRIED):
        try:
            return eventlet.listen((host, candidate), reuse_port=False)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise BadSetting(f"STEWARD_PROBES: cannot listen on {host}:{candidate}: {error.strerror}") from error
    return None


def _read(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535 - PORTS_TRIED:
        raise BadSetting(f"STEWARD_PROBES={address!r}: host:port, or off")
    return host, int(port)
