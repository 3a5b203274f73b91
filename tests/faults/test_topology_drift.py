"""Whatever comes to differ between a real broker and the declaration is found and named, or said to be out of sight."""

from __future__ import annotations

import http.server
import json
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amqp
import pytest
from click.testing import CliRunner

from shared.cli.doctor import doctor
from shared.cli.topology import topology as topology_command
from shared.events.referrals import REFERRAL
from shared.messaging.broker.definitions import definitions
from shared.messaging.broker.inspection import (
    UNSEEN_BY_AMQP,
    Backlog,
    backlogs,
    inspect_by_management,
    inspect_over_amqp,
)
from shared.messaging.broker.topology import QueueLimits, ServiceDeclaration, Topology, build
from shared.messaging.publishing.publisher import NotPublished, Publisher
from tests.faults.broker_rights import connection_to
from tests.support.broker_admin import BrokerAdmin

pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.enable_socket]

LIMITS = QueueLimits(messages=10, bytes=10_000)
TEAM = "ext.cheshire-east.safeguarding"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A small topology on a real broker, made by its definitions."""

    admin: BrokerAdmin
    topology: Topology
    vhost: str
    password: str

    def address(self, user: str = "deploy") -> str:
        return self.admin.address(user, self.password, self.vhost)

    def found(self) -> list[str]:
        """What a look at everything tells."""
        with serving(self.admin.export()) as address:
            inspection = inspect_by_management(address, self.topology, vhost=self.vhost)
        assert inspection.unseen == ()
        return [str(difference) for difference in inspection.differences]

    def seen_over_amqp(self, user: str = "deploy") -> tuple[list[str], tuple[str, ...]]:
        inspection = inspect_over_amqp(self.address(user), self.topology)
        return [f"{each.kind}: {each.what}" for each in inspection.differences], inspection.unseen


class serving:  # noqa: N801  (a context manager that reads as a verb)
    """The management interface's one page, for an administrator named `admin` with the password `p@ss`."""

    def __init__(self, document: dict[str, Any]) -> None:
        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                may = self.headers["Authorization"] == "Basic YWRtaW46cEBzcw==" and self.path == "/api/definitions"
                self.send_response(200 if may else 401)
                self.end_headers()
                if may:
                    self.wfile.write(json.dumps(document).encode())

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = http.server.HTTPServer(("127.0.0.1", 0), Page)
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://admin:p%40ss@127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def declared() -> Iterator[Declared]:
    services = [
        ServiceDeclaration(name="referrals", publishes=(REFERRAL,), handles=()),
        ServiceDeclaration(name="ledger", publishes=(), handles=(REFERRAL,)),
    ]
    topology = build(services, ("cheshire-east",), limits=LIMITS)
    admin = BrokerAdmin(os.environ["STEWARD_TEST_RABBITMQ_URL"])
    vhost, password = f"drift-{secrets.token_hex(4)}", secrets.token_hex(16)
    document = definitions(topology, passwords={"deploy": password, "svc-ledger": password}, vhost=vhost)
    admin.load(document)
    yield Declared(admin=admin, topology=topology, vhost=vhost, password=password)
    admin.forget(vhost, [user["name"] for user in document["users"]])


def test_nothing_differs_from_what_was_just_declared(declared: Declared) -> None:
    assert declared.found() == []
    assert declared.seen_over_amqp() == ([], UNSEEN_BY_AMQP)


def test_a_user_who_may_declare_nothing_sees_what_is_missing_and_is_told_what_it_cannot_see(declared: Declared) -> None:
    on_channel(declared, lambda channel: channel.queue_delete("ledger.requests"))

    differences, unseen = declared.seen_over_amqp("svc-ledger")

    assert differences == ["missing: queue ledger.requests"]
    assert any(what.startswith("arguments of queues") for what in unseen)
    assert set(UNSEEN_BY_AMQP) < set(unseen)


def on_channel(declared: Declared, change: Callable[[Any], object]) -> None:
    """Something that the deployer does by hand."""
    connection = connection_to(declared.address())
    change(connection.channel())
    connection.close()


