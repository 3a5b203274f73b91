"""Who gets offers, who sees the answers, and the yearly number that warns and bars nobody (CP 6.1, 6.2, Sch I)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.referrals.errors import NotExcluded, ProviderExcluded, UnknownReason
from services.referrals.handlers.providers import exclude_provider, readmit_provider
from services.referrals.handlers.submission import over_target
from services.referrals.model.parties import Provider
from services.referrals.model.referral import offers_shown_to
from services.referrals.schemas.providers import provider_out
from shared.context import Caller
from shared.errors import Invalid, NotFound
from shared.messaging.aggregates import Stored
from tests.unit.referrals.builders import (
    CE,
    CP,
    ReferralsDesk,
    a_command,
    a_provider,
    a_referral,
    an_event,
    an_offer,
    submission,
)

TODAY = date(2026, 3, 2)
BROKERAGE = Caller(actor_id="broker-1", roles=("brokerage_team",), councils=(CP,))


@pytest.fixture
def desk() -> ReferralsDesk:
    """A desk with two providers of lot 1."""
    desk = ReferralsDesk()
    for number in (1, 2):
        desk.take_in(a_provider(number), CP)
    return desk


def first_provider(desk: ReferralsDesk) -> Stored[Provider]:
    return desk.providers.records.find().items[0]


def exclude(desk: ReferralsDesk, provider_id: str, caller: Caller = BROKERAGE, **changes: Any) -> Stored[Provider]:
    plain: dict[str, Any] = {"reason": "quality-monitoring", "until_on": TODAY + timedelta(days=30)}
    return exclude_provider(
        provider_id,
        **plain | changes,
        records=desk.providers.records,
        rules=desk.rules,
        clock=desk.clock,
        cause=a_command(caller),
    )


def asked(desk: ReferralsDesk, on: date = TODAY) -> set[str]:
    return {provider.provider_id for provider in desk.store.providers_of_lot(CP, 1, on=on)}


def test_an_excluded_provider_is_left_out_until_its_day_is_over(desk: ReferralsDesk) -> None:
    provider = first_provider(desk)

    excluded = exclude(desk, provider.id)

    last = TODAY + timedelta(days=30)
    assert provider.id not in asked(desk) | asked(desk, last)
    assert provider.id in asked(desk, last + timedelta(days=1))
    (kept,) = excluded.state.exclusions
    assert (kept.reason, kept.author_id, kept.until_on) == ("quality-monitoring", "broker-1", last)
    assert kept.policy == "cambridgeshire-peterborough/2022-04-01"
    assert desk.providers.types_told().count("provider.excluded") == 1


def test_an_exclusion_ends_before_its_day_with_a_reason(desk: ReferralsDesk) -> None:
    provider = first_provider(desk)
    exclude(desk, provider.id)
    tools: dict[str, Any] = {"records": desk.providers.records, "clock": desk.clock}

    ended = readmit_provider(provider.id, reason="the audit is clear", cause=a_command(BROKERAGE), **tools)

    assert provider.id in asked(desk)
    assert (ended.state.exclusions[0].ended_by, ended.state.exclusions[0].ended_reason) == (
        "broker-1",
        "the audit is clear",
    )
    with pytest.raises(NotExcluded):
        readmit_provider(provider.id, reason="again", cause=a_command(BROKERAGE), **tools)


def test_a_listing_that_comes_again_does_not_end_an_exclusion(desk: ReferralsDesk) -> None:
    provider = first_provider(desk)
    exclude(desk, provider.id)

    for number in (1, 2):
        desk.take_in(a_provider(number), CP)

    assert provider.id not in asked(desk)


def test_an_exclusion_needs_a_reason_of_the_policy_a_day_to_come_and_no_other_in_force(desk: ReferralsDesk) -> None:
    provider = first_provider(desk)

    with pytest.raises(UnknownReason):
        exclude(desk, provider.id, reason="we do not like them")
    with pytest.raises(Invalid):
        exclude(desk, provider.id, until_on=TODAY - timedelta(days=1))
    with pytest.raises(NotFound):
        exclude(desk, provider.id, Caller(actor_id="b", roles=("brokerage_team",), councils=(CE,)))
    assert desk.providers.records.get(provider.id).state.exclusions == ()

    exclude(desk, provider.id)
    with pytest.raises(ProviderExcluded):
        exclude(desk, provider.id)


def test_why_a_provider_is_left_out_is_not_for_other_providers_and_hardly_for_itself(desk: ReferralsDesk) -> None:
    provider = exclude(desk, first_provider(desk).id)
    itself = Caller(actor_id="s-1", roles=("isf_provider",), councils=(CP,), organisation_id=provider.id)

    seen = desk.store.providers_seen_by(itself, council_id=None, after=None, limit=10).items

    assert [one.id for one in seen] == [provider.id]
    assert "exclusions" not in provider_out(provider, itself, on=TODAY)
    assert provider_out(provider, BROKERAGE, on=TODAY)["exclusions"][0]["author_id"] == "broker-1"


def test_the_person_is_shown_only_who_said_yes() -> None:
    offers = (an_offer(1, has_capacity=True), an_offer(2, has_capacity=False), an_offer(3))
    referral = a_referral(status="offered", offers=offers)
    person = Caller(actor_id=referral.person_id, roles=("person",), councils=(CP,))

    assert [one.offer_id for one in offers_shown_to(person, referral)] == ["off-1"]
    assert len(offers_shown_to(BROKERAGE, referral)) == 3


class OneYear:
    """A register that has had so many referrals."""

    def __init__(self, number: int) -> None:
        self.number = number

    def referrals_since(self, council_id: str, since: Any) -> int:
        assert council_id == CP
        return self.number


@pytest.mark.parametrize(("had", "passed"), [(0, None), (74, None), (75, (76, 75)), (200, (201, 75))])
def test_the_75th_referral_of_a_year_is_within_the_target_and_the_76th_is_not(
    desk: ReferralsDesk, had: int, passed: tuple[int, int] | None
) -> None:
    told = over_target(CP, rules=desk.rules, register=OneYear(had), now=desk.clock.now())  # type: ignore[arg-type]

    assert (None if told is None else (told.number, told.target)) == passed


def test_a_referral_past_the_target_is_taken_in_all_the_same_and_warned_of(desk: ReferralsDesk) -> None:
    for number in range(76):
        person = {"person_reference": f"P-{number}"}
        event = an_event(council_id=CP) | {"data": submission(referral_reference=f"REF-{number}", person=person)}
        answer = desk.take_in(event, CP)

    assert answer.outcome == "accepted"
    assert desk.referrals.types_told().count("referral.target.passed") == 1
    stored = desk.referrals.records.get(str(answer.record_id))
    assert stored.state.over_target is not None
    assert stored.state.over_target.number == 76


def test_a_year_is_the_twelve_months_up_to_today(desk: ReferralsDesk) -> None:
    desk.taken_in(an_event(council_id=CP), CP)
    now = desk.clock.now()

    assert desk.store.referrals_since(CP, now - timedelta(days=1)) == 1
    assert desk.store.referrals_since(CP, now + timedelta(seconds=1)) == 0
