"""T10, for events: the publisher's wire reset after the publish frame, so that the event or only its confirm is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.faults.effects import outcome_of
from tests.faults.load import Load
from tests.faults.results import Lengths, report
from tests.faults.wired import Wired
from tests.support.wires import Wire

SPENDERS = 4
CUTS_EACH_ROUND = 4
HELD_SECONDS = 1.0
pytestmark = [pytest.mark.needs_rabbitmq, pytest.mark.timeout(1200 + 240 * Lengths.from_environment().rounds)]


@pytest.mark.parametrize(
    ("lost", "hold"),
    [
        pytest.param("publish frames", Wire.hold_what_is_sent, id="frames lost"),
        pytest.param("confirms", Wire.hold_what_comes, id="confirms lost"),
    ],
)
def test_reset_after_the_publish_frame_the_publisher_loses_nothing_and_doubles_nothing(
    wired: Wired, lost: str, hold: Callable[[Wire], None], lengths: Lengths
) -> None:
    wired.fleet.begin()
    load, cuts = Load(fleet=wired.fleet), lengths.rounds * CUTS_EACH_ROUND

    with load.running(referrers=0, spenders=SPENDERS):
        for _ in range(cuts):
            cut_amid_a_publish(wired, load, hold)
        load.await_more_operations(SPENDERS)
    outcome = outcome_of(wired.fleet, load.run)

    again = sum(times - 1 for times in Counter(wired.published()).values())
    report(
        "T10",
        attack=f"the publisher's wire reset after the publish frame, {lost} lost",
        platform="RabbitMQ and SQLite",
        runs=cuts,
        kills=0,
        verdict=outcome.verdict,
        note=f"published again {again} times",
    )
    assert outcome.verdict.holds, outcome.verdict
    assert again >= cuts, "each cut came amid a publish"


def cut_amid_a_publish(wired: Wired, load: Load, hold: Callable[[Wire], None]) -> None:
    """Cuts once something was handed over that can't be confirmed any more; where nothing is under way, holds again later."""
    while True:
        load.await_more_operations(SPENDERS)
        hold(wired.wire)
        if wired.publishes(within=HELD_SECONDS):
            break
        wired.wire.move()
    wired.wire.cut()
    wired.wire.move()
