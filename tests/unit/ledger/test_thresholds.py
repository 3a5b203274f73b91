"""Every amount at which an answer turns: a penny below it, at it, and a penny above."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.ledger.errors import MoreThanAllocated, MoreThanReserved, PlanOverBudget, WouldOverdrawFund
from services.ledger.model.commands import RequestSpend
from services.ledger.model.fees import OwnServices
from services.ledger.model.spend_rules import spend_rules_of
from services.ledger.model.surplus import surplus_terms_of
from shared.money import ZERO, Pence
from shared.policy.policies import Policies
from tests.support.ledger_builders import COUNCIL, TODAY, Ledger, a_plan_line, a_spend, pounds

Try = Callable[[Ledger, str, Pence], Any]
AROUND = pytest.mark.parametrize(("pence_off", "is_within"), [(-1, True), (0, True), (1, False)])


def spend(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.spend(fund_id, amount=amount)


def book(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.reserve(fund_id, amount=amount)


def set_aside(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.allocate(fund_id, f"{amount.amount // 100}.{amount.amount % 100:02d}")


def pay_booked(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.pay_reserved(fund_id, ledger.reserved(fund_id, "50.00"), amount=amount)


def spend_what_is_set_aside(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.allocate(fund_id, "50.00")
    ledger.ask(RequestSpend(fund_id=fund_id, spend=a_spend(amount=amount), purpose="outcome-fit"))


def agree(ledger: Ledger, fund_id: str, amount: Pence) -> None:
    ledger.agree(fund_id, a_plan_line(weekly_cost=amount))


LIMITS: dict[str, tuple[Try, str, type[Exception]]] = {
    "what the fund has, spent": (spend, "400.00", WouldOverdrawFund),
    "what the fund has, booked": (book, "400.00", WouldOverdrawFund),
    "what the fund has, set aside": (set_aside, "400.00", WouldOverdrawFund),
    "what is booked": (pay_booked, "50.00", MoreThanReserved),
    "what is set aside": (spend_what_is_set_aside, "50.00", MoreThanAllocated),
    "the weekly budget": (agree, "100.00", PlanOverBudget),
}


@AROUND
@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_met_to_the_penny_and_not_crossed(limit: str, pence_off: int, is_within: bool) -> None:
    attempt, at, refusal = LIMITS[limit]
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    amount = Pence(pounds(at).amount + pence_off)

    if is_within:
        attempt(ledger, fund_id, amount)
    else:
        with pytest.raises(refusal):
            attempt(ledger, fund_id, amount)


@AROUND
def test_twelve_weeks_budget_is_no_surplus_and_a_penny_more_is(pence_off: int, is_within: bool) -> None:
    terms = surplus_terms_of(Policies.load().pack(COUNCIL, on=TODAY))
    in_hand = Pence(pounds("1200.00").amount + pence_off)

    assert (terms.to_tell(in_hand, pounds("100.00")) == ZERO) is is_within
    assert (terms.to_return(in_hand, pounds("100.00")) == ZERO) is is_within


@AROUND
def test_half_of_the_budget_for_own_services_is_not_more_than_half(pence_off: int, is_within: bool) -> None:
    own = Pence(pounds("50.00").amount + pence_off)
    services = OwnServices(own=own, others=ZERO, budget=pounds("100.00"), basis="stated")

    assert services.is_more_than(50) is not is_within


def test_the_days_of_a_short_stay_are_the_packs_weeks() -> None:
    assert spend_rules_of(Policies.load().pack(COUNCIL, on=TODAY)).stay_limit.most_days == 28
