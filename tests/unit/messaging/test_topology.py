from __future__ import annotations

import re

import pytest

from shared.events.referrals import CONTACT, REFERRAL
from shared.events.safeguarding import ALERT, CONCERN, RESTRICTION
from shared.ids import SHARDS
from shared.messaging.broker.definitions import broker_users, definitions, passwords_from
from shared.messaging.broker.topology import (
    DELIVERY_LIMIT,
    OUTSIDE,
    QueueLimits,
    ServiceDeclaration,
    Topology,
    build,
    rpc_queue,
)
from shared.plugins.registry import load_plugins
from shared.runtime.platform import topology_of
from shared.runtime.settings import PlatformSettings

COUNCILS = ("cheshire-east", "cambridgeshire-peterborough")


@pytest.fixture(scope="module")
def topology() -> Topology:
    """The real one."""
    services = load_plugins("steward.services", PlatformSettings().services, fits=bool, shape="a plugin")
    return topology_of(services.values(), COUNCILS, "quorum")


def users_of(topology: Topology):
    return {user.name: user for user in broker_users(topology)}


def may(pattern: str, name: str) -> bool:
    return re.search(pattern, name) is not None


def test_every_stream_that_someone_handles_is_published_by_its_owner(topology):
    published = {stream for service in topology.services for stream in service.publishes}

    for service in topology.services:
        assert set(service.handles) <= published, service.name
    for service in topology.services:
        assert {stream.owner for stream in service.publishes} <= {service.name}


def test_every_queue_is_bound_and_every_binding_leads_to_a_declared_queue(topology):
    queues = {queue.name for queue in topology.queues}
    exchanges = {exchange.name for exchange in topology.exchanges}

    assert {binding.queue for binding in topology.bindings} == queues
    assert {binding.exchange for binding in topology.bindings} <= exchanges


def test_names_are_declared_once(topology):
    for declared in (topology.queues, topology.exchanges):
        names = [each.name for each in declared]
        assert len(names) == len(set(names))


def test_a_consumer_takes_whole_streams_each_shard_in_a_queue_of_its_own():
    reader = ServiceDeclaration(name="ledger", publishes=(), handles=(REFERRAL,))

    built = build([reader], ())

    keys = {binding.queue: binding.key for binding in built.bindings if binding.exchange == REFERRAL.exchange_name}
    assert keys == {f"ledger.events.{shard:02d}": f"referral.#.{shard:02d}" for shard in range(SHARDS)}
    arguments = {queue.name: dict(queue.arguments) for queue in built.queues}
    assert all(arguments[queue]["x-single-active-consumer"] for queue in keys)


def test_a_stream_without_readers_is_known_as_such_and_one_for_outside_always_has_some(topology):
    teller = ServiceDeclaration(name="referrals", publishes=(REFERRAL,), handles=())

    assert not build([teller], COUNCILS).has_readers(REFERRAL)
    assert topology.has_readers(REFERRAL)
    assert topology.has_readers(ALERT)


def test_only_queues_of_parties_outside_are_marked_so_and_they_refuse_when_full(topology):
    marked = {queue.name: dict(queue.arguments) for queue in topology.queues if dict(queue.arguments).get(OUTSIDE)}

    assert set(marked) == {f"ext.{council}.{what}" for council in COUNCILS for what in ("results", "safeguarding")}
    assert {arguments["x-overflow"] for arguments in marked.values()} == {"reject-publish"}


def test_contact_details_reach_notifications_only_and_concerns_leave_safeguarding_for_them_only(topology):
    takers = {
        stream: {service.name for service in topology.services if stream in service.handles}
        for stream in (CONTACT, CONCERN)
    }

    assert takers[CONTACT] == {"notifications"}
    assert takers[CONCERN] <= {"safeguarding", "notifications"}


@pytest.mark.parametrize("council", COUNCILS)
def test_a_council_may_write_its_own_exchange_and_read_its_own_results_and_nothing_else(topology, council):
    user = users_of(topology)[f"ext-{council}"]

    writable = [e.name for e in topology.exchanges if may(user.write, e.name)]
    readable = [q.name for q in topology.queues if may(user.read, q.name)]

    assert (writable, readable) == ([f"in.{council}"], [f"ext.{council}.results"])
    assert not any(may(user.write, queue.name) for queue in topology.queues)
    assert not any(may(user.configure, each.name) for each in (*topology.exchanges, *topology.queues))


