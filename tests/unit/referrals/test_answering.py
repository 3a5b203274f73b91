"""Refusing a referral: only with a reason of the council's pack, and by the acts that its clause asks for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.referrals.errors import UnknownReason
from services.referrals.handlers.answering import accept_referral
from services.referrals.handlers.refusing import refuse_referral
from services.referrals.model.referral import Referral
from shared.errors import Invalid, KeyReused, Stale
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import CE, CP, ReferralsDesk, a_command, an_adviser, an_event

TODAY = date(2026, 3, 2)


def refuse(desk: ReferralsDesk, stored: Stored[Referral], *, reason: str, told_on: date | None) -> Stored[Referral]:
    return refuse_referral(
        stored.id,
        reason=reason,
        told_verbally_on=told_on,
        referrals=desk.referrals.records,
        rules=desk.rules,
        clock=desk.clock,
        cause=a_command(an_adviser(councils=(stored.council_id,))),
    )


def accept(desk: ReferralsDesk, stored: Stored[Referral], **command: Any) -> Stored[Referral]:
    return accept_referral(
        stored.id,
        worker_id=command.get("worker_id", "worker-1"),
        referrals=desk.referrals.records,
        clock=desk.clock,
        cause=a_command(**command),
    )


@pytest.mark.parametrize(
    ("council_id", "reason", "told_on"),
    [
        pytest.param(CE, "not-resident", TODAY, id="CE 1.1"),
        pytest.param(CE, "no-capacity", TODAY, id="CE 4.8"),
        pytest.param(CP, "no-local-gp", None, id="CP 3.1, in writing only"),
    ],
)
def test_a_reason_of_the_councils_pack_refuses(council_id: str, reason: str, told_on: date | None) -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(council_id=council_id), council_id)

    refused = refuse(desk, stored, reason=reason, told_on=told_on)

    assert (refused.state.status, refused.state.reason) == ("refused", reason)
    assert "referral.refused" in desk.referrals.types_told()
    assert refused.state.refusal is not None
    assert refused.state.refusal.policy == desk.rules.version(council_id, desk.clock.now())


@pytest.mark.parametrize(
    ("council_id", "reason"),
    [(CE, "we are busy"), (CE, "no-local-gp"), (CP, "excluded-by-regulations"), (CE, "")],
)
def test_a_reason_that_the_pack_does_not_have_refuses_nothing_and_names_those_it_has(
    council_id: str, reason: str
) -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event(council_id=council_id), council_id)

    with pytest.raises(UnknownReason, match="not-resident") as unknown:
        refuse(desk, stored, reason=reason, told_on=TODAY)

    assert unknown.value.errors[0].field == "reason"
    assert desk.referrals.records.get(stored.id).state.status == "submitted"


def test_where_the_pack_asks_for_the_spoken_word_its_day_is_needed() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())

    with pytest.raises(Invalid, match=r"CE 4\.3") as refused:
        refuse(desk, stored, reason="not-resident", told_on=None)

    assert [(error.field, error.rule) for error in refused.value.errors] == [("told_verbally_on", "required")]
    assert desk.referrals.records.get(stored.id).state.status == "submitted"


def test_the_spoken_word_cannot_lie_in_the_future() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())

    with pytest.raises(Invalid) as refused:
        refuse(desk, stored, reason="not-resident", told_on=date(2026, 3, 3))

    assert [(error.field, error.rule) for error in refused.value.errors] == [("told_verbally_on", "past")]


def test_accepting_twice_under_one_key_is_one_acceptance() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())

    first = accept(desk, stored, key="press")
    again = accept(desk, stored, key="press")

    assert again == first
    assert desk.referrals.types_told().count("referral.accepted") == 1


def test_the_same_key_for_something_else_is_refused() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())
    accept(desk, stored, key="press")

    with pytest.raises(KeyReused):
        accept(desk, stored, key="press", worker_id="worker-2")


def test_a_change_of_a_version_that_is_no_more_is_refused() -> None:
    desk = ReferralsDesk()
    stored = desk.taken_in(an_event())
    accept(desk, stored)

    with pytest.raises(Stale):
        accept(desk, stored, expected_version=stored.version)
