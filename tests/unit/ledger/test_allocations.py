"""Money set aside by purpose: for an outcome of the plan, until it is spent on that or free again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.ledger.errors import (
    FundClosed,
    FundNotEmpty,
    MoreThanAllocated,
    NotAnAgreedPurpose,
    PlanNotAgreed,
    WouldOverdrawFund,
)
from services.ledger.handlers.allocations import list_allocations
from services.ledger.handlers.overview import Overlooked, get_position
from services.ledger.model.blocks import Posted
from services.ledger.model.commands import RequestSpend
from services.ledger.schemas.spending import RequestSpendSchema
from services.ledger.store import BLOCKS
from shared.errors import Invalid, KeyReused, NotFound
from shared.money import Pence
from shared.problems import load
from tests.support.ledger_builders import TODAY, Ledger, a_caller, a_spend, pounds


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def fund_id(ledger: Ledger) -> str:
    return ledger.open_and_funded()


def spend_from(ledger: Ledger, fund_id: str, amount: str, *, key: str | None = None) -> Posted:
    command = RequestSpend(fund_id=fund_id, spend=a_spend(amount=pounds(amount)), purpose="outcome-fit")
    posted = ledger.ask(command, key=key).posted
    assert posted is not None
    return posted


def set_aside(ledger: Ledger, fund_id: str) -> dict[str, Pence]:
    return list_allocations(fund_id, caller=a_caller(), funds=ledger.funds, books=ledger.books)


def test_what_is_set_aside_is_in_hand_and_not_free(ledger: Ledger, fund_id: str) -> None:
    posted = ledger.allocate(fund_id, "150.00")

    head = ledger.head(fund_id)
    assert (posted.in_hand, head.in_hand, head.free) == (pounds("400.00"), pounds("400.00"), pounds("250.00"))
    assert set_aside(ledger, fund_id) == {"outcome-fit": pounds("150.00")}
    assert posted.entry.words == "Set aside for a purpose"


def test_it_is_spent_on_its_purpose_by_the_same_rules_as_any_spend(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "150.00")

    entry = spend_from(ledger, fund_id, "40.00").entry

    assert entry.type == "spend"
    assert entry.draft.grounds is not None
    assert entry.draft.grounds.clause == "CP 6.17(g)"
    assert (ledger.head(fund_id).free, set_aside(ledger, fund_id)) == (
        pounds("250.00"),
        {"outcome-fit": pounds("110.00")},
    )
    lottery = RequestSpend(fund_id=fund_id, spend=a_spend(category="lottery"), purpose="outcome-fit")
    assert ledger.ask(lottery).refusal is not None


@pytest.mark.parametrize(("amount", "is_paid"), [("149.99", True), ("150.00", True), ("150.01", False)])
def test_a_penny_less_than_is_set_aside_as_much_and_a_penny_more(
    ledger: Ledger, fund_id: str, amount: str, is_paid: bool
) -> None:
    ledger.allocate(fund_id, "150.00")

    if is_paid:
        assert spend_from(ledger, fund_id, amount).entry.amount == pounds(amount)
    else:
        with pytest.raises(MoreThanAllocated, match=r"£150\.00 is set aside"):
            spend_from(ledger, fund_id, amount)
        assert ledger.head(fund_id).in_hand == pounds("400.00")


def test_what_is_free_is_not_more_than_what_is_not_set_aside(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "390.00")

    with pytest.raises(WouldOverdrawFund):
        ledger.spend(fund_id)
    with pytest.raises(WouldOverdrawFund):
        ledger.allocate(fund_id, "10.01")


def test_it_is_free_again_in_part_or_whole(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "150.00")

    ledger.release(fund_id, "50.00")
    half = set_aside(ledger, fund_id)
    ledger.release(fund_id)

    assert half == {"outcome-fit": pounds("100.00")}
    assert (set_aside(ledger, fund_id), ledger.head(fund_id).free) == ({}, pounds("400.00"))
    with pytest.raises(MoreThanAllocated, match="Nothing is set aside"):
        ledger.release(fund_id)


def test_nothing_is_set_aside_for_what_nobody_agreed(ledger: Ledger, fund_id: str) -> None:
    with pytest.raises(NotAnAgreedPurpose) as refusal:
        ledger.allocate(fund_id, purpose="outcome-travel")
    with pytest.raises(PlanNotAgreed):
        ledger.allocate(ledger.open().id)

    assert [error.field for error in refusal.value.errors] == ["purpose"]


def test_what_is_set_aside_for_one_outcome_is_not_spent_on_another() -> None:
    asked = {
        "id": "fund-0007",
        "amount_pence": 100,
        "category": "activity",
        "payee_id": "payee-pool",
        "effective_on": TODAY.isoformat(),
        "outcome_id": "outcome-home",
        "purpose": "outcome-fit",
    }

    with pytest.raises(Invalid) as refusal:
        load(RequestSpendSchema(), asked)

    assert [error.field for error in refusal.value.errors] == ["purpose"]


def test_a_spend_from_it_that_is_reversed_is_set_aside_again(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "150.00")
    spent = spend_from(ledger, fund_id, "40.00")

    ledger.reverse(fund_id, spent.entry.entry_id)

    assert set_aside(ledger, fund_id) == {"outcome-fit": pounds("150.00")}


def test_a_repeat_is_the_first_one_and_other_content_under_its_key_is_refused(ledger: Ledger, fund_id: str) -> None:
    first = ledger.allocate(fund_id, "150.00", key="k1")

    assert ledger.allocate(fund_id, "150.00", key="k1") == first
    with pytest.raises(KeyReused):
        ledger.allocate(fund_id, "151.00", key="k1")
    assert set_aside(ledger, fund_id) == {"outcome-fit": pounds("150.00")}


def test_two_who_set_aside_the_same_money_cannot_both(ledger: Ledger, fund_id: str) -> None:
    ledger.memory.before_next_write(lambda: ledger.allocate(fund_id, "300.00"))

    with pytest.raises(WouldOverdrawFund):
        ledger.allocate(fund_id, "300.00")
    assert set_aside(ledger, fund_id) == {"outcome-fit": pounds("300.00")}


def test_a_fund_with_money_set_aside_is_not_closed_and_takes_it_along_when_it_moves(
    ledger: Ledger, fund_id: str
) -> None:
    ledger.allocate(fund_id, "150.00")

    with pytest.raises(FundNotEmpty):
        ledger.close(fund_id)
    other = ledger.move(fund_id)

    assert (ledger.head(fund_id).in_hand, ledger.head(other.id).free) == (Pence(0), pounds("400.00"))
    with pytest.raises(FundClosed):
        ledger.allocate(fund_id)
    with pytest.raises(FundClosed):
        ledger.release(fund_id)


def test_a_strangers_allocations_are_not_there(ledger: Ledger, fund_id: str) -> None:
    stranger = replace(a_caller(), councils=("elsewhere",))

    with pytest.raises(NotFound):
        list_allocations(fund_id, caller=stranger, funds=ledger.funds, books=ledger.books)


def test_a_funds_position_shows_it_apart_from_what_is_booked_and_what_is_free(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "150.00")
    ledger.reserved(fund_id, "20.00")
    desk = Overlooked(funds=ledger.funds, books=ledger.books, policies=ledger.policies, clock=ledger.clock)

    position = get_position(fund_id, caller=a_caller(), desk=desk)

    assert (position.allocated, position.committed, position.available) == (
        pounds("150.00"),
        pounds("20.00"),
        pounds("230.00"),
    )
    assert position.in_hand == position.allocated + position.committed + position.available


def test_each_is_told_with_its_purpose(ledger: Ledger, fund_id: str) -> None:
    ledger.allocate(fund_id, "150.00")
    ledger.release(fund_id, "50.00")

    told = [event for event in ledger.told(fund_id) if event["type"].startswith("fund.money.")]

    assert [(each["type"], each["data"]["purpose"], each["data"]["amount_pence"]) for each in told] == [
        ("fund.money.allocated", "outcome-fit", 15000),
        ("fund.money.released", "outcome-fit", 5000),
    ]
    assert {each["data"]["balance_pence"] for each in told} == {40000}
    assert ledger.store.documents(BLOCKS).count() == 3
