"""Nothing is published that no one owns, queued that no one reads, or handled that was not declared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from shared.events.catalogue import CATALOGUE, streams
from shared.events.language import Event, Stream, event
from shared.messaging.broker.topology import OUTSIDE, ServiceDeclaration, Topology, build, rpc_queue
from shared.messaging.calls.entrypoint import StewardRpc
from shared.messaging.consuming.durable import apply_with, handled_streams, handles, intake_with
from shared.plugins.points import ServicePlugin
from shared.plugins.registry import load_attribute
from shared.runtime import resources as runtime
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings

NAMES = PlatformSettings().services


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The built-in platform, put together and not started."""
    made = Platform(
        PlatformSettings(data_dir=str(tmp_path_factory.mktemp("data")), broker_url="embedded://architecture/")
    )
    yield made
    made.close()


def orphans(topology: Topology, read: set[str]) -> set[str]:
    """Queues that nobody among us reads and that are no outside party's."""
    return {queue.name for queue in topology.queues if not dict(queue.arguments).get(OUTSIDE)} - read


def unstarted(resources: runtime.Resources, target: Any) -> None:
    """In place of a thread."""


def queues_read_by(platform: Platform, service: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The queues that a service's container would read: its resources are started with a reader that only takes note."""
    read: set[str] = set()

    class NotingReader:
        def __init__(self, broker_url: str, callbacks: dict[str, Any], **options: Any) -> None:
            read.update(callbacks)

        def start(self) -> None:
            """Reads nothing."""

    monkeypatch.setattr(runtime, "QueueReader", NotingReader)
    monkeypatch.setattr(runtime.Resources, "_spawn", unstarted)
    entrypoints = set(platform.container(service).entrypoints)
    resources = platform.resources(service)
    intake = intake_with(
        entrypoints,
        platform.topology.intake_queues(),
        give_up=resources.asides.give_up,
        pace=resources.pace_of_refusals,
    )
    resources.start(apply=apply_with(entrypoints), intake=intake)
    calls = {entrypoint.receiver for entrypoint in entrypoints if isinstance(entrypoint, StewardRpc)}
    assert len(calls) <= 1
    return read | {rpc_queue(service) for _ in calls}


@pytest.mark.parametrize("service", NAMES)
def test_an_operation_that_is_asked_again_only_reads_and_one_that_changes_is_not(
    platform: Platform, service: str
) -> None:
    calls = [each for each in platform.container(service).entrypoints if isinstance(each, StewardRpc)]
    asks = re.compile(
        r"(get|list|show|search|summarise)_\w+|\w+_history|waiting_list|referral_figures|caseloads|health|feed|story"
    )

    reads = {call.method_name for call in calls if call.only_reads}

    assert reads == {call.method_name for call in calls if asks.fullmatch(call.method_name)}
    assert {"health", "feed", "list_held"} <= reads
    assert not reads & {"discard_held", "replay_held", "edit_held", "send_again"}


def test_every_queue_is_read_by_exactly_one_service_or_is_an_outside_partys(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = {service: queues_read_by(platform, service, monkeypatch) for service in NAMES}

    everything = set().union(*read.values())
    assert orphans(platform.topology, everything) == set()
    assert everything <= {queue.name for queue in platform.topology.queues}
    assert sum(len(queues) for queues in read.values()) == len(everything)


def test_an_orphan_queue_would_be_seen(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    read = {
        queue for service in NAMES if service != "ledger" for queue in queues_read_by(platform, service, monkeypatch)
    }

    left = orphans(platform.topology, read)

    assert left == {"ledger.requests", "rpc-ledger", *(f"ledger.events.{shard:02d}" for shard in range(16))}


def test_every_queue_is_bound_and_every_binding_has_its_queue_and_exchange(platform: Platform) -> None:
    topology = platform.topology

    assert {binding.queue for binding in topology.bindings} == {queue.name for queue in topology.queues}
    assert {binding.exchange for binding in topology.bindings} <= {exchange.name for exchange in topology.exchanges}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_declares_exactly_the_streams_its_handlers_take(platform: Platform, name: str) -> None:
    plugin = platform.services[name]

    assert handled_streams(load_attribute(plugin.service_class)) == set(plugin.handles)
    assert len(set(plugin.handles)) == len(plugin.handles)


def test_a_handler_of_an_undeclared_stream_would_be_seen() -> None:
    declared = next(stream for stream in streams().values() if stream.name == "referral")
    undeclared = CATALOGUE["fund.opened"]

    class Service:
        name = "planted"

        @handles(undeclared)
        def on_fund_opened(self, event: Event, envelope: Any) -> None:
            """Handles what it did not declare."""

    assert handled_streams(Service) != {declared}
    assert handled_streams(Service) == {undeclared.stream}


def owners_of(stream: Stream, services: list[ServicePlugin]) -> list[str]:
    """The services that declare to publish a stream."""
    return [service.name for service in services if stream in service.publishes]


def test_every_stream_is_published_by_its_owner_and_nobody_else(platform: Platform) -> None:
    services = list(platform.services.values())

    assert {name: owners_of(stream, services) for name, stream in streams().items()} == {
        name: [stream.owner] for name, stream in streams().items()
    }


def test_every_stream_that_is_published_or_handled_has_event_types(platform: Platform) -> None:
    known = set(streams().values())

    for service in platform.services.values():
        assert {*service.publishes, *service.handles} <= known


def takers(platform: Platform, stream: str) -> set[str]:
    """The services that handle a stream."""
    return {service.name for service in platform.services.values() if streams()[stream] in service.handles}


def test_names_and_addresses_reach_notifications_only(platform: Platform) -> None:
    personal = {name for name, stream in streams().items() if stream.personal_data}

    assert personal == {"contact", "pacontact"}
    assert {name: takers(platform, name) for name in personal} == {name: {"notifications"} for name in personal}


def test_concerns_reach_safeguarding_and_notifications_only(platform: Platform) -> None:
    assert takers(platform, "concern") == {"safeguarding", "notifications"}


def test_alerts_reach_nobody_but_the_councils_own_team(platform: Platform) -> None:
    assert takers(platform, "alert") == set()
    assert streams()["alert"].outside


def test_what_is_restricted_travels_on_an_exchange_of_its_own() -> None:
    """A binding is all it takes to read an exchange, so nothing else may share it."""
    restricted = {"contact", "pacontact", "restriction", "alert", "result"}

    for name in restricted:
        sharing = {
            other for other, stream in streams().items() if stream.exchange_name == streams()[name].exchange_name
        }
        assert sharing <= restricted
        assert {streams()[other].personal_data for other in sharing} == {streams()[name].personal_data}


def test_every_routing_key_of_a_stream_reaches_its_takers_and_no_other_stream_does() -> None:
    one = Stream(name="one", owner="a", about="one")
    two = Stream(name="two", owner="a", about="two")
    topology = build(
        [
            ServiceDeclaration(name="a", publishes=(one, two), handles=()),
            ServiceDeclaration(name="b", publishes=(), handles=(one,)),
        ],
        councils=(),
    )

    keys = {binding.key for binding in topology.bindings if binding.queue.startswith("b.events")}

    assert keys == {f"one.#.{shard:02d}" for shard in range(16)}


def test_a_type_declared_twice_is_refused() -> None:
    stream = Stream(name="planted", owner="nobody", about="a test's own")

    with pytest.raises(ValueError, match="declared twice"):

        @event("referral.accepted", stream=stream)
        @dataclass(frozen=True, kw_only=True)
        class Again(Event):
            """Not the first of its type."""


def test_no_stream_is_called_as_another() -> None:
    declared = {cls.stream for cls in CATALOGUE.values()}

    assert len(declared) == len({stream.name for stream in declared})
