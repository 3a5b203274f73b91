"""Operators look after the messages that a running service holds: by call, and by command beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Invalid
from shared.messaging.calls.client import ServiceRefusal
from tests.support.eventful import Eventful
from tests.support.waiting import eventually

REFERRAL = "ref-tended"
FIRST = f"referral:{REFERRAL}:0000000001"
EDITED = {"referral_id": REFERRAL, "person_id": "per-0007", "worker_id": "worker-2"}


@pytest.fixture
def eventful(tmp_path: Path) -> Iterator[Eventful]:
    eventful = Eventful(tmp_path, broker_url="embedded://localhost/", held_alarm_seconds=0.001)
    eventful.start()
    yield eventful
    eventful.stop()


def ask(eventful: Eventful, method: str, **payload: Any) -> dict[str, Any]:
    return eventful.call(eventful.readers[0], method, payload)


def a_parked_message(eventful: Eventful) -> None:
    """The first event of the referral is refused, and the two after it wait behind it."""
    eventful.faults.once[REFERRAL, 1] = [Invalid("not as it is")]
    eventful.allocate(REFERRAL, times=3)
    eventually(lambda: eventful.held() == {"parked": 1, "gap": 2})


def test_a_message_is_found_edited_as_a_copy_and_tried_again_with_those_behind_it(eventful: Eventful) -> None:
    a_parked_message(eventful)

    [line] = ask(eventful, "list_held", reason="parked", type="referral.allocated", older_than=0)["items"]
    edited = ask(eventful, "edit_held", id=line["id"], data=EDITED, reason="the worker had left")
    made_due = ask(eventful, "replay_all_held", stream_key=line["stream_key"])

    assert (line["id"], edited["envelope"]["data"], edited["originals"][0]["why"]) == (
        FIRST,
        EDITED,
        "the worker had left",
    )
    assert made_due == {"made_due": 3}
    eventful.await_applied(REFERRAL, [1, 2, 3])
    eventually(lambda: ask(eventful, "list_held")["items"] == [])
    assert ask(eventful, "show_held", id=FIRST)["state"] == "settled"


def test_the_service_says_what_it_holds_for_how_long_and_raises_the_alarm(eventful: Eventful) -> None:
    assert ask(eventful, "health")["alarms"] == []
    a_parked_message(eventful)

    health = eventually(lambda: (found := ask(eventful, "health"))["alarms"] and found)

    assert health["held"] == {"parked": 1, "gap": 2}
    assert health["held_oldest_seconds"] >= 0
    assert [alarm["alarm"] for alarm in health["alarms"]] == ["held-too-long"]


@pytest.mark.parametrize(
    ("method", "payload", "field"),
    [
        ("edit_held", {"id": FIRST, "data": EDITED}, "reason"),
        ("edit_held", {"id": FIRST, "data": [], "reason": "why"}, "data"),
        ("edit_held", {"id": FIRST, "data": {}, "reason": "why"}, "referral_id"),
        ("replay_all_held", {}, "stream_key"),
        ("discard_held", {"id": FIRST, "reason": " "}, "reason"),
    ],
)
def test_what_lacks_a_reason_a_choice_or_right_data_is_refused(
    eventful: Eventful, method: str, payload: dict[str, Any], field: str
) -> None:
    a_parked_message(eventful)

    with pytest.raises(ServiceRefusal) as refused:
        ask(eventful, method, **payload)

    assert field in {error["field"] for error in refused.value.problem()["errors"]}
    assert json.dumps(eventful.held(), sort_keys=True) == '{"gap": 2, "parked": 1}'
