"""The one bootstrap: from settings to a clock, stores, topology, and each service's resources.

No other module asks whether the platform is embedded or distributed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from nameko.containers import ServiceContainer

from shared.clock import Clock, SettableClock, SystemClock
from shared.faults import arm_faults
from shared.messaging.broker.declaring import apply_topology
from shared.messaging.broker.topology import DEFAULT_LIMITS, QueueLimits, QueueType, ServiceDeclaration, Topology, build
from shared.messaging.calls.entrypoint import CALLERS_KEY, DECLARED_KEY
from shared.messaging.consuming.held import HELD, MARKS
from shared.messaging.consuming.incoming import IntakeFormats, load_intake_formats
from shared.messaging.consuming.sharing import REPLICAS
from shared.messaging.embedded import register_transport
from shared.messaging.publishing.event_log import EVENT_LOG
from shared.plugins.points import ServicePlugin
from shared.plugins.registry import load_attribute, load_plugins
from shared.policy.keeping_packs import POLICY_PACKS, PublishedPacks
from shared.policy.policies import Policies
from shared.runtime.packs import load_policies
from shared.runtime.resources import Resources
from shared.runtime.service import CONFIG_KEY, PLATFORM_KEY, StewardContainer
from shared.runtime.settings import PlatformSettings
from shared.runtime.standing import WatchedService
from shared.settings import BadSetting
from shared.store.blocking import BesideLoop, Blocking
from shared.store.documents import Collection, Store
from shared.store.opening import StoreOptions, open_store
from shared.telemetry.exposition import Exposition
from shared.telemetry.tracing import Tracing, open_tracing

PROTOCOL_COLLECTIONS = (EVENT_LOG, HELD, MARKS, REPLICAS)
SEARCH_SCHEMES = {"http": "elasticsearch", "https": "elasticsearch"}
"""Which search engine plugin an address's scheme stands for; any other scheme is a plugin's own name."""


class Platform:
    """Everything that is chosen by settings, chosen once."""

    def __init__(
        self, settings: PlatformSettings, *, blocking: Blocking | None = None, tracing: Tracing | None = None
    ) -> None:
        register_transport()
        arm_faults(settings.faults, environment=settings.environment)
        self.settings = settings
        self.clock = _clock(settings)
        self.tracing = tracing or tracing_of(settings)
        self._blocking = blocking
        self._stores: dict[str, Store] = {}
        self._watched: dict[str, WatchedService] = {}
        self._search: Any = None
        self._policies: dict[str, Policies] = {}

    @cached_property
    def services(self) -> dict[str, ServicePlugin]:
        """The service plugins that settings name."""
        found: dict[str, ServicePlugin] = load_plugins(
            "steward.services",
            self.settings.services,
            fits=lambda plugin: isinstance(plugin, ServicePlugin),
            shape="a shared.plugins.points.ServicePlugin",
        )
        return found

    @cached_property
    def policies(self) -> Policies:
        """Every council's policy packs."""
        return load_policies(self.settings.policy_packs)

    def policies_of(self, service: str) -> Policies:
        """The policies as a service knows them: those loaded, and those published since that its store holds."""
        if service not in self._policies:
            keeps = POLICY_PACKS in self.services[service].collections
            self._policies[service] = self._with_published(service) if keeps else self.policies
        return self._policies[service]

    def _with_published(self, service: str) -> Policies:
        documents = self.store(service).documents(POLICY_PACKS)
        seconds = self.settings.policy_refresh_seconds
        return self.policies.with_published(PublishedPacks(documents, refresh_seconds=seconds))

    @cached_property
    def intake_formats(self) -> IntakeFormats:
        """How what councils send is read."""
        settings = self.settings
        return load_intake_formats(
            settings.intake_formats,
            body_bytes=settings.body_bytes,
            deepest=settings.event_depth,
            most_values=settings.event_values,
            requires_user_id=settings.intake_user_id,
        )

    @cached_property
    def topology(self) -> Topology:
        """The broker topology of these services and councils."""
        limits = QueueLimits(messages=self.settings.outside_queue_messages, bytes=self.settings.outside_queue_bytes)
        councils = self.policies.councils()
        return topology_of(self.services.values(), councils, self.settings.queue_type, limits=limits)

    def store(self, service: str) -> Store:
        """A service's database."""
        if service not in self._stores:
            store = open_store(
                self.settings.stores,
                service,
                blocking=self._blocking,
                options=_store_options(self.settings),
            )
            system = self.settings.stores.partition(":")[0].partition("+")[0]
            self._stores[service] = self.tracing.of(service).store(store, system=system)
        return self._stores[service]

    def search_engine(self) -> Any:
        """What finds personal assistants (the PA registry's port `SearchEngine`), opened when it is first asked for."""
        if self._search is None:
            scheme = self.settings.search_url.partition(":")[0]
            name = SEARCH_SCHEMES.get(scheme, scheme)
            shape = "a function that builds a search engine from its address (url=...)"
            build_engine = load_plugins("steward.search_engines", (name,), fits=callable, shape=shape)[name]
            self._search = build_engine(url=self.settings.search_url)
        return self._search

    def collections(self, service: str) -> tuple[Collection, ...]:
        """A service's collections and those the messaging protocol keeps beside them."""
        return (*self.services[service].collections, *PROTOCOL_COLLECTIONS)

    def migrate(self) -> dict[str, list[str]]:
        """Brings every service's store up to its declarations; says what was done."""
        return {name: self.store(name).migrate(self.collections(name)) for name in self.services}

    def apply_topology(self) -> None:
        """Declares the topology on the broker."""
        apply_topology(self.settings.broker_url, self.topology)

    def resources(self, service: str) -> Resources:
        """New resources for one service's container."""
        resources = Resources(
            plugin=self.services[service],
            settings=self.settings,
            store=self.store(service),
            topology=self.topology,
            clock=self.clock,
            tracing=self.tracing.of(service),
            alone=self.settings.embedded,
        )
        self._watched[service] = WatchedService(resources)
        return resources

    @cached_property
    def exposition(self) -> Exposition:
        """The figures of this process's services, for Prometheus."""
        return Exposition(self._watched)

    def watched(self) -> Mapping[str, WatchedService]:
        """The services of this process that have been started."""
        return MappingProxyType(self._watched)

    def container(self, service: str) -> ServiceContainer:
        """A new nameko container for a service."""
        config = {
            "AMQP_URI": self.settings.broker_url,
            "HEARTBEAT": self.settings.rpc_heartbeat_seconds,
            "max_workers": self.settings.workers,
            CONFIG_KEY: self.resources(service),
            PLATFORM_KEY: self,
            DECLARED_KEY: True,
            CALLERS_KEY: self.settings.rpc_callers,
        }
        return StewardContainer(load_attribute(self.services[service].service_class), config)

    def at_rest(self, service: str) -> Any:
        """A service put together and not started, whose questions a command asks directly: no broker, no threads."""
        container = self.container(service)
        asked = container.service_cls()
        dependencies: Any = container.dependencies
        for dependency in dependencies:
            dependency.setup()
            setattr(asked, dependency.attr_name, dependency.get_dependency(None))
        return asked

    def close(self) -> None:
        """Closes the search engine and the stores."""
        if self._search is not None:
            self._search.close()
            self._search = None
        for store in self._stores.values():
            store.close()
        self._stores.clear()
        self.tracing.close()


