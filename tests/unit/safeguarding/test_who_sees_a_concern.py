from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.safeguarding.handlers import concerns
from services.safeguarding.handlers.alerts import acknowledge_alert
from shared.context import Caller
from shared.errors import NotFound
from tests.unit.safeguarding.builders import COUNCIL, SafeguardingDesk, a_caller, a_command

OUTSIDERS = {
    "the one it is about": a_caller("pa-0001"),
    "the organisation it is about": a_caller("someone", organisation_id="pa-0001"),
    "another council": a_caller("worker-9", councils=("cambridgeshire-peterborough",)),
}


def reads(desk: SafeguardingDesk, concern_id: str, caller: Caller) -> None:
    desk.store.concern_for(concern_id, caller)


def triages(desk: SafeguardingDesk, concern_id: str, caller: Caller) -> None:
    concerns.triage_concern(
        concern_id,
        procedures_apply=False,
        reason="nothing in it",
        concerns=desk.concerns.records,
        clock=desk.clock,
        cause=a_command(caller),
    )


def decides(desk: SafeguardingDesk, concern_id: str, caller: Caller) -> None:
    concerns.decide_section_42(
        concern_id,
        decision="no-enquiry",
        reason="nothing in it",
        concerns=desk.concerns.records,
        clock=desk.clock,
        cause=a_command(caller),
    )


def concludes(desk: SafeguardingDesk, concern_id: str, caller: Caller) -> None:
    concerns.conclude_concern(
        concern_id,
        outcome="nothing in it",
        restriction_lifted=True,
        concerns=desk.concerns.records,
        clock=desk.clock,
        cause=a_command(caller),
    )


@pytest.mark.parametrize("operation", [reads, triages, decides, concludes])
@pytest.mark.parametrize("caller", OUTSIDERS.values(), ids=OUTSIDERS)
def test_a_concern_does_not_exist_for_those_it_is_about_nor_for_other_councils(
    caller: Caller, operation: Callable[..., None]
) -> None:
    desk = SafeguardingDesk()
    stored = desk.raise_concern()

    with pytest.raises(NotFound) as refused:
        operation(desk, stored.id, caller)

    assert refused.value.detail == f"there is no concern {stored.id}"
    assert refused.value.errors == ()
    assert desk.concerns.records.get(stored.id) == stored


def test_a_hidden_concern_is_refused_in_the_words_of_one_that_is_not_there() -> None:
    desk = SafeguardingDesk()

    with pytest.raises(NotFound) as refused:
        reads(desk, "con-never", a_caller("pa-0001"))

    assert refused.value.detail == "there is no concern con-never"


@pytest.mark.parametrize("caller", OUTSIDERS.values(), ids=OUTSIDERS)
def test_lists_leave_it_out_and_its_alert_cannot_be_acknowledged(caller: Caller) -> None:
    desk = SafeguardingDesk()
    hidden = desk.raise_concern()
    other = desk.raise_concern(alleged_id="pa-0002")

    listed = [stored.id for stored in desk.store.concerns_seen_by(caller).items]
    alerts = [stored.id for stored in desk.store.alerts_seen_by(caller).items]

    assert listed == alerts
    assert hidden.id not in listed
    assert (other.id in listed) == (COUNCIL in caller.councils)
    with pytest.raises(NotFound):
        acknowledge_alert(
            hidden.state.alert.alert_id,
            caller=caller,
            concerns=desk.concerns.records,
            board=desk.store,
            clock=desk.clock,
            cause=a_command(caller),
        )


@pytest.mark.parametrize(
    ("filters", "found"),
    [({}, 2), ({"state": "raised"}, 2), ({"state": "triaged"}, 0), ({"council_id": COUNCIL}, 2), ({"limit": 1}, 1)],
)
def test_concerns_are_listed_within_the_callers_scope(filters: dict[str, Any], found: int) -> None:
    desk = SafeguardingDesk()
    desk.raise_concern()
    desk.raise_concern(alleged_kind=None, alleged_id=None)

    assert len(desk.store.concerns_seen_by(a_caller(), **filters).items) == found
    assert desk.store.concerns_seen_by(a_caller(), council_id="cambridgeshire-peterborough").items == []
