"""T13 and T10, for calls: servers killed, wires cut, still, slow or forgotten. Every call ends, and runs at most once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from kombu import Connection

from shared.messaging.calls.circuit import CircuitSettings
from shared.messaging.calls.client import RpcClient
from tests.faults.answering import HEARTBEAT_SECONDS, Answering
from tests.faults.attacks import repeated
from tests.faults.callers import DEADLINE_SECONDS, SLACK_SECONDS, Callers
from tests.faults.checking import Applied, Verdict, check
from tests.faults.results import Lengths, report
from tests.support.waiting import eventually
from tests.support.wires import Wire, wire_to

THREADS = 64
WORK_SECONDS = 0.02
STILL_SECONDS = 2.5
SLOW_SECONDS = 0.3
RECOVERED_SECONDS = 120.0
RECOVERED_CALLS = 200
CIRCUIT = CircuitSettings(failures=20, open_seconds=0.5)
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.timeout(600 + 120 * Lengths.from_environment().rounds),
]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A service of two processes, one of which reaches the broker over a wire, and callers who do over another."""

    service: Answering
    callers: Callers
    clients_wire: Wire
    services_wire: Wire
    services_url: str


@pytest.fixture
def heartbeat() -> float:
    """How soon the callers' client finds out that its connection is gone."""
    return HEARTBEAT_SECONDS


@pytest.fixture
def scene(tmp_path: Path, heartbeat: float) -> Iterator[Scene]:
    broker_url = os.environ["STEWARD_TEST_RABBITMQ_URL"]
    clients_wire, client_url = wire_to(broker_url)
    services_wire, services_url = wire_to(broker_url)
    service = Answering(name=f"notebook-{uuid4().hex[:8]}", folder=tmp_path, broker_url=broker_url)
    client = RpcClient(client_url, timeout=DEADLINE_SECONDS, heartbeat=heartbeat, circuit=CIRCUIT)
    callers = Callers(
        client=client,
        service=service.name,
        method="note",
        payload=lambda id: {"id": id, "seconds": WORK_SECONDS},
        expects=("noted",),
        keyed=False,
    )
    service.start()
    service.start(services_url)
    yield Scene(
        service=service,
        callers=callers,
        clients_wire=clients_wire,
        services_wire=services_wire,
        services_url=services_url,
    )
    client.close()
    service.end()
    clients_wire.close()
    services_wire.close()
    with Connection(broker_url) as connection:
        connection.default_channel.queue_delete(f"rpc-{service.name}")


def kill_servers(scene: Scene, draw: random.Random) -> None:
    """Each process in turn dies amid its calls, and another takes its place."""
    for process in list(scene.service.processes):
        time.sleep(draw.uniform(0.5, 1.0))
        scene.service.kill(process)
        scene.callers.history.kill(scene.service.name, cause="SIGKILL")
        scene.service.start()


def cut_again_and_again(wire: Wire, draw: random.Random) -> None:
    """Requests and replies under way are lost."""
    for _ in range(8):
        time.sleep(draw.uniform(0.1, 0.5))
        wire.cut()


def keep_still(wire: Wire, _draw: random.Random) -> None:
    """Nothing moves for longer than any deadline, then all of it at once: requests and replies are late."""
    wire.stop_moving()
    time.sleep(STILL_SECONDS)
    wire.move()


def forget(wire: Wire, draw: random.Random) -> None:
    """The connection is gone and nobody says so: each side must find out by itself."""
    time.sleep(draw.uniform(0.1, 0.5))
    wire.abandon()
    time.sleep(STILL_SECONDS)


def slow_down(wire: Wire, _draw: random.Random) -> None:
    """What moves, moves late."""
    wire.delay_seconds = SLOW_SECONDS
    time.sleep(STILL_SECONDS)
    wire.delay_seconds = 0.0


def on_clients(attack: Callable[[Wire, random.Random], None]) -> Callable[[Scene, random.Random], None]:
    return lambda scene, draw: attack(scene.clients_wire, draw)


