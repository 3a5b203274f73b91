"""The provider's fee: Schedule III for Lot 1, Schedule IV for Lot 2, what they leave open, and taking it by week."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.errors import FeeAboveCeiling, NothingToAccrue, WouldOverdrawFund
from services.ledger.handlers.fees import FeeDesk, accrue_fees, get_fee, set_fee
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import AccrueFees, SetFee
from services.ledger.model.entries import Period
from services.ledger.model.fees import OwnServices, fee_of
from services.ledger.store import ARRANGEMENT, ARRANGEMENTS, FEES_OF_FUND, FUND_FEES
from shared.context import Caller
from shared.errors import Invalid, NotFound, PolicyIncomplete
from shared.messaging.aggregates import Aggregates, Stored
from shared.money import Pence
from shared.policy.pack import PolicyPack
from shared.policy.policies import Policies
from shared.policy.rules import PolicyValue
from tests.support.ledger_builders import COUNCIL, MONDAY, TODAY, Ledger, a_caller, a_plan_line, pounds
from tests.unit.ledger.test_decisions import about, by_facts

PACK = Policies.load().pack(COUNCIL, on=TODAY)
BUDGET = pounds("100.00")


def a_pack(**pence: int) -> PolicyPack:
    """The council's pack with amounts that its schedules leave open."""
    entries = {
        name: PolicyValue(
            name=name, value=value, unset=False, clause="CP Sch", note="", ours=False, title=None, readings=None
        )
        for name, value in pence.items()
    }
    return replace(PACK, values={**PACK.values, **entries})


def own(pence: int) -> OwnServices:
    return OwnServices(own=Pence(pence), others=Pence(0), budget=BUDGET, basis="stated")


def desk(ledger: Ledger) -> FeeDesk:
    def nothing(_: object) -> None:
        """Nobody waits for these events."""

    documents, clock = ledger.store.documents, ledger.clock
    return FeeDesk(
        funds=ledger.funds,
        fees=Aggregates(documents=documents(FUND_FEES), kind=FEES_OF_FUND, clock=clock, nudge=nothing),
        arrangements=Aggregates(documents=documents(ARRANGEMENTS), kind=ARRANGEMENT, clock=clock, nudge=nothing),
        books=ledger.books,
        policies=ledger.policies,
        clock=clock,
        attempts=ledger.attempts,
    )


def put(ledger: Ledger, fund_id: str, *, caller: Caller | None = None, **changes: Any) -> Stored[Any]:
    command = SetFee(**{"fund_id": fund_id, "lot": "lot-2"} | changes)
    return set_fee(command, cause=ledger.cause("set_fee", command, caller=caller), desk=desk(ledger))


def accrue(ledger: Ledger, fund_id: str, *, key: str | None = None, until: date | None = None) -> list[Posted]:
    command = AccrueFees(fund_id=fund_id, until=until)
    return accrue_fees(command, cause=ledger.cause("accrue_fees", command, key=key), desk=desk(ledger))


def later(ledger: Ledger, days: int) -> None:
    ledger.clock.at = MONDAY + timedelta(days=days)


@pytest.mark.parametrize(("pence", "is_tier_1"), [(4_999, False), (5_000, False), (5_001, True), (10_000, True)])
def test_more_than_half_of_the_budget_for_own_services_is_tier_1_without_fee_and_exactly_half_is_not(
    pence: int, is_tier_1: bool
) -> None:
    asked: dict[str, Any] = {"lot": "lot-1", "weekly_budget_pence": 10_000, "own_service_weekly_pence": pence}

    if is_tier_1:
        told = by_facts("fee", **asked)
        assert (told["values"]["tier"], told["values"]["weekly_fee_pence"]) == ("tier-1", 0)
        assert told["clauses"][0] == "CP 3.3, Sch III"
    else:
        with pytest.raises(PolicyIncomplete, match=r"policy incomplete: Schedule III Tier 2"):
            by_facts("fee", **asked)


def test_what_is_open_says_why_tier_1_does_not_hold() -> None:
    with pytest.raises(PolicyIncomplete, match=r"£50\.00 of a budget of £100\.00 .* not more than 50% \(CP 3\.3\)"):
        by_facts("fee", lot="lot-1", weekly_budget_pence=10_000, own_service_weekly_pence=5_000)


