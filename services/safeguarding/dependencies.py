"""Builds what the use cases need from the service's resources and the platform's policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nameko.extensions import DependencyProvider

from services.safeguarding import store
from services.safeguarding.rules import PolicyRules
from services.safeguarding.store import SafeguardingStore
from shared.clock import Clock
from shared.runtime.resources import Resources
from shared.runtime.service import policies_of, resources_of


@dataclass(frozen=True, kw_only=True)
class SafeguardingDesk:
    """The store, rules and clock that safeguarding's entrypoints hand to use cases."""

    store: SafeguardingStore
    rules: PolicyRules
    clock: Clock


class Desk(DependencyProvider):
    """Gives workers the `SafeguardingDesk`."""

    desk: SafeguardingDesk

    def setup(self) -> None:
        resources = resources_of(self.container)
        self.desk = SafeguardingDesk(
            store=open_store(resources),
            rules=PolicyRules(policies_of(self.container)),
            clock=resources.clock,
        )

    def get_dependency(self, worker_ctx: Any) -> SafeguardingDesk:
        return self.desk


def open_store(resources: Resources) -> SafeguardingStore:
    """The service's records over its resources."""
    return SafeguardingStore(
        concerns=resources.aggregates(store.CONCERNS, store.CONCERN),
        restrictions=resources.aggregates(store.RESTRICTIONS, store.RESTRICTION),
    )
