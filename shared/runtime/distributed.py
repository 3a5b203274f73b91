"""Services as processes of their own, against the engines in settings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from shared.runtime.platform import Platform, beside_eventlet
from shared.runtime.settings import PlatformSettings
from shared.runtime.signals import stop_on_signals
from shared.runtime.supervisor import Supervisor
from shared.settings import BadSetting

log = structlog.get_logger(__name__)


def run_services(settings: PlatformSettings, names: Sequence[str]) -> int:
    """Runs these services until SIGTERM or Ctrl-C; the process's exit code."""
    platform = Platform(settings, blocking=beside_eventlet())
    unknown = sorted(set(names) - set(platform.services))
    if unknown:
        raise BadSetting(f"no service is called {', '.join(unknown)}; known: {', '.join(platform.services)}")
    supervisor = Supervisor({name: _factory(platform, name) for name in names})
    stop = threading.Event()
    stop_on_signals(stop)
    supervisor.start()
    log.info("services.running", services=list(names))
    code = supervisor.wait(stop)
    supervisor.stop()
    platform.close()
    return code


def _factory(platform: Platform, name: str) -> Callable[[], Any]:
    return lambda: platform.container(name)