def test_tier_2_holds_where_a_council_has_set_it_alone() -> None:
    fee = fee_of(
        a_pack(lot_1_tier_2_fee_pence=1_500),
        lot="lot-1",
        weekly_budget=BUDGET,
        own_services=own(5_000),
        negotiated_percent=None,
    )

    assert (fee.tier, fee.weekly) == ("tier-2", pounds("15.00"))


def test_tiers_2_to_4_are_not_told_apart_by_guessing() -> None:
    pack = a_pack(lot_1_tier_2_fee_pence=1_500, lot_1_tier_3_fee_pence=2_000)

    with pytest.raises(PolicyIncomplete, match="Tiers 2 to 4"):
        fee_of(pack, lot="lot-1", weekly_budget=BUDGET, own_services=own(0), negotiated_percent=None)


def test_lot_2_is_25_pounds_a_week() -> None:
    told = by_facts("fee", lot="lot-2", weekly_budget_pence=10_000)

    assert told["values"] == {"lot": "lot-2", "tier": "weekly", "weekly_fee_pence": 2_500}
    assert told["clauses"] == ["CP Sch IV"]


def test_a_negotiated_percentage_needs_a_ceiling_that_the_pack_leaves_open() -> None:
    with pytest.raises(PolicyIncomplete, match="policy incomplete: Schedule IV ceiling"):
        by_facts("fee", lot="lot-2", weekly_budget_pence=10_000, negotiated_percent=30)


@pytest.mark.parametrize(("ceiling", "fits"), [(2_999, False), (3_000, True), (3_001, True)])
def test_a_negotiated_percentage_stays_under_the_ceiling_to_the_penny(ceiling: int, fits: bool) -> None:
    pack = a_pack(lot_2_fee_ceiling_pence=ceiling)
    asked: dict[str, Any] = {"lot": "lot-2", "weekly_budget": BUDGET, "own_services": None, "negotiated_percent": 30}

    if fits:
        assert fee_of(pack, **asked).weekly == pounds("30.00")
    else:
        with pytest.raises(FeeAboveCeiling, match=r"£30\.00 a week; the ceiling is £29\.99"):
            fee_of(pack, **asked)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "facts.lot"),
        ({"lot": "lot-3"}, "facts.lot"),
        ({"lot": "lot-2"}, "facts.weekly_budget_pence"),
        ({"lot": "lot-1", "weekly_budget_pence": 10_000}, "facts.own_service_weekly_pence"),
        ({"lot": "lot-2", "weekly_budget_pence": 10_000, "negotiated_percent": 101}, "facts.negotiated_percent"),
    ],
)
def test_facts_that_are_missing_or_make_no_sense_are_named(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        by_facts("fee", **facts)

    assert [error.field for error in refusal.value.errors] == [field]


def test_until_there_are_four_weeks_of_use_the_plan_stands_in() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds("60.00"), payee_id="provider-0003"))
    ledger.pay_in(fund_id)
    ledger.spend(fund_id, payee_id="somebody-else", amount=pounds("200.00"))

    early = about(ledger, fund_id, "fee", lot="lot-1")
    with pytest.raises(PolicyIncomplete, match=r"By actual use, £0\.00 of a budget of £400\.00"):
        about(ledger, fund_id, "fee", lot="lot-1", on=(TODAY + timedelta(days=27)).isoformat())

    assert early["values"]["tier"] == "tier-1"
    assert early["values"]["own_services"]["basis"] == "plan"


@pytest.mark.parametrize(("amount", "is_tier_1"), [("199.99", False), ("200.00", False), ("200.01", True)])
def test_actual_use_of_the_providers_own_services_decides_to_the_penny(amount: str, is_tier_1: bool) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id, payee_id="provider-0003", amount=pounds(amount))
    ledger.spend(fund_id, amount=pounds("50.00"))
    on = (TODAY + timedelta(days=27)).isoformat()

    if is_tier_1:
        told = about(ledger, fund_id, "fee", lot="lot-1", on=on)["values"]
        assert (told["tier"], told["own_services"]["others_pence"]) == ("tier-1", 5_000)
    else:
        with pytest.raises(PolicyIncomplete, match="Schedule III Tier 2"):
            about(ledger, fund_id, "fee", lot="lot-1", on=on)


