"""T12: replicas of referrals share the queues that councils write to; each event is taken in once, whoever comes or goes."""

from __future__ import annotations

import json
from collections import Counter

import amqp
import pytest

from shared.clock import SystemClock
from shared.messaging.broker.topology import intake_exchange, results_queue
from shared.messaging.consuming.sharing import INTAKE_NOTE, REPLICAS
from shared.samples.generating import SampleCouncil
from shared.samples.journey import CE, CP
from tests.faults.conftest import ON_SQLITE
from tests.faults.fleet import READY_SECONDS, Fleet
from tests.faults.poisoning import STRUCTURED, referral_named, url_of, wire_to
from tests.support.waiting import eventually

COUNCILS = (CE, CP)
COUNTS = (2, 3, 1)
EVENTS = 10
"""Of each council, before and after each change."""
pytestmark = pytest.mark.timeout(900)


def readers(fleet: Fleet) -> Counter[str]:
    """Of how many councils each replica of referrals is to read the queue, as they have noted it."""
    with fleet.store("referrals") as store:
        note = store.documents(REPLICAS).get(INTAKE_NOTE)
    return Counter(note["owners"] if note else ())


def send(fleet: Fleet, council_id: str, label: str) -> list[str]:
    """Events of a council that were never sent before; their ids."""
    sample = SampleCouncil(council_id=council_id, now=SystemClock().now()).referrals(1)[0]
    names = [f"shared-{council_id}-{label}-{number}" for number in range(EVENTS)]
    with wire_to(url_of(fleet)) as wire:
        for name in names:
            message = amqp.Message(json.dumps(referral_named(sample, name)), content_type=STRUCTURED)
            wire.publish(message, intake_exchange(council_id), "referral.submitted")
    return names


class Answers:
    """What the councils have been answered so far."""

    def __init__(self, fleet: Fleet) -> None:
        self.outcomes: list[tuple[str, str]] = []
        self._fleet = fleet

    def has(self, names: list[str]) -> bool:
        with wire_to(url_of(self._fleet)) as wire:
            answers = [answer for council_id in COUNCILS for answer in wire.drain(results_queue(council_id))]
        self.outcomes += [(answer["event_id"], answer["outcome"]) for answer in answers]
        return {event_id for event_id, _ in self.outcomes} >= set(names)


@pytest.mark.parametrize("kind", [ON_SQLITE], indirect=True, scope="session")
def test_replicas_share_councils_and_each_event_is_taken_in_once(attacked: Fleet) -> None:
    answers, sent = Answers(attacked), []
    answers.has([])
    answers.outcomes.clear()  # whatever others have sent before

    for step, replicas in enumerate(COUNTS):
        sent += [name for council_id in COUNCILS for name in send(attacked, council_id, f"{step}-before")]
        attacked.scale(("referrals",), replicas)
        parts = [1, 1] if replicas > 1 else [2]
        eventually(lambda wanted=parts: sorted(readers(attacked).values()) == wanted, within=READY_SECONDS)
        sent += [name for council_id in COUNCILS for name in send(attacked, council_id, f"{step}-after")]
    eventually(lambda: answers.has(sent), within=READY_SECONDS)

    accepted = [event_id for event_id, outcome in answers.outcomes if outcome == "accepted"]
    assert sorted(accepted) == sorted(sent)
    assert {outcome for _, outcome in answers.outcomes} <= {"accepted", "duplicate"}