def topology_of(services: Any, councils: Any, queue_type: str, *, limits: QueueLimits = DEFAULT_LIMITS) -> Topology:
    """The topology of service plugins and councils."""
    if queue_type not in ("classic", "quorum"):
        raise BadSetting(f"STEWARD_QUEUE_TYPE={queue_type!r}: quorum or classic")
    kind: QueueType = "quorum" if queue_type == "quorum" else "classic"
    declarations = [ServiceDeclaration(name=s.name, publishes=s.publishes, handles=s.handles) for s in services]
    return build(declarations, tuple(councils), queue_type=kind, limits=limits)


def tracing_of(settings: PlatformSettings) -> Tracing:
    """The traces that settings ask for. Raises `BadSetting`."""
    return open_tracing(
        exporter=settings.traces, to=settings.traces_to, share=settings.traces_share, embedded=settings.embedded
    )


def beside_eventlet() -> Blocking:
    """How a monkey-patched process waits for disks: in eventlet's pool of native threads."""
    from eventlet import patcher, tpool

    return BesideLoop(execute=tpool.execute, native_threading=patcher.original("threading"))


def _store_options(settings: PlatformSettings) -> StoreOptions:
    return StoreOptions(
        synchronous=settings.sqlite_synchronous,
        busy_timeout_seconds=settings.sqlite_busy_seconds,
        quick_flush_seconds=settings.sqlite_quick_flush_seconds,
        most_writes_in_a_group=settings.sqlite_group_writes,
        selection_timeout_seconds=settings.mongodb_selection_seconds,
        connection_timeout_seconds=settings.mongodb_connection_seconds,
        operation_timeout_seconds=settings.mongodb_operation_seconds,
        most_connections=settings.mongodb_connections,
    )


def _clock(settings: PlatformSettings) -> Clock:
    if settings.embedded and settings.environment == "development":
        return SettableClock(settings.data_path / "clock.json")
    return SystemClock()
