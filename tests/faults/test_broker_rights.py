"""T14: every user of the exported definitions tries everything; all that is not its own is refused, or harms nobody."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from amqp.exceptions import AMQPError

from shared.messaging.broker.definitions import OUTSIDE_LIMITS, broker_users, definitions
from shared.messaging.broker.drift import differences
from shared.messaging.broker.topology import RPC_EXCHANGE, Topology, results_queue
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from tests.faults.broker_rights import Attempt, Intruder, Meant, attempts, call_key, connection_to, keys_of, meant_for
from tests.support.broker_admin import BrokerAdmin

pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.enable_socket]


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """A broker that has loaded the exported definitions into a virtual host of their own."""

    admin: BrokerAdmin
    topology: Topology
    document: dict[str, object]
    vhost: str
    password: str

    @contextmanager
    def enter(self, user: str) -> Iterator[Intruder]:
        """This user, for as long as the test needs it."""
        intruder = Intruder(self.address(user))
        yield intruder
        intruder.leave()

    def address(self, user: str) -> str:
        return self.admin.address(user, self.password, self.vhost)

    @property
    def queues(self) -> list[str]:
        return [queue.name for queue in self.topology.queues]


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory) -> Topology:
    """The built-in platform's."""
    settings = PlatformSettings(data_dir=str(tmp_path_factory.mktemp("data")), broker_url="embedded://rights/")
    platform = Platform(settings)
    yield platform.topology
    platform.close()


@pytest.fixture(scope="module")
def guarded(topology: Topology) -> Iterator[Guarded]:
    admin = BrokerAdmin(os.environ["STEWARD_TEST_RABBITMQ_URL"])
    vhost, password = f"rights-{secrets.token_hex(4)}", secrets.token_hex(16)
    users = [user.name for user in broker_users(topology)]
    document = definitions(topology, passwords=dict.fromkeys(users, password), vhost=vhost)
    admin.load(document)
    yield Guarded(admin=admin, topology=topology, document=document, vhost=vhost, password=password)
    admin.forget(vhost, users)


def test_no_user_may_do_more_or_less_than_is_meant_for_it(guarded: Guarded) -> None:
    meant = meant_for(guarded.topology)
    everything = list(attempts(guarded.topology))

    wrong = {user: found for user in meant if (found := surprises(guarded, user, meant[user], everything))}

    assert len(everything) > 500
    assert set(meant) | {"deploy"} == {user.name for user in broker_users(guarded.topology)}
    assert wrong == {}
    assert differences(guarded.document, guarded.admin.export(), vhost=guarded.vhost) == []


def surprises(guarded: Guarded, user: str, meant: Meant, everything: Sequence[Attempt]) -> list[Attempt]:
    """What the user may do and was not meant to, or may not and was."""
    with guarded.enter(user) as intruder:
        return [attempt for attempt in everything if intruder.may(attempt) != meant.allows(attempt)]


def test_the_deployer_may_so_that_a_refusal_to_others_means_something(guarded: Guarded) -> None:
    deeds = ("publish", "get", "consume", "purge", "bind own")
    harmless = [attempt for attempt in attempts(guarded.topology) if attempt.deed in deeds]

    with guarded.enter("deploy") as deployer:
        refused = [a for a in harmless if not deployer.may(a) and (a.deed, a.target) != ("bind own", "")]

    assert refused == []


def test_a_pattern_that_lets_too_much_through_would_be_seen(guarded: Guarded) -> None:
    user = "monitor"
    permission = {"user": user, "vhost": guarded.vhost, "configure": "^$", "write": "^$", "read": r"^rpc-ledger$"}
    nothing = next(each for each in guarded.document["permissions"] if each["user"] == user)
    guarded.admin.load({"permissions": [permission]})

    nothing_meant = Meant(publishes={}, reads=frozenset())
    found = surprises(guarded, user, nothing_meant, list(attempts(guarded.topology)))

    guarded.admin.load({"permissions": [nothing]})
    assert {(attempt.deed, attempt.target) for attempt in found} == {
        ("get", "rpc-ledger"),
        ("consume", "rpc-ledger"),
        ("purge", "rpc-ledger"),
    }


