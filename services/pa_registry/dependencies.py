"""Builds what the use cases need from the service's resources, its settings and the platform's policies and search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from nameko.extensions import DependencyProvider

from services.pa_registry import store
from services.pa_registry.handlers.entries import EntryDesk
from services.pa_registry.handlers.finding import FindingDesk, SummaryDesk
from services.pa_registry.handlers.indexing import fill_empty_index
from services.pa_registry.places import DirectoryPlaces
from services.pa_registry.rules import PolicyRules
from services.pa_registry.search.engine import SearchEngine
from services.pa_registry.settings import RegistrySettings
from services.pa_registry.store import RegisterStore, StoredSnapshots
from shared.clock import Clock
from shared.geography import Postcodes
from shared.runtime.resources import Resources
from shared.runtime.service import platform_of, resources_of
from shared.settings import read_settings
from shared.telemetry import spans


@dataclass(frozen=True, kw_only=True)
class RegisterDesk:
    """What the register's entrypoints hand to use cases. `councils` are those with a policy pack."""

    store: RegisterStore
    engine: SearchEngine
    clock: Clock
    entries: EntryDesk
    finding: FindingDesk
    summary: SummaryDesk
    councils: tuple[str, ...]


class Desk(DependencyProvider):
    """Gives workers the `RegisterDesk`. The index is filled before the service takes its first call."""

    desk: RegisterDesk

    def setup(self) -> None:
        settings = read_settings(RegistrySettings)
        self.desk = build_desk(resources_of(self.container), platform_of(self.container), settings)
        fill_empty_index(
            register=self.desk.store,
            engine=self.desk.engine,
            clock=self.desk.clock,
            at_once=settings.page_of_entries,
        )

    def get_dependency(self, worker_ctx: Any) -> RegisterDesk:
        return self.desk


def build_desk(resources: Resources, platform: Any, settings: RegistrySettings) -> RegisterDesk:
    """The service's working parts."""
    records = open_store(resources)
    clock = resources.clock
    policies = platform.policies_of(resources.plugin.name)
    rules = PolicyRules(policies)
    places = DirectoryPlaces(Postcodes())
    engine: SearchEngine = resources.tracing.part(
        platform.search_engine(), spans.search_part(embedded=resources.settings.search_url.startswith("embedded:"))
    )
    return RegisterDesk(
        store=records,
        engine=engine,
        clock=clock,
        entries=EntryDesk(records=records.entries, register=records, rules=rules, places=places, clock=clock),
        finding=FindingDesk(
            engine=engine, register=records, places=places, clock=clock, radius_miles=settings.radius_miles
        ),
        summary=SummaryDesk(
            register=records,
            snapshots=StoredSnapshots(resources.documents(store.SNAPSHOTS)),
            rules=rules,
            clock=clock,
            age=timedelta(seconds=settings.summary_age_seconds),
            step=settings.summary_step,
            at_once=settings.page_of_entries,
        ),
        councils=policies.councils(),
    )


def open_store(resources: Resources) -> RegisterStore:
    """The service's records over its resources."""
    return RegisterStore(
        entries=resources.aggregates(store.PERSONAL_ASSISTANTS, store.PERSONAL_ASSISTANT),
        restrictions=resources.aggregates(store.RESTRICTIONS, store.RESTRICTION),
    )
