"""The whole journey as a user would play it: on one machine, and on the real engines with each service its own process.

There, every program and both parties outside sign in to the broker as the users that `steward topology export` makes, so the
journey also shows that those rights are enough.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys

import pytest

from shared.clock import SystemClock
from shared.messaging.broker.topology import safeguarding_queue
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP, Journey, play
from tests.support.council_side import answers_to, everything_in
from tests.support.platforms import SERVICES, distributed, import_broker_users, unhurried
from tests.support.waiting import patience

pytestmark = pytest.mark.timeout(300)


def test_the_demo_plays_the_whole_journey_and_ends_with_0():
    done = subprocess.run(
        [sys.executable, "-m", "shared.cli", "demo"],
        env=os.environ | unhurried(),
        capture_output=True,
        text=True,
        timeout=patience(200),
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "checks held." in done.stdout
    assert "stopped; nothing is left running." in done.stderr


@pytest.mark.needs_rabbitmq
@pytest.mark.needs_mongodb
@pytest.mark.needs_elasticsearch
def test_the_same_journey_holds_on_the_real_engines_with_one_service_scaled_to_three(tmp_path):
    users = import_broker_users(tmp_path, os.environ["STEWARD_TEST_RABBITMQ_URL"])
    council, team = users.url(f"ext-{CE}"), users.url(f"ext-{CE}-safeguarding")
    said: list[str] = []
    with distributed(
        tmp_path,
        broker_url=users.broker_url,
        users=users,
        store_url=os.environ["STEWARD_TEST_MONGODB_URL"],
        search_url=os.environ["STEWARD_TEST_ELASTICSEARCH_URL"],
        scale={"referrals": 3},
    ) as (processes, address, identity):
        run = f"e2e{secrets.token_hex(3)}"
        journey = Journey(address=address, sign_in=identity.token, clock=SystemClock(), say=said.append, run=run)

        play(journey)
        answers = a_council_publishes_by_amqp(council, run)
        alerts = [json.loads(body) for body in everything_in(team, safeguarding_queue(CE))]
        codes = processes.stop_all()

    assert journey.checks >= 30, said
    assert sorted(answer["outcome"] for answer in answers) == ["accepted", "duplicate", "refused", "refused"]
    assert {answer["errors"][0]["field"] for answer in answers if answer["outcome"] == "refused"} == {"source", "body"}
    assert any(alert["priority"] == "urgent" for alert in alerts)
    assert all("missing after visits" not in json.dumps(alert) for alert in alerts)
    assert set(codes.values()) == {0}, {name: processes.log(name)[-3000:] for name, code in codes.items() if code}
    assert {name.rpartition("-")[0] for name in codes} - {""} == set(SERVICES)


def a_council_publishes_by_amqp(broker_url: str, run: str) -> list[dict]:
    """A good event, the same again, one that claims another council, and bad UTF-8; the answers on the results queue.

    Three replicas read the council's queue, so the answers come in any order.
    """
    event = SampleCouncil(council_id=CE, now=SystemClock().now()).referrals(1)[0]
    event = event | {"id": f"{run}-amqp", "data": event["data"] | {"referral_reference": f"{run}-amqp"}}
    forged = event | {"id": f"{run}-forged", "source": f"/councils/{CP}"}
    bodies = [json.dumps(event).encode(), json.dumps(event).encode(), json.dumps(forged).encode(), b"\xff\xfe"]
    answers = answers_to(broker_url, CE, bodies, run=run)
    return sorted(answers, key=lambda answer: ("accepted", "duplicate", "refused").index(answer["outcome"]))
