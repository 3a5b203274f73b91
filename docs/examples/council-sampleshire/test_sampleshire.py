"""Sampleshire's packs are valid, and say what the agreement says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sampleshire import Packs

from shared.dates import london_day
from shared.errors import PolicyIncomplete
from shared.policy.policies import Policies

RECEIVED = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
"""A Thursday. Christmas, a Friday and a weekend follow, and a day that only Sampleshire keeps."""


def test_a_referral_is_answered_within_three_of_our_own_working_days() -> None:
    policies = Policies.load([Packs()])

    deadline = policies.deadline("sampleshire", "C1", RECEIVED)

    assert deadline.due_on.isoformat() == "2027-01-04"
    assert {step.reason for step in deadline.skipped} >= {"Council closure: Sampleshire Day", "Friday"}
    assert deadline.clause == "SA 4.1"


def test_what_is_not_agreed_yet_stops_whoever_needs_it() -> None:
    pack = Policies.load([Packs()]).pack("sampleshire", on=london_day(RECEIVED))

    with pytest.raises(PolicyIncomplete, match="policy incomplete: sampleshire/2026-04-01 surplus_inform_weeks"):
        pack.number("surplus_inform_weeks")
