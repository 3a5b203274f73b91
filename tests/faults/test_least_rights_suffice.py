"""With no right but its own, each party does its work: a council sends, services take in and tell, the gateway asks."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.notifications.store import CONTACTS
from shared.clock import SystemClock
from shared.context import Caller
from shared.errors import StewardError
from shared.ids import derived_id
from shared.messaging.broker.definitions import broker_users, definitions, service_user
from shared.messaging.broker.topology import intake_exchange, results_queue
from shared.messaging.calls.client import RpcClient
from shared.runtime.platform import Platform
from shared.runtime.settings import PlatformSettings
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE
from shared.store.opening import open_store
from tests.faults.broker_rights import Intruder
from tests.support.broker_admin import BrokerAdmin
from tests.support.platforms import Processes
from tests.support.waiting import eventually

SERVICES = ("referrals", "notifications")
READY_SECONDS = 240
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,))

pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.enable_socket, pytest.mark.timeout(900)]


@dataclass(frozen=True, kw_only=True)
class Place:
    """A broker that has loaded the definitions, and services as processes, each as its own user."""

    processes: Processes
    admin: BrokerAdmin
    vhost: str
    password: str
    stores: str

    def address(self, user: str) -> str:
        return self.admin.address(user, self.password, self.vhost)

    def start(self, service: str) -> None:
        broker = {"STEWARD_BROKER_URL": self.address(service_user(service))}
        self.processes.start(service, "run", service, STEWARD_RPC_CALLERS="gateway", **broker)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    platform = Platform(PlatformSettings(data_dir=str(tmp_path), broker_url="embedded://least/", services=SERVICES))
    admin = BrokerAdmin(os.environ["STEWARD_TEST_RABBITMQ_URL"])
    vhost, password = f"least-{secrets.token_hex(4)}", secrets.token_hex(16)
    users = [user.name for user in broker_users(platform.topology)]
    admin.load(definitions(platform.topology, passwords=dict.fromkeys(users, password), vhost=vhost))
    platform.close()
    stores = f"sqlite:///{tmp_path / 'stores'}"
    environment = {
        "STEWARD_SERVICES": ",".join(SERVICES),
        "STEWARD_STORE_URL": stores,
        "STEWARD_DATA_DIR": str(tmp_path / "data"),
        "STEWARD_BROKER_URL": admin.address("deploy", password, vhost),
        "STEWARD_INTAKE_USER_ID": "true",
    }
    processes = Processes(folder=tmp_path, environment=environment)
    here = Place(processes=processes, admin=admin, vhost=vhost, password=password, stores=stores)
    try:
        processes.run("migrate")
        for service in SERVICES:
            here.start(service)
        yield here
    finally:
        processes.stop_all()
        admin.forget(vhost, users)


def await_services(client: RpcClient) -> None:
    """Returns once every service answers and reads."""
    for service in SERVICES:
        eventually(lambda service=service: health(client, service).get("broker") == "ok", within=READY_SECONDS)


def health(client: RpcClient, service: str) -> dict[str, Any]:
    """What a service says of itself; nothing while it can't be asked."""
    try:
        return client.call(service, "health", {}, ADVISER)
    except StewardError:
        return {}


def test_a_referral_goes_from_the_council_to_notifications_with_nothing_but_the_least_rights(place: Place) -> None:
    gateway, council = RpcClient(place.address("gateway"), timeout=5), Intruder(place.address(f"ext-{CE}"))
    await_services(gateway)
    event = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]

    said = send(council, event, user_id=f"ext-{CE}")
    answer = eventually(lambda: council.take_all(results_queue(CE)), within=READY_SECONDS)
    unproved = send(council, event | {"id": "another"})
    refusal = eventually(lambda: council.take_all(results_queue(CE)), within=READY_SECONDS)

    assert (said, unproved) == ("taken", "taken")
    assert [json.loads(message.body)["outcome"] for message in (*answer, *refusal)] == ["accepted", "refused"]
    assert len(gateway.call("referrals", "list_referrals", {}, ADVISER)["items"]) == 1
    eventually(lambda: contact_is_kept(place, event), within=READY_SECONDS)
    assert all(process.poll() is None for process in place.processes.running.values())
    gateway.close()
    council.leave()


def send(council: Intruder, event: dict[str, Any], **properties: Any) -> str:
    key, body = "referral.submitted", json.dumps(event)
    return council.publish(
        intake_exchange(CE), key, body=body, content_type="application/cloudevents+json", **properties
    )


def contact_is_kept(place: Place, event: dict[str, Any]) -> bool:
    person_id = derived_id("per", CE, event["data"]["person"]["person_reference"])
    store = open_store(place.stores, "notifications")
    try:
        return store.documents(CONTACTS).get(person_id) is not None
    finally:
        store.close()


def test_a_call_by_another_user_than_the_gateway_is_refused_by_the_service(place: Place) -> None:
    gateway, deployer = RpcClient(place.address("gateway"), timeout=5), RpcClient(place.address("deploy"), timeout=5)
    await_services(gateway)

    with pytest.raises(StewardError) as refused:
        deployer.call("referrals", "health", {}, ADVISER)

    assert refused.value.problem()["code"] == "unproved-caller"
    gateway.close()
    deployer.close()
