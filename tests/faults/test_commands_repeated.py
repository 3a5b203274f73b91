"""T13, for commands under an idempotency key: repeated by broker and callers until answered, and done once."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.context import Caller
from shared.messaging.calls.circuit import CircuitSettings
from shared.messaging.calls.client import RpcClient
from shared.samples.journey import CP
from tests.faults.callers import DEADLINE_SECONDS, SLACK_SECONDS, Callers
from tests.faults.effects import outcome_of
from tests.faults.fleet import Fleet, on_engines
from tests.faults.load import Fund, open_fund
from tests.faults.results import Lengths, report
from tests.support.wires import Wire, wire_to

SERVICES = ("ledger", "witness")
THREADS, ANSWERS = 16, 40
RECOVERED_SECONDS = 180.0
REPEATED = 50
pytestmark = [
    pytest.mark.needs_rabbitmq,
    pytest.mark.timeout(900 + 180 * Lengths.from_environment().rounds),
]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """Two processes of the ledger."""
    broker_url, store_url = os.environ["STEWARD_TEST_RABBITMQ_URL"], f"sqlite:///{tmp_path / 'stores'}"
    scale = {"ledger": 2}
    with on_engines(tmp_path, broker_url=broker_url, store_url=store_url, services=SERVICES, scale=scale) as fleet:
        yield fleet


@pytest.fixture
def wire(fleet: Fleet) -> Iterator[tuple[Wire, RpcClient]]:
    """A client that reaches the broker over a wire."""
    wire, url = wire_to(fleet.processes.environment["STEWARD_BROKER_URL"])
    client = RpcClient(url, heartbeat=1.0, circuit=CircuitSettings(failures=20, open_seconds=0.5))
    yield wire, client
    client.close()
    wire.close()


def callers_of(fleet: Fleet, client: RpcClient, fund: Fund) -> Callers:
    """Each spends a penny at a time, and repeats what was not answered."""
    return Callers(
        client=client,
        service="ledger",
        method="request_spend",
        payload=lambda id: fund.spend(id) | {"id": fund.id},
        expects=("fund.spend.posted",),
        keyed=True,
        caller=Caller(
            actor_id="alex-example", roles=("isf_provider",), councils=(CP,), organisation_id=fund.provider_id
        ),
        history=fleet.history,
    )


def test_a_command_repeated_until_it_is_answered_is_done_once(
    fleet: Fleet, wire: tuple[Wire, RpcClient], lengths: Lengths
) -> None:
    draw = random.Random(13)
    cable, client = wire
    callers = callers_of(fleet, client, open_fund(fleet, "repeated"))

    with callers.calling(THREADS):
        callers.await_more_answers(ANSWERS, within=RECOVERED_SECONDS)
        for _ in range(lengths.rounds):
            for member in ("ledger-0", "ledger-1"):
                time.sleep(draw.uniform(0.2, 0.6))
                fleet.kill(member)
                callers.await_more_answers(ANSWERS, within=RECOVERED_SECONDS)
                fleet.start(member)
            for _ in range(5):
                time.sleep(draw.uniform(0.1, 0.4))
                cable.cut()
            cable.stop_moving()
            time.sleep(DEADLINE_SECONDS * 1.5)
            cable.move()
            callers.await_more_answers(ANSWERS, within=RECOVERED_SECONDS)
    assert all(callers.ask_again(operation.id) for operation in fleet.history.acknowledged[-REPEATED:])
    outcome = outcome_of(fleet, callers.run)

    report(
        "T13",
        attack="replies lost and servers killed, commands repeated under their key",
        platform=f"RabbitMQ and SQLite, calls of {THREADS} threads",
        runs=lengths.rounds,
        kills=len(fleet.history.kills),
        verdict=outcome.verdict,
    )
    assert outcome.verdict.holds, outcome.verdict
    assert callers.longest_seconds < DEADLINE_SECONDS + SLACK_SECONDS