def recreate(name: str, **arguments: Any) -> Callable[[Any], object]:
    def change(channel: Any) -> None:
        channel.queue_delete(name)
        channel.queue_declare(name, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum", **arguments})

    return change


def test_what_was_changed_by_hand_is_named(declared: Declared) -> None:
    on_channel(declared, recreate(TEAM, **{"x-max-length": 10, "x-overflow": "drop-head"}))
    on_channel(declared, lambda channel: channel.exchange_delete("nameko-rpc"))
    on_channel(declared, lambda channel: channel.queue_declare("stranger", durable=True, auto_delete=False))
    on_channel(declared, lambda channel: channel.queue_bind("stranger", "referrals.events", "#"))

    seen, _ = declared.seen_over_amqp()
    found = declared.found()

    assert sorted(seen) == [f"changed: queue {TEAM}", "missing: exchange nameko-rpc"]
    told = "\n".join(found)
    assert "missing: exchange nameko-rpc" in told
    assert "missing: binding nameko-rpc -> rpc-ledger ledger.*" in told
    assert f"missing: binding ext.safeguarding -> {TEAM} cheshire-east" in told
    assert "extra: queue stranger" in told
    assert "extra: binding referrals.events -> stranger #" in told
    assert f"changed: queue {TEAM}" in told
    assert "drop-head" in told


def test_rights_that_were_widened_and_users_that_were_added_are_named(declared: Declared) -> None:
    wide = {"vhost": declared.vhost, "configure": "^$", "write": ".*", "read": "^$"}
    declared.admin.load({"permissions": [{"user": "ext-cheshire-east", **wide}, {"user": "guest", **wide}]})
    declared.admin.control("set_user_limits", "ext-cheshire-east", '{"max-connections": 5000}')
    declared.admin.control("set_user_tags", "gateway", "administrator")

    found = declared.found()

    assert [line.partition(" (")[0] for line in found] == [
        "extra: rights of guest",
        "changed: rights of ext-cheshire-east",
        "changed: user ext-cheshire-east",
        "changed: user gateway",
    ]
    assert "write '.*' instead of '^(in\\\\.cheshire\\\\-east)$'" in found[1]


def test_a_full_queue_of_a_party_outside_is_seen_before_it_refuses(declared: Declared) -> None:
    on_channel(declared, fill(TEAM, 9))

    waiting = backlogs(declared.address("svc-ledger"), declared.topology)

    assert waiting == [
        Backlog(queue="ext.cheshire-east.results", waiting=0, limit=10),
        Backlog(queue=TEAM, waiting=9, limit=10),
    ]


def fill(queue: str, count: int) -> Callable[[Any], object]:
    def change(channel: Any) -> None:
        channel.confirm_select()
        for _ in range(count):
            channel.basic_publish_confirm(amqp.Message(b"{}"), exchange="", routing_key=queue)

    return change


def test_a_full_queue_of_a_party_outside_refuses_what_comes_and_keeps_what_it_has(declared: Declared) -> None:
    """A quorum queue may take a few more than its limit before it refuses; what it took it keeps, in order."""
    publisher = Publisher(declared.address(), confirm_timeout=10)

    said = [taken(publisher, number) for number in range(4 * LIMITS.messages)]

    kept = read_all(declared)
    after = [taken(publisher, number) for number in range(3)]
    publisher.close()
    assert "refused by the broker" in said
    assert kept == [f"alert-{number}" for number, word in enumerate(said) if word == "taken"]
    assert len(kept) >= LIMITS.messages
    assert after == ["taken"] * 3


def taken(publisher: Publisher, number: int) -> str:
    """What the relay is told of one alert."""
    message = {"body": b"{}", "headers": {}, "message_id": f"alert-{number}"}
    try:
        publisher.publish(exchange="ext.safeguarding", routing_key="cheshire-east", **message).wait()
    except NotPublished as error:
        return str(error)
    return "taken"


def read_all(declared: Declared) -> list[str]:
    """Everything in the team's queue, read as the team does; a reader that gives back again and again loses nothing."""
    team = connection_to(declared.address())
    channel = team.channel()
    for _ in range(30):
        channel.basic_reject(channel.basic_get(TEAM).delivery_tag, requeue=True)
    read = []
    while (message := channel.basic_get(TEAM, no_ack=True)) is not None:
        read.append(message.properties["message_id"])
    team.close()
    return read


def test_a_wrong_password_of_the_management_interface_is_said(declared: Declared) -> None:
    with serving({}) as address, pytest.raises(OSError, match="401"):
        inspect_by_management(address.replace("p%40ss", "wrong"), declared.topology, vhost=declared.vhost)


@pytest.fixture
def platform_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, declared: Declared) -> None:
    """The installed platform, on this broker, where only a part of it was declared."""
    monkeypatch.setenv("STEWARD_BROKER_URL", declared.address())
    monkeypatch.setenv("STEWARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STEWARD_STORE_URL", f"sqlite:///{tmp_path}")


@pytest.mark.usefixtures("platform_settings")
def test_doctor_tells_of_drift_with_a_remedy_and_of_what_it_cannot_see(declared: Declared) -> None:
    on_channel(declared, fill(TEAM, 9))

    told = {f["check"]: f for f in json.loads(CliRunner().invoke(doctor, ["--json"]).stdout)}

    assert not told["broker and topology"]["ok"]
    assert "not as declared" in told["broker and topology"]["found"]
    assert "topology-drift.md" in told["broker and topology"]["remedy"]
    assert "bindings" in told["topology, the rest"]["found"]
    assert told[f"queue {TEAM}"]["found"] == "9 of at most 100000 wait"


@pytest.mark.usefixtures("platform_settings")
def test_doctor_sees_everything_with_the_management_interface(
    declared: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(declared.admin.export()) as address:
        monkeypatch.setenv("STEWARD_BROKER_MANAGEMENT_URL", address)
        told = {f["check"]: f for f in json.loads(CliRunner().invoke(doctor, ["--json"]).stdout)}

    assert not told["broker and topology"]["ok"]
    assert "topology, the rest" not in told


@pytest.mark.usefixtures("platform_settings")
def test_an_exported_file_is_compared_with_the_declaration(declared: Declared, tmp_path: Path) -> None:
    exported = tmp_path / "ours.json"
    runner = CliRunner()
    assert runner.invoke(topology_command, ["export", "--vhost", "steward", "--to", str(exported)]).exit_code == 0
    (tmp_path / "broker.json").write_text(json.dumps(declared.admin.export()), encoding="utf-8")

    same = runner.invoke(topology_command, ["diff", str(exported), "--vhost", "steward"])
    other = runner.invoke(
        topology_command, ["diff", str(tmp_path / "broker.json"), "--vhost", declared.vhost, "--json"]
    )

    assert (same.exit_code, same.output.strip()) == (0, "as declared")
    assert other.exit_code == 1
    assert {"kind": "missing", "what": "queue safeguarding.requests", "detail": ""} in json.loads(other.stdout)
