"""Services as processes of their own, against the engines in settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.runtime.answering import open_probes
from shared.runtime.garbage import look_for_cycles_less_often
from shared.runtime.platform import Platform, beside_eventlet
from shared.runtime.probes import Probes
from shared.runtime.settings import PlatformSettings
from shared.runtime.supervisor import Supervisor, SupervisorSettings
from shared.settings import BadSetting, read_settings


def run_services(settings: PlatformSettings, names: Sequence[str]) -> int:
    """Runs these services until SIGTERM or Ctrl-C; the process's exit code."""
    platform = Platform(settings, blocking=beside_eventlet())
    unknown = sorted(set(names) - set(platform.services))
    if unknown:
        raise BadSetting(f"no service is called {', '.join(unknown)}; known: {', '.join(platform.services)}")
    supervisor = Supervisor(
        {name: _factory(platform, name) for name in names}, settings=read_settings(SupervisorSettings)
    )
    supervisor.stop_on_signals()
    probes = open_probes(settings.probes, Probes(platform=platform, states=supervisor.states))
    look_for_cycles_less_often()
    supervisor.start()
    code = supervisor.wait()
    probes.close()
    platform.close()
    return code


def _factory(platform: Platform, name: str) -> Callable[[], Any]:
    return lambda: platform.container(name)