@pytest.mark.parametrize("council", COUNCILS)
def test_a_safeguarding_team_may_read_its_own_queue_and_nothing_else(topology, council):
    user = users_of(topology)[f"ext-{council}-safeguarding"]

    assert [q.name for q in topology.queues if may(user.read, q.name)] == [f"ext.{council}.safeguarding"]
    assert not any(may(user.write, each.name) for each in (*topology.exchanges, *topology.queues))


def test_a_service_may_publish_what_it_owns_and_read_its_own_queues(topology):
    users = users_of(topology)

    for service in topology.services:
        user = users[f"svc-{service.name.replace('_', '-')}"]
        own = {stream.exchange_name for stream in service.publishes}
        writable = {e.name for e in topology.exchanges if may(user.write, e.name)}
        readable = {q.name for q in topology.queues if may(user.read, q.name)}
        assert writable == own | {"nameko-rpc", "steward.requests"}
        assert readable == {
            q.name for q in topology.queues if q.name.startswith((f"{service.name}.", rpc_queue(service.name)))
        }


def test_nobody_but_the_deployer_and_the_gateway_may_make_anything_and_the_gateway_only_its_reply_queue(topology):
    names = [each.name for each in (*topology.exchanges, *topology.queues)]

    makers = {
        user.name for user in broker_users(topology) if any(may(user.configure, n) for n in (*names, "amq.gen-1"))
    }

    assert makers == {"deploy", "gateway"}
    assert not any(may(users_of(topology)["gateway"].configure, name) for name in names)


def test_every_queue_of_ours_keeps_what_crashing_readers_give_back(topology):
    arguments = {queue.name: dict(queue.arguments) for queue in topology.queues if not queue.name.startswith("rpc-")}

    assert {queue["x-queue-type"] for queue in arguments.values()} == {"quorum"}
    assert {queue["x-delivery-limit"] for queue in arguments.values()} == {DELIVERY_LIMIT}
    assert not any(
        "x-delivery-limit" in dict(queue.arguments) for queue in build((), COUNCILS, queue_type="classic").queues
    )


def test_each_councils_messages_wait_in_a_queue_of_its_own_which_refuses_when_full():
    built = build((), COUNCILS, limits=QueueLimits(messages=5, bytes=1000))

    feeding = {b.exchange: b.queue for b in built.bindings if b.exchange.startswith("in.")}
    assert feeding == {f"in.{council}": f"referrals.intake.{council}" for council in COUNCILS}
    for queue in built.queues:
        arguments = dict(queue.arguments)
        assert (arguments["x-max-length"], arguments["x-max-length-bytes"]) == (5, 1000)
        assert arguments["x-overflow"] == "reject-publish"


def test_definitions_limit_the_connections_of_parties_outside_and_name_their_vhost_throughout(topology):
    document = definitions(topology, passwords={}, vhost="trial")

    limited = {user["name"] for user in document["users"] if user["limits"]}
    assert limited == {f"ext-{council}{team}" for council in COUNCILS for team in ("", "-safeguarding")}
    assert {entry.get("vhost", "trial") for entries in document.values() for entry in entries} == {"trial"}


def test_only_safeguarding_may_write_concerns_and_restrictions(topology):
    for exchange in (CONCERN.exchange_name, RESTRICTION.exchange_name):
        writers = {user.name for user in broker_users(topology) if may(user.write, exchange)}
        assert writers == {"svc-safeguarding", "deploy"}


def test_the_gateway_touches_no_event_and_no_queue_of_a_service(topology):
    gateway = users_of(topology)["gateway"]

    assert [e.name for e in topology.exchanges if may(gateway.write, e.name)] == ["nameko-rpc"]
    assert not any(may(gateway.read, queue.name) for queue in topology.queues)


def test_a_user_without_a_password_cannot_sign_in_and_one_with_has_a_hash_only(topology):
    document = definitions(topology, passwords={"svc-ledger": "sample-secret"})

    hashes = {user["name"]: user["password_hash"] for user in document["users"]}
    assert hashes["gateway"] == ""
    assert hashes["svc-ledger"]
    assert "sample-secret" not in str(document)
    assert len(document["queues"]) == len(topology.queues)


def test_passwords_come_from_the_environment_by_the_users_name(monkeypatch):
    monkeypatch.setenv("SAMPLE_BROKER_SVC_PA_REGISTRY", "sample-secret")
    monkeypatch.setenv("SAMPLE_BROKER_EMPTY", "")

    assert passwords_from("SAMPLE_BROKER") == {"svc-pa-registry": "sample-secret"}
