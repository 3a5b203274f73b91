"""T16: a platform at half of its peak for a while holds on to no more than before, leaves nothing behind, and counts right."""

from __future__ import annotations

import pytest

from shared.messaging.broker.topology import results_queue
from shared.samples.journey import CE
from tests.faults.conftest import EMBEDDED, EVERY_SERVICE, WITH_REPLICAS
from tests.faults.effects import books_balance, outcome_of
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.faults.vitals import Queues, Vitals, queues_of, vitals_of
from tests.support.waiting import eventually

WARM_UP_OPERATIONS = 60
HALF = 0.5
REST_SECONDS = 240.0
MORE_FILES, MORE_THREADS = 12, 12
"""What pools may open late; a leak of one for each command is far more."""
MORE_MEGABYTES, MORE_BYTES_EACH = 32.0, 2_000
"""What bounded caches may still take, and what each command may leave in memory (a document is larger)."""
pytestmark = pytest.mark.timeout(1800 + 2 * Lengths.from_environment().soak_seconds)


@pytest.mark.parametrize("kind", WITH_REPLICAS, indirect=True, scope="session")
def test_at_half_of_its_peak_it_grows_by_nothing_and_leaves_nothing(attacked, kind, lengths):
    attacked.scale(EVERY_SERVICE, 1)
    queues = None if kind == EMBEDDED else queues_of(attacked)
    load = Load(fleet=attacked, share=HALF)

    with load.running(referrers=4, spenders=2):
        load.await_more_operations(WARM_UP_OPERATIONS)
        load.stopping.wait(lengths.soak_seconds / 3)
        before, done_before = vitals_of(attacked), len(attacked.history.acknowledged)
        load.stopping.wait(lengths.soak_seconds * 2 / 3)
        load.await_more_operations(WARM_UP_OPERATIONS)
    outcome = outcome_of(attacked, load.run)
    done = len(attacked.history.acknowledged) - done_before
    after = eventually(lambda: at_rest(vitals_of(attacked), before), within=REST_SECONDS)

    growth = {name: after[name].megabytes - before[name].megabytes for name in before}
    report(
        "T16",
        attack=f"{lengths.soak_seconds:g} s at half of the peak",
        platform=kind,
        runs=1,
        kills=0,
        verdict=outcome.verdict,
        note=f"after {done} commands more, of {len(growth)} processes the most grown by {max(growth.values()):.1f} MB",
    )
    assert outcome.verdict.holds, outcome.verdict
    assert max(growth.values()) < MORE_MEGABYTES + done * MORE_BYTES_EACH / 1e6, growth
    books_balance(attacked, load, outcome.applied)
    if queues is not None:
        answers = sum(operation.id.endswith("-submit") for operation in attacked.history.acknowledged)
        eventually(lambda: is_as_before(queues_of(attacked), queues, answers=answers), within=REST_SECONDS)


def at_rest(now: dict[str, Vitals], before: dict[str, Vitals]) -> dict[str, Vitals] | None:
    """What is held now, once no process has more files or threads than it may."""
    grown = [
        name
        for name, seen in now.items()
        if seen.files > before[name].files + MORE_FILES or seen.threads > before[name].threads + MORE_THREADS
    ]
    return None if grown else now


def is_as_before(now: Queues, before: Queues, *, answers: int) -> bool:
    """Whether the same queues are there, nothing waits in ours, and the council has an answer to each of its events."""
    results = results_queue(CE)
    return (
        now.messages.keys() == before.messages.keys()
        and now.reply_queues == before.reply_queues
        and not any(now.inside.values())
        and now.messages[results] >= before.messages[results] + answers
    )
