"""A shortfall is told when a fund's forecast first comes below nothing, once for each forecast (CP 10.3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ledger.handlers import duties, shortfall
from services.ledger.handlers.duties import begin_duties
from services.ledger.model.duties import duties_id_of
from services.ledger.model.shortfall import ForecastShortfall, shortfall_id_of
from services.ledger.store.life import SHORTFALLS
from shared.errors import NotFound
from shared.messaging.aggregates import Decision
from tests.support.ledger_builders import TODAY, a_caller, a_plan_line, pounds
from tests.support.life_builders import LifeLedger

ALL_OF_IT = a_plan_line(weekly_cost=pounds("100.00"))
TOLD = ["fund.shortfall.forecast"]


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


def a_planned_fund(ledger: LifeLedger) -> str:
    """A fund whose plan costs all that it gets, with its first four weeks' money."""
    fund_id = ledger.open_with_plan(ALL_OF_IT)
    begin_duties(fund_id, desk=ledger.life, cause=ledger.by(a_caller(), "begin"))
    ledger.pay_in(fund_id)
    follow_payment(ledger, fund_id)
    return fund_id


def follow(ledger: LifeLedger, fund_id: str, *, may_end: bool = False) -> None:
    shortfall.follow_shortfall(fund_id, may_end=may_end, desk=ledger.life, cause=ledger.by(a_caller(), "follow"))


def follow_payment(ledger: LifeLedger, fund_id: str) -> None:
    """What is done when a payment has come in."""
    duties.follow_payments(fund_id, desk=ledger.life, cause=ledger.by(a_caller(), "follow"))
    follow(ledger, fund_id, may_end=True)


def overspend(ledger: LifeLedger, fund_id: str) -> None:
    ledger.spend(fund_id, amount=pounds("150.00"))
    follow(ledger, fund_id)


def told(ledger: LifeLedger, fund_id: str) -> ForecastShortfall:
    return ledger.life.shortfalls.get(shortfall_id_of(fund_id)).state


def test_a_fund_that_pays_for_its_plan_is_told_of_to_nobody(ledger: LifeLedger) -> None:
    fund_id = a_planned_fund(ledger)

    with pytest.raises(NotFound):
        told(ledger, fund_id)


def test_a_spend_that_leaves_too_little_is_told_with_the_day_the_plan_is_not_covered(ledger: LifeLedger) -> None:
    fund_id = a_planned_fund(ledger)

    overspend(ledger, fund_id)

    [document] = ledger.store.documents(SHORTFALLS).find().items
    [event] = document["outbox"]
    assert event["type"] == TOLD[0]
    assert event["data"] == {
        "fund_id": fund_id,
        "person_id": "person-0007",
        "provider_id": "provider-0003",
        "shortfall_on": (TODAY + timedelta(weeks=3)).isoformat(),
        "balance_pence": 25000,
        "weekly_cost_pence": 10000,
    }


def test_a_shortfall_that_moves_is_told_once(ledger: LifeLedger) -> None:
    fund_id = a_planned_fund(ledger)
    overspend(ledger, fund_id)

    overspend(ledger, fund_id)

    assert ledger.types_told(SHORTFALLS) == TOLD
    assert told(ledger, fund_id).shortfall_on == TODAY + timedelta(weeks=3)


def test_one_that_money_ended_is_told_anew_when_it_comes_again(ledger: LifeLedger) -> None:
    fund_id = a_planned_fund(ledger)
    overspend(ledger, fund_id)
    ledger.pay_in(fund_id, amount=pounds("550.00"), difference_reason="Sample reason")
    follow_payment(ledger, fund_id)

    over = told(ledger, fund_id).shortfall_on
    ledger.spend(fund_id, amount=pounds("600.00"))
    follow(ledger, fund_id)

    assert over is None
    assert ledger.types_told(SHORTFALLS) == TOLD * 2
    assert told(ledger, fund_id).times_told == 2


def test_a_day_that_passes_ends_no_shortfall_before_money_comes(ledger: LifeLedger) -> None:
    fund_id = a_planned_fund(ledger)
    overspend(ledger, fund_id)
    ledger.clock.at += timedelta(weeks=2)

    follow(ledger, fund_id)
    still = told(ledger, fund_id).shortfall_on
    follow(ledger, fund_id, may_end=True)

    assert still == TODAY + timedelta(weeks=3)
    assert told(ledger, fund_id).shortfall_on is None


@pytest.mark.parametrize("end", [{"status": "closed"}, {"support_ended_on": TODAY}])
def test_of_a_fund_at_its_end_nothing_is_forecast(ledger: LifeLedger, end: dict[str, Any]) -> None:
    fund_id = a_planned_fund(ledger)
    ledger.spend(fund_id, amount=pounds("150.00"))
    ledger.funds.change(fund_id, lambda fund: Decision(state=replace(fund, **end)), cause=ledger.by(a_caller(), "end"))

    follow(ledger, fund_id)

    assert ledger.types_told(SHORTFALLS) == []


def test_the_next_payment_is_known_without_reading_the_book(
    ledger: LifeLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    fund_id = a_planned_fund(ledger)
    ledger.spend(fund_id, amount=pounds("150.00"))

    def unread(*_: object, **__: object) -> None:
        raise AssertionError("the whole book was read")

    monkeypatch.setattr(ledger.books, "entries", unread)
    follow(ledger, fund_id)

    assert ledger.life.duties.get(duties_id_of(fund_id)).state.next_payment_on == TODAY + timedelta(weeks=4)
    assert ledger.types_told(SHORTFALLS) == TOLD
