"""The end of a provider's agreement: every balance back at once, the council settles within 30 working days (CP 4.7)."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pytest

from services.ledger.errors import NotYetPossible
from services.ledger.handlers import termination
from services.ledger.handlers.repaying import record_repayment
from services.ledger.model.termination import Termination
from services.ledger.store import BLOCKS
from services.ledger.store.life import TERMINATIONS
from shared.dates import london_day
from shared.errors import Conflict, Invalid, NotFound
from shared.messaging.aggregates import Stored
from shared.messaging.processes import PROCESSES, StillUnderWay
from shared.money import Pence
from shared.store.documents import StoreAway
from tests.support.ledger_builders import COUNCIL, TODAY, a_caller, pounds
from tests.support.life_builders import PROVIDER_STAFF, LifeLedger

FINANCE = a_caller()


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


def end(ledger: LifeLedger, on: date = TODAY) -> Stored[Termination]:
    return termination.terminate_agreement(
        COUNCIL,
        "provider-0003",
        terminated_on=on,
        by_party="council",
        reason="Sample reason",
        desk=ledger.life,
        cause=ledger.by(FINANCE, "end"),
    )


def repay(ledger: LifeLedger, termination_id: str, fund_id: str, *, key: str | None = None) -> Stored[Termination]:
    return record_repayment(
        termination_id,
        fund_id,
        repaid_on=None,
        reference="Sample 3",
        evidence="bank-statement",
        desk=ledger.life,
        processes=ledger.processes,
        cause=ledger.by(FINANCE, "repay", key=key),
    )


def settle(ledger: LifeLedger, termination_id: str, amount: Pence) -> Stored[Termination]:
    cause = ledger.by(FINANCE, "settle")
    return termination.settle_agreement(
        termination_id, amount=amount, settled_on=None, reference="Sample 4", desk=ledger.life, cause=cause
    )


def test_both_sides_times_run_from_the_end_of_the_agreement(ledger: LifeLedger) -> None:
    clocks = {clock.rule: clock for clock in end(ledger).state.clocks}

    assert {rule: clock.clause for rule, clock in clocks.items()} == {"C16": "CP 4.7", "C17": "CP 4.7"}
    assert london_day(clocks["C17"].due_at) == date(2026, 4, 15)


def test_every_fund_s_whole_balance_comes_back_and_the_last_one_stops_the_clock(ledger: LifeLedger) -> None:
    funds = [ledger.open_and_funded() for _ in range(2)]
    ended = end(ledger)
    first = repay(ledger, ended.id, funds[0])
    left = termination.outstanding(first, desk=ledger.life)
    last = repay(ledger, ended.id, funds[1])

    assert [(fund.fund_id, held) for fund, held in left] == [(funds[1], pounds("400.00"))]
    assert (first.state.all_repaid_on, last.state.all_repaid_on) == (None, TODAY)
    assert {clock.rule: clock.is_open for clock in last.state.clocks} == {"C16": False, "C17": True}
    assert termination.outstanding(last, desk=ledger.life) == []
    assert [ledger.head(fund_id).in_hand for fund_id in funds] == [pounds("0.00")] * 2


def test_a_repayment_is_posted_once_however_often_it_is_sent(ledger: LifeLedger) -> None:
    fund_id = ledger.open_and_funded()
    ended = end(ledger)

    first = repay(ledger, ended.id, fund_id, key="k1")
    again = repay(ledger, ended.id, fund_id, key="k1")

    assert again.state.repayments == first.state.repayments
    assert len(first.state.repayments) == 1
    with pytest.raises(Conflict):
        repay(ledger, ended.id, fund_id, key="k2")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("collection", [BLOCKS, TERMINATIONS, PROCESSES], ids=lambda each: each.name)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_repayment_that_is_cut_short_anywhere_is_finished_by_the_next_sweep(
    ledger: LifeLedger, collection: Any, moment: Any, skip: int
) -> None:
    fund_id = ledger.open_and_funded()
    ended = end(ledger)
    documents = ledger.memory_of(collection)
    for _ in range(skip):
        documents.before_next_write(lambda: None)
    documents.before_next_write(lambda: documents.interrupt_next_write(moment))

    with suppress(StoreAway, StillUnderWay):
        repay(ledger, ended.id, fund_id, key="k1")
    documents.forget_plans()
    ledger.clock.at += timedelta(hours=1)
    ledger.sweep()
    stands = repay(ledger, ended.id, fund_id, key="k1").state

    assert [(each.fund_id, each.amount) for each in stands.repayments] == [(fund_id, pounds("400.00"))]
    assert {clock.rule: clock.is_open for clock in stands.clocks} == {"C16": False, "C17": True}
    assert [entry.type for entry in ledger.books.entries(fund_id)] == ["payment-in", "return"]


def test_another_providers_fund_is_no_part_of_it(ledger: LifeLedger) -> None:
    ended = end(ledger)
    fund_id = ledger.open(provider_id="provider-0004").id

    with pytest.raises(NotFound):
        repay(ledger, ended.id, fund_id)


def test_the_council_settles_once(ledger: LifeLedger) -> None:
    ended = end(ledger)

    settled = settle(ledger, ended.id, pounds("12.00"))

    assert {clock.rule: clock.is_open for clock in settled.state.clocks} == {"C16": True, "C17": False}
    with pytest.raises(NotYetPossible):
        settle(ledger, ended.id, pounds("12.00"))


def test_an_end_is_recorded_once_and_not_before_its_day(ledger: LifeLedger) -> None:
    end(ledger)

    with pytest.raises(Conflict):
        end(ledger)
    with pytest.raises(Invalid):
        end(ledger, TODAY + timedelta(days=1))


def test_the_provider_sees_the_end_of_its_own_agreement_only(ledger: LifeLedger) -> None:
    ended = end(ledger)

    assert termination.seen_termination(ended.id, caller=PROVIDER_STAFF, desk=ledger.life).id == ended.id
    with pytest.raises(NotFound):
        termination.seen_termination(ended.id, caller=a_caller(organisation_id="provider-0099"), desk=ledger.life)
