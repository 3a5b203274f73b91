from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.safeguarding.errors import AlertInHand
from services.safeguarding.handlers.alerts import acknowledge_alert, escalate_alert
from services.safeguarding.model.concerns import Concern
from services.safeguarding.store import ALERTS_OVERDUE
from shared.context import Caller
from shared.errors import NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.cause import of_schedule
from shared.messaging.scheduling import DueWork
from tests.support.scheduling import a_scheduler
from tests.unit.safeguarding.builders import SafeguardingDesk, a_caller, a_command


def acknowledge(desk: SafeguardingDesk, alert_id: str, caller: Caller) -> Stored[Concern]:
    return acknowledge_alert(
        alert_id,
        caller=caller,
        concerns=desk.concerns.records,
        board=desk.store,
        clock=desk.clock,
        cause=a_command(caller),
    )


def sweep(desk: SafeguardingDesk) -> list[str]:
    """One sweep of the service; whose alerts it took up."""
    taken_up = []

    def escalate(concern_id: str) -> None:
        taken_up.append(concern_id)
        escalate_alert(
            concern_id, concerns=desk.concerns.records, clock=desk.clock, cause=of_schedule("alerts", concern_id)
        )

    a_scheduler(desk.clock).sweep(DueWork(due=ALERTS_OVERDUE, documents=desk.concerns.documents, do=escalate))
    return taken_up


def test_acknowledging_twice_gives_the_same_answer_and_tells_it_once() -> None:
    desk = SafeguardingDesk()
    alert_id = desk.raise_concern().state.alert.alert_id

    first = acknowledge(desk, alert_id, a_caller("worker-1"))
    again = acknowledge(desk, alert_id, a_caller("worker-1"))

    assert again == first
    assert first.state.alert.acknowledged_by == "worker-1"
    assert desk.concerns.types_told().count("alert.acknowledged") == 1


def test_someone_else_is_told_who_has_the_alert() -> None:
    desk = SafeguardingDesk()
    alert_id = desk.raise_concern().state.alert.alert_id
    acknowledge(desk, alert_id, a_caller("worker-1"))

    with pytest.raises(AlertInHand, match="worker-1"):
        acknowledge(desk, alert_id, a_caller("worker-2"))


def test_of_two_who_acknowledge_at_once_one_has_it_and_the_other_is_told_who() -> None:
    desk = SafeguardingDesk()
    alert_id = desk.raise_concern().state.alert.alert_id
    desk.concerns.documents.before_next_write(lambda: acknowledge(desk, alert_id, a_caller("worker-1")) and None)

    with pytest.raises(AlertInHand, match="worker-1"):
        acknowledge(desk, alert_id, a_caller("worker-2"))

    assert desk.concerns.types_told().count("alert.acknowledged") == 1


def test_an_alert_that_nobody_acknowledged_in_time_is_escalated_once() -> None:
    desk = SafeguardingDesk(minutes=60)
    concern_id = desk.raise_concern().id

    desk.clock.advance(timedelta(minutes=59))
    assert sweep(desk) == []
    desk.clock.advance(timedelta(minutes=1))
    assert sweep(desk) == [concern_id]
    desk.clock.advance(timedelta(days=1))
    assert sweep(desk) == []

    escalated = [envelope for envelope in desk.concerns.told() if envelope.type == "alert.escalated"]
    assert [(envelope.subject, envelope.stream) for envelope in escalated] == [(concern_id, "concern")]


def test_two_sweepers_escalate_an_alert_once() -> None:
    desk = SafeguardingDesk(minutes=0)
    desk.raise_concern()
    desk.concerns.documents.before_next_write(lambda: sweep(desk) and None)

    sweep(desk)

    assert desk.concerns.types_told().count("alert.escalated") == 1


def test_an_acknowledged_alert_is_never_escalated() -> None:
    desk = SafeguardingDesk(minutes=60)
    acknowledge(desk, desk.raise_concern().state.alert.alert_id, a_caller())

    desk.clock.advance(timedelta(days=3))

    assert sweep(desk) == []


def test_an_escalated_alert_can_still_be_acknowledged() -> None:
    desk = SafeguardingDesk(minutes=0)
    stored = desk.raise_concern()
    sweep(desk)

    acknowledged = acknowledge(desk, stored.state.alert.alert_id, a_caller())

    assert acknowledged.state.alert.escalated_at is not None
    assert not acknowledged.state.alert.open


def test_the_board_shows_open_alerts_first_the_longest_waiting_at_the_top() -> None:
    desk = SafeguardingDesk()
    ids = []
    for _ in range(4):
        ids.append(desk.raise_concern().id)
        desk.clock.advance(timedelta(minutes=1))
    for taken in (ids[0], ids[2]):
        acknowledge(desk, desk.concerns.records.get(taken).state.alert.alert_id, a_caller())

    def board(**filters: Any) -> list[str]:
        return [stored.id for stored in desk.store.alerts_seen_by(a_caller(), **filters).items]

    assert board() == [ids[1], ids[3], ids[2], ids[0]]
    assert board(open=True) == [ids[1], ids[3]]
    assert board(open=False) == [ids[2], ids[0]]


def test_an_alert_of_another_council_is_not_found() -> None:
    desk = SafeguardingDesk()
    alert_id = desk.raise_concern().state.alert.alert_id

    with pytest.raises(NotFound) as refused:
        acknowledge(desk, alert_id, a_caller(councils=("cambridgeshire-peterborough",)))

    assert refused.value.detail == f"there is no alert {alert_id}"