def test_copies_reach_only_what_the_exchange_itself_feeds(guarded: Guarded) -> None:
    """RabbitMQ before 4.0.3 lets `CC` and `BCC` past topic permissions; never past the exchange."""
    everywhere = sorted({binding.key for binding in guarded.topology.bindings} | set(guarded.queues))

    with guarded.enter("deploy") as deployer:
        for user, meant in meant_for(guarded.topology).items():
            for exchange, keys in meant.publishes.items():
                deployer.empty(guarded.queues)
                send_copies(guarded, user, exchange, keys, everywhere)
                reached = {queue for queue, depth in deployer.depths(guarded.queues).items() if depth}
                fed = {binding.queue for binding in guarded.topology.bindings if binding.exchange == exchange}
                assert reached <= fed, (user, exchange)


def send_copies(guarded: Guarded, user: str, exchange: str, keys: Sequence[str], everywhere: list[str]) -> None:
    key = keys[0] if keys else keys_of(guarded.topology, exchange)[0]
    with guarded.enter(user) as intruder:
        for header in ("CC", "BCC"):
            assert intruder.publish(exchange, key, application_headers={header: everywhere}) == "taken"


def test_a_call_that_a_service_smuggles_to_another_is_not_vouched_for(guarded: Guarded) -> None:
    """Where `CC` gets a call past the topic permissions, the broker still won't say that the gateway sent it."""
    smuggled = {"CC": [call_key("ledger")]}
    reply_key = meant_for(guarded.topology)["svc-notifications"].publishes[RPC_EXCHANGE][0]

    with guarded.enter("svc-notifications") as thief, guarded.enter("deploy") as deployer:
        deployer.empty(["rpc-ledger"])
        plain = thief.publish(RPC_EXCHANGE, reply_key, application_headers=smuggled)
        forged = thief.publish(RPC_EXCHANGE, reply_key, application_headers=smuggled, user_id="gateway")
        arrived = deployer.take_all("rpc-ledger")

    assert (plain, forged) == ("taken", "PreconditionFailed")
    assert [message.properties.get("user_id") for message in arrived] in ([], [None])


def test_nobody_may_sign_a_message_as_another(guarded: Guarded) -> None:
    meant = meant_for(guarded.topology)
    others = sorted(meant)

    for user, own in meant.items():
        with guarded.enter(user) as intruder:
            for exchange, keys in own.publishes.items():
                key = keys[0] if keys else keys_of(guarded.topology, exchange)[0]
                said = {other: intruder.publish(exchange, key, user_id=other) for other in others}
                assert said == {other: "taken" if other == user else "PreconditionFailed" for other in others}


def test_a_party_outside_has_few_connections_and_channels(guarded: Guarded) -> None:
    council = guarded.topology.councils[0]
    held = [connection_to(guarded.address(f"ext-{council}")) for _ in range(OUTSIDE_LIMITS["max-connections"])]

    with pytest.raises((AMQPError, OSError)):
        connection_to(guarded.address(f"ext-{council}")).channel()

    for connection in held:
        connection.close()


@pytest.mark.parametrize("user", ["guest", "", "ext-cheshire-east' or '1"])
def test_who_has_no_password_here_does_not_get_in(guarded: Guarded, user: str) -> None:
    with pytest.raises((AMQPError, OSError)):
        connection_to(guarded.address(user or "nobody"))


def test_a_user_without_a_password_cannot_sign_in_with_an_empty_one(guarded: Guarded) -> None:
    silent = f"silent-{secrets.token_hex(4)}"
    entry = {**definitions(guarded.topology, passwords={})["users"][0], "name": silent}
    guarded.admin.load({"users": [entry]})

    for password in ("", "guest", silent):
        with pytest.raises((AMQPError, OSError)):
            connection_to(guarded.admin.address(silent, password, guarded.vhost))
    guarded.admin.forget("none-such", [silent])


def test_the_depth_of_a_queue_is_all_that_a_stranger_can_learn(guarded: Guarded) -> None:
    """RabbitMQ before 4.3.1 lets anyone look any queue up by its name: how much waits there, and nothing of what."""
    council = guarded.topology.councils[0]
    with guarded.enter("deploy") as deployer, guarded.enter(f"ext-{council}-safeguarding") as intruder:
        deployer.empty([results_queue(council)])

        depths = intruder.depths([results_queue(council)])
        may_read = intruder.may(Attempt(deed="get", target=results_queue(council)))

    assert (depths, may_read) == ({results_queue(council): 0}, False)