def on_services(attack: Callable[[Wire, random.Random], None]) -> Callable[[Scene, random.Random], None]:
    return lambda scene, draw: attack(scene.services_wire, draw)


ATTACKS: dict[str, tuple[str, Callable[[Scene, random.Random], None]]] = {
    "servers killed": ("T13", kill_servers),
    "the client's wire cut again and again": ("T13", on_clients(cut_again_and_again)),
    "the client's wire still, then moving": ("T13", on_clients(keep_still)),
    "the client's wire forgotten": ("T10", on_clients(forget)),
    "the client's wire slow": ("T10", on_clients(slow_down)),
    "a service's wire cut again and again": ("T10", on_services(cut_again_and_again)),
    "a service's wire still, then moving": ("T10", on_services(keep_still)),
    "a service's wire forgotten": ("T10", on_services(forget)),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_call_of_64_threads_ends_by_its_deadline_and_ran_at_most_once(
    scene: Scene, attack: str, lengths: Lengths
) -> None:
    test, attack_scene = ATTACKS[attack]
    draw = random.Random(attack)
    recoveries = []

    with scene.callers.calling(THREADS) as callers:
        callers.await_more_answers(RECOVERED_CALLS, within=RECOVERED_SECONDS)
        for _ in range(lengths.rounds):
            attack_scene(scene, draw)
            recoveries.append(callers.await_more_answers(RECOVERED_CALLS, within=RECOVERED_SECONDS))
    verdict = verdict_on(scene)

    report(
        test,
        attack=attack,
        platform="RabbitMQ, calls of 64 threads",
        runs=lengths.rounds,
        kills=len(scene.callers.history.kills),
        verdict=verdict,
        recoveries=recoveries,
    )
    assert verdict.holds, verdict
    assert scene.callers.longest_seconds < DEADLINE_SECONDS + SLACK_SECONDS
    assert scene.callers.client.figures().pending == 0


def verdict_on(scene: Scene) -> Verdict:
    """Every line is an effect; a call that was not answered may have run or not."""
    lines = scene.service.file.read_text(encoding="utf-8").splitlines()
    applied = [Applied(operation_id=id, effect="noted", stream=id, sequence=1) for id in lines]
    return check(scene.callers.history, applied)


@pytest.mark.parametrize("heartbeat", [30.0])
def test_answers_that_come_after_their_deadline_are_counted_and_dropped(scene: Scene) -> None:
    with scene.callers.calling(THREADS) as callers:
        callers.await_more_answers(THREADS, within=RECOVERED_SECONDS)
        keep_still(scene.clients_wire, random.Random())
        callers.await_more_answers(THREADS, within=RECOVERED_SECONDS)

    assert callers.client.figures().connections == 1
    assert callers.client.figures().late_replies > 0
    assert verdict_on(scene).holds, verdict_on(scene)


def test_no_reply_queue_outlives_its_connection(scene: Scene) -> None:
    broker_url = os.environ["STEWARD_TEST_RABBITMQ_URL"]
    client = scene.callers.client
    seen: set[str] = set()

    def note_reply_queue() -> None:
        session = client._link._session if client._link else None
        seen.update([session.reply_queue] if session else [])

    with scene.callers.calling(4) as callers, repeated(note_reply_queue, every_seconds=0.01):
        for _ in range(10):
            callers.await_more_answers(4, within=RECOVERED_SECONDS)
            scene.clients_wire.cut()
        callers.await_more_answers(4, within=RECOVERED_SECONDS)
    client.close()

    assert len(seen) >= 10
    with Connection(broker_url) as connection:
        eventually(lambda: not [name for name in seen if exists(connection, name)], within=60)


def exists(connection: Connection, name: str) -> bool:
    """Whether the broker has this queue, be it another connection's own."""
    channel = connection.channel()
    try:
        channel.queue_declare(name, passive=True)
    except connection.channel_errors as error:
        return getattr(error, "reply_code", None) != NOT_FOUND
    return True


NOT_FOUND = 404
