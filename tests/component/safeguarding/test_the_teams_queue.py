"""The queue of a council's safeguarding team: full, it refuses and nothing is lost; purged, it can be filled again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from structlog.testing import capture_logs

from shared.context import Caller
from shared.messaging.broker.inspection import backlogs
from shared.messaging.broker.topology import safeguarding_queue
from shared.messaging.calls.client import ServiceRefusal
from shared.messaging.consuming.deliveries import raw_channel
from shared.telemetry.figures import ASKED_FOR, SENT_AGAIN
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually

COUNCIL = "cheshire-east"
ROOM = 3
ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(COUNCIL,))
TEAM = Caller(actor_id="worker-1", roles=("safeguarding_team",), councils=(COUNCIL,))
OPERATOR = Caller(actor_id="operator")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def running(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPlatform]:
    """Safeguarding, whose team's queue has room for three messages."""
    monkeypatch.setattr("shared.runtime.platform._clock", lambda _: clock)
    platform = RunningPlatform(tmp_path, services=["safeguarding"], outside_queue_messages=ROOM)
    platform.start()
    yield platform
    platform.stop()


class Team:
    """The team's side of the broker."""

    def __init__(self, running: RunningPlatform) -> None:
        self._url = running.settings.broker_url

    def read(self, most: int = 100) -> list[str]:
        """Takes messages; their ids."""
        with Connection(self._url) as connection:
            channel = raw_channel(connection)
            taken = []
            while len(taken) < most and (message := channel.basic_get(safeguarding_queue(COUNCIL), no_ack=True)):
                taken.append(message.properties["message_id"])
            return taken

    def purge(self) -> int:
        """Throws all away, which its right to read allows."""
        with Connection(self._url) as connection:
            purged: int = connection.channel().queue_purge(safeguarding_queue(COUNCIL))
            return purged


@pytest.fixture
def team(running: RunningPlatform) -> Team:
    return Team(running)


def raise_concerns(running: RunningPlatform, numbers: Sequence[int]) -> None:
    for number in numbers:
        payload = {
            "council_id": COUNCIL,
            "person_id": f"per-{number:04d}",
            "categories": ["neglect"],
            "description": "a sample",
            "consent_sought": True,
        }
        running.call("safeguarding", "raise_concern", payload, replace(ADVISER, idempotency_key=f"key-{number}"))


def alerts(running: RunningPlatform) -> list[str]:
    """The ids of all alert events that safeguarding has logged."""
    entries = running.resources("safeguarding").event_log.since(None, limit=500)
    return [entry["event_id"] for entry in entries if entry["envelope"]["partitionkey"].startswith("alert:")]


def depth(running: RunningPlatform) -> int:
    found = {each.queue: each.waiting for each in backlogs(running.settings.broker_url, running.platform.topology)}
    return found[safeguarding_queue(COUNCIL)]


def outbox(running: RunningPlatform) -> int:
    waiting: int = running.resources("safeguarding").health()["outbox_waiting"]
    return waiting


def test_a_full_queue_refuses_and_what_it_refused_waits_in_the_outbox_until_there_is_room(
    running: RunningPlatform, team: Team, clock: FixedClock
) -> None:
    with capture_logs() as logs:
        raise_concerns(running, range(ROOM + 2))
        eventually(lambda: len(alerts(running)) == ROOM + 2)
        eventually(lambda: depth(running) == ROOM)
        eventually(lambda: [line for line in logs if line["event"] == "relay.delayed"])

    assert outbox(running) >= 2
    first = team.read()
    read_on = list(first)

    def everything_has_come() -> bool:
        clock.advance(timedelta(minutes=1))  # what was refused is due again later
        read_on.extend(team.read())
        return set(read_on) == set(alerts(running))

    eventually(everything_has_come)
    assert len(first) == ROOM
    eventually(lambda: outbox(running) == 0)


def ask_again(running: RunningPlatform, **payload: Any) -> dict[str, Any]:
    asked = {"stream": "alert", "council_id": COUNCIL, "since": "2000-01-01T00:00:00Z", **payload}
    return running.call("safeguarding", "send_again", asked, OPERATOR)


def test_what_a_subscriber_purged_is_sent_again_under_the_same_ids(running: RunningPlatform, team: Team) -> None:
    raise_concerns(running, range(ROOM))
    eventually(lambda: depth(running) == ROOM)
    assert team.purge() == ROOM

    answer = ask_again(running)

    assert answer == {"sent": ROOM, "next": None}
    assert running.resources("safeguarding").figures.own.counts[SENT_AGAIN] == {(ASKED_FOR,): ROOM}
    assert set(team.read()) == set(alerts(running))


def test_only_the_councils_own_events_of_the_time_asked_for_are_sent_again(
    running: RunningPlatform, team: Team, clock: FixedClock
) -> None:
    raise_concerns(running, [1])
    eventually(lambda: depth(running) == 1)
    clock.advance(timedelta(hours=1))
    raise_concerns(running, [2])
    eventually(lambda: depth(running) == 2)
    first, second = alerts(running)
    team.purge()
    between = (clock.now() - timedelta(minutes=30)).isoformat()

    assert ask_again(running, council_id="cambridgeshire-peterborough")["sent"] == 0
    assert ask_again(running, since=between)["sent"] == 1
    assert ask_again(running, until=between)["sent"] == 1
    assert team.read() == [second, first]


def test_sending_again_into_a_full_queue_is_refused_in_a_sentence(running: RunningPlatform, team: Team) -> None:
    raise_concerns(running, range(ROOM))
    eventually(lambda: depth(running) == ROOM)

    with pytest.raises(ServiceRefusal) as refused:
        ask_again(running)

    assert refused.value.problem()["kind"] == "unavailable"
    assert depth(running) == ROOM


@pytest.mark.parametrize(
    "payload", [{"stream": "fund"}, {"stream": None}, {"council_id": ""}, {"since": "yesterday"}, {"until": 5}], ids=str
)
def test_a_stretch_that_makes_no_sense_is_refused(running: RunningPlatform, payload: dict[str, Any]) -> None:
    with pytest.raises(ServiceRefusal) as refused:
        ask_again(running, **payload)

    assert refused.value.problem()["kind"] == "invalid"


def test_an_alert_that_the_team_purged_is_escalated_when_nobody_acknowledges_it(
    running: RunningPlatform, team: Team, clock: FixedClock
) -> None:
    """The queue can't tell purging from reading; what shows is that nobody took the alert in hand."""
    raise_concerns(running, [1])
    eventually(lambda: depth(running) == 1)
    team.purge()
    clock.advance(timedelta(hours=2))

    [alert] = eventually(lambda: [a for a in board(running) if a.get("escalated_at")])
    [*_, last] = eventually(lambda: told(running, alert["concern_id"])[1:])

    assert last == "alert.escalated"


def told(running: RunningPlatform, concern_id: str) -> list[str]:
    events = running.published("safeguarding", stream="concern", subject=concern_id)
    return [envelope.type for envelope in events]


def board(running: RunningPlatform) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = running.call("safeguarding", "list_alerts", {}, TEAM)["items"]
    return items
