"""The port through which the gateway reaches the services, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from shared.context import Caller
from shared.messaging.calls.client import RpcWatcher

REFERRALS = "referrals"
PA_REGISTRY = "pa_registry"
SAFEGUARDING = "safeguarding"
LEDGER = "ledger"
NOTIFICATIONS = "notifications"
SERVICES = (REFERRALS, PA_REGISTRY, SAFEGUARDING, LEDGER, NOTIFICATIONS)


class Services(Protocol):
    """Remote calls to the services."""

    def call(
        self, service: str, method: str, payload: dict[str, Any], caller: Caller, timeout: float | None = None
    ) -> dict[str, Any]:
        """The service's answer. Raises a `StewardError`: the service's own refusal, or `Unavailable` after `timeout`
        seconds.
        """
        ...


class Timings(RpcWatcher, Protocol):
    """Where the time that calls take is noted, and what happens beside them."""

    def rpc_answered(self, *, service: str, method: str, outcome: str, seconds: float) -> None: ...


@runtime_checkable
class Watched(Protocol):
    """Services that tell a watcher what happens beside the calls."""

    watcher: RpcWatcher | None


def reply_items(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a list's answer."""
    return list(answer.get("items", ()))