def test_a_fee_is_set_with_its_reason_and_told_once() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds("60.00"), payee_id="provider-0003"))

    put(ledger, fund_id, lot="lot-1")
    again = put(ledger, fund_id, lot="lot-1")
    changed = put(ledger, fund_id, lot="lot-2")

    first, second = changed.state.settings
    assert len(again.state.settings) == 1
    assert (first.fee.tier, second.fee.tier, second.set_by) == ("tier-1", "weekly", "officer-0001")
    assert second.change.startswith("From tier-1 at £0.00 to weekly at £25.00 a week: ")
    outbox = ledger.memory_of(FUND_FEES).get(changed.id)
    assert outbox is not None
    assert [told["data"]["tier"] for told in outbox["outbox"]] == ["tier-1", "weekly"]


def test_a_fee_without_a_lot_or_before_the_fund_starts_is_refused() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()

    for changes, field in [({"lot": None}, "lot"), ({"from_on": TODAY - timedelta(days=1)}, "from_on")]:
        with pytest.raises(Invalid) as refusal:
            put(ledger, fund_id, **changes)
        assert [error.field for error in refusal.value.errors] == [field]


def test_a_fee_of_another_council_is_not_there() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)

    assert get_fee(fund_id, caller=a_caller(), desk=desk(ledger)).state.fund_id == fund_id
    with pytest.raises(NotFound):
        get_fee(fund_id, caller=a_caller(councils=("cheshire-east",)), desk=desk(ledger))


@pytest.mark.parametrize(("days", "weeks"), [(6, 0), (7, 1), (13, 1), (14, 2)])
def test_a_week_is_taken_when_it_has_ended(days: int, weeks: int) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)
    later(ledger, days)

    if weeks:
        entries = [posted.entry for posted in accrue(ledger, fund_id)]
        assert [entry.amount for entry in entries] == [pounds("25.00")] * weeks
        assert entries[0].draft.period == Period(from_on=TODAY, to_on=TODAY + timedelta(days=6))
    else:
        with pytest.raises(NothingToAccrue):
            accrue(ledger, fund_id)


def test_each_week_is_taken_once_and_one_that_was_reversed_is_taken_again() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)
    later(ledger, 21)
    first, second, third = accrue(ledger, fund_id)

    with pytest.raises(NothingToAccrue):
        accrue(ledger, fund_id)
    ledger.reverse(fund_id, second.entry.entry_id)
    [again] = accrue(ledger, fund_id)

    assert again.entry.draft.period == second.entry.draft.period
    assert ledger.head(fund_id).free == pounds("325.00")
    assert [told["type"] for told in ledger.told(fund_id)].count("fee.accrued") == 4
    assert first.in_hand == third.in_hand + pounds("50.00")


def test_a_repeat_of_the_same_command_gets_the_first_answer() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)
    later(ledger, 14)

    first, again = accrue(ledger, fund_id, key="fees"), accrue(ledger, fund_id, key="fees")

    assert [posted.entry.entry_id for posted in again] == [posted.entry.entry_id for posted in first]
    assert ledger.head(fund_id).free == pounds("350.00")


def test_each_week_has_the_fee_that_held_on_its_first_day_and_tier_1_takes_nothing() -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan(a_plan_line(weekly_cost=pounds("60.00"), payee_id="provider-0003"))
    ledger.pay_in(fund_id)
    put(ledger, fund_id, lot="lot-1")
    put(ledger, fund_id, lot="lot-2", from_on=TODAY + timedelta(days=8))
    later(ledger, 21)

    entries = [posted.entry for posted in accrue(ledger, fund_id)]

    assert [entry.draft.period.from_on for entry in entries if entry.draft.period] == [TODAY + timedelta(days=14)]


def test_all_weeks_are_taken_or_none_and_the_fund_is_never_overdrawn() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)
    ledger.spend(fund_id, amount=pounds("360.00"))
    later(ledger, 14)

    with pytest.raises(WouldOverdrawFund):
        accrue(ledger, fund_id)

    assert ledger.head(fund_id).free == pounds("40.00")
    assert len(accrue(ledger, fund_id, until=TODAY + timedelta(days=6))) == 1


def test_weeks_that_have_not_ended_cannot_be_asked_for() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    put(ledger, fund_id)

    with pytest.raises(Invalid) as refusal:
        accrue(ledger, fund_id, until=TODAY)

    assert [(error.field, error.rule) for error in refusal.value.errors] == [("until", "in-past")]
