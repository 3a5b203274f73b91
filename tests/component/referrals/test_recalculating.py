"""Running clocks follow the council's pack and calendar: when a published pack takes effect, and when a process starts with other
bank holidays; before and after are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.context import Caller
from shared.policy.calendars import EnglandBankHolidays, england
from tests.component.referrals.conftest import Start
from tests.component.referrals.test_publishing_a_policy_pack import (
    CE,
    FIRST_DAY,
    VERSION,
    content,
    publish,
)
from tests.support.clocks import FixedClock
from tests.support.running import RunningPlatform
from tests.support.waiting import eventually
from tests.unit.referrals.builders import an_event

ADVISER = Caller(actor_id="adviser-1", roles=("adviser",), councils=(CE,))
SYSTEM = Caller(actor_id="council-system", roles=("council_system",), councils=(CE,))
RECEIVED = datetime(2026, 3, 31, 10, 0, tzinfo=UTC)  # the last day of the old pack, a Tuesday before Easter
DUE = "2026-04-09T22:59:59.000Z"


def taken_in(running: RunningPlatform) -> str:
    sent = {"council_id": CE, "events": [an_event()]}
    (answer,) = running.call("referrals", "take_in_events", sent, SYSTEM)["results"]
    return str(answer["record_id"])


def the_clock(running: RunningPlatform) -> dict[str, Any]:
    (line,) = eventually(lambda: running.call("referrals", "list_clocks", {}, ADVISER)["items"])
    return running.call("referrals", "get_clock", {"id": line["id"]}, ADVISER)


def recalculated(running: RunningPlatform, referral_id: str) -> list[dict[str, Any]]:
    told = running.published("referrals", stream="referral", subject=referral_id)
    return [dict(envelope.data) for envelope in told if envelope.type == "clock.recalculated"]


def test_a_pack_that_takes_effect_moves_the_clocks_that_run(start: Start, clock: FixedClock) -> None:
    running = start()
    clock.at = RECEIVED
    referral_id = taken_in(running)
    assert the_clock(running)["due_at"] == DUE
    publish(running, content())

    clock.at = FIRST_DAY

    (told,) = eventually(lambda: recalculated(running, referral_id))
    assert (told["due_before"], told["due_after"]) == (DUE, "2026-04-07T22:59:59.000Z")
    assert (told["policy_before"], told["policy_after"]) == (f"{CE}/2019-04-01", VERSION)
    moved = the_clock(running)
    assert (moved["due_at"], moved["policy"]) == (told["due_after"], VERSION)
    assert moved["recalculations"][0]["before"]["due_at"] == DUE


def test_a_start_with_another_bank_holiday_moves_the_clocks_that_run(
    start: Start, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start()
    clock.at = RECEIVED
    referral_id = taken_in(running)
    assert the_clock(running)["due_at"] == DUE
    running.stop()
    proclaimed = replace(england()._proclaimed, added={date(2026, 4, 8): "A jubilee"})
    monkeypatch.setattr("shared.policy.policies.england", lambda: EnglandBankHolidays(proclaimed))
    running = start()

    (told,) = eventually(lambda: recalculated(running, referral_id))
    assert (told["due_before"], told["due_after"]) == (DUE, "2026-04-10T22:59:59.000Z")
    assert told["policy_before"] == told["policy_after"]
    assert "with 1 changed" in told["calendar_after"]
