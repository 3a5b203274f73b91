"""What falls due with a fund again and again: C13 to C15 from its start, C24 from the start of support."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.ledger.errors import NotYetPossible
from services.ledger.handlers import duties
from services.ledger.model.duties import SERIES, Duty, FundDuties, duties_id_of
from services.ledger.store.life import FUND_DUTIES
from shared.dates import london_day
from shared.errors import Forbidden, Invalid
from shared.events.clocks import ClockBreached
from shared.messaging.aggregates import Stored
from shared.policy.keeping import tell_passed
from tests.support.ledger_builders import TODAY, a_caller
from tests.support.life_builders import PROVIDER_STAFF, LifeLedger


@pytest.fixture
def ledger() -> LifeLedger:
    return LifeLedger()


@pytest.fixture
def fund_id(ledger: LifeLedger) -> str:
    fund_id = ledger.open_with_plan()
    duties.begin_duties(fund_id, desk=ledger.life, cause=ledger.by(a_caller(), "begin"))
    return fund_id


def stands(ledger: LifeLedger, fund_id: str) -> FundDuties:
    return ledger.life.duties.get(duties_id_of(fund_id)).state


def due(ledger: LifeLedger, fund_id: str) -> dict[str, date]:
    """The London day on which each open clock is due."""
    clocks = stands(ledger, fund_id).clocks
    return {clock.rule: london_day(clock.due_at) for clock in clocks if clock.is_open}


def open_payments(ledger: LifeLedger, fund_id: str) -> dict[int, date]:
    """The London day on which each payment that is not made is due, by which time it is."""
    clocks = stands(ledger, fund_id).clocks
    return {c.occurrence: london_day(c.due_at) for c in clocks if c.rule == "C13" and c.is_open}


def follow(ledger: LifeLedger, fund_id: str) -> None:
    duties.follow_payments(fund_id, desk=ledger.life, cause=ledger.by(a_caller(), "follow"))


def meet(ledger: LifeLedger, fund_id: str, duty: Duty, *, by: object = None) -> Stored[FundDuties]:
    caller = PROVIDER_STAFF if by is None else a_caller()
    return duties.meet_duty(
        fund_id, duty, met_on=None, reference="Sample 1", desk=ledger.life, cause=ledger.by(caller, "meet")
    )


def test_payments_invoices_and_summaries_are_due_from_the_funds_start(ledger: LifeLedger, fund_id: str) -> None:
    assert due(ledger, fund_id) == {
        "C13": TODAY,
        "C14": TODAY + timedelta(weeks=4),
        "C15": date(TODAY.year + 1, TODAY.month, TODAY.day),
    }
    assert ledger.types_told(FUND_DUTIES) == ["fund.clock.started"] * 3


def test_the_month_s_data_are_due_from_the_start_of_support(ledger: LifeLedger, fund_id: str) -> None:
    with pytest.raises(NotYetPossible):
        meet(ledger, fund_id, "monthly-data")

    for _ in range(2):
        duties.begin_support(fund_id, began_on=TODAY, desk=ledger.life, cause=ledger.by(a_caller(), "support"))

    assert due(ledger, fund_id)["C24"] == date(2026, 4, 2)
    meet(ledger, fund_id, "monthly-data")
    assert due(ledger, fund_id)["C24"] == date(2026, 5, 2)


def test_each_payment_in_the_book_is_one_time_met_however_often_it_is_told(ledger: LifeLedger, fund_id: str) -> None:
    ledger.pay_in(fund_id)
    ledger.pay_in(fund_id)
    for _ in range(3):
        follow(ledger, fund_id)

    assert stands(ledger, fund_id).times_met("payment") == 2
    assert due(ledger, fund_id)["C13"] == TODAY + timedelta(weeks=8)
    assert len([clock for clock in stands(ledger, fund_id).clocks if clock.rule == "C13" and clock.is_open]) == 1


def test_a_payment_that_is_reversed_is_due_again_by_when_it_was_until_it_is_made_anew(
    ledger: LifeLedger, fund_id: str
) -> None:
    entry_ids = [ledger.pay_in(fund_id).posted.entry.entry_id for _ in range(3)]
    follow(ledger, fund_id)

    ledger.reverse(fund_id, entry_ids[1])
    for _ in range(2):
        follow(ledger, fund_id)
    reopened = open_payments(ledger, fund_id)
    paid_again = ledger.pay_in(fund_id, first_on=TODAY + timedelta(weeks=4)).posted.entry.entry_id
    follow(ledger, fund_id)

    assert reopened == {2: TODAY + timedelta(weeks=4), 4: TODAY + timedelta(weeks=12)}
    assert open_payments(ledger, fund_id) == {4: TODAY + timedelta(weeks=12)}
    assert {met.occurrence: met.reference for met in stands(ledger, fund_id).met} == {
        1: entry_ids[0],
        2: paid_again,
        3: entry_ids[2],
    }
    assert ledger.types_told(FUND_DUTIES).count("fund.duty.reopened") == 1


def test_a_reopened_payment_that_is_overdue_is_told_as_overdue_once_more(ledger: LifeLedger, fund_id: str) -> None:
    entry_id = ledger.pay_in(fund_id).posted.entry.entry_id
    follow(ledger, fund_id)
    ledger.reverse(fund_id, entry_id)
    follow(ledger, fund_id)

    kept = tell_passed(stands(ledger, fund_id).clocks, at=ledger.clock.at + timedelta(days=2))

    assert [(told.type, told.rule) for told in kept.events if isinstance(told, ClockBreached)] == [
        ("clock.breached", "C13")
    ]


def test_a_reversed_spend_leaves_the_payments_as_they_are(ledger: LifeLedger, fund_id: str) -> None:
    ledger.pay_in(fund_id)
    spent = ledger.spend(fund_id).posted
    follow(ledger, fund_id)
    assert spent is not None
    before = stands(ledger, fund_id)

    ledger.reverse(fund_id, spent.entry.entry_id)
    follow(ledger, fund_id)

    assert stands(ledger, fund_id) == before


def test_a_fund_that_was_there_before_gets_its_duties_with_its_next_payment(ledger: LifeLedger) -> None:
    fund_id = ledger.open_and_funded()

    follow(ledger, fund_id)

    assert due(ledger, fund_id)["C13"] == TODAY + timedelta(weeks=4)


def test_a_summary_given_is_due_again_after_a_year_counted_from_the_start(ledger: LifeLedger, fund_id: str) -> None:
    state = meet(ledger, fund_id, "annual-summary").state

    assert [(met.duty, met.occurrence, met.reference) for met in state.met] == [("annual-summary", 1, "Sample 1")]
    assert due(ledger, fund_id)["C15"] == date(2028, 3, 2)


def test_a_payment_is_never_only_said_to_be_made_and_the_provider_does_not_invoice(
    ledger: LifeLedger, fund_id: str
) -> None:
    with pytest.raises(NotYetPossible):
        meet(ledger, fund_id, "payment")
    with pytest.raises(Forbidden):
        meet(ledger, fund_id, "contribution-invoice")
    assert meet(ledger, fund_id, "contribution-invoice", by="council").state.times_met("contribution-invoice") == 1


def test_what_is_to_come_is_not_met(ledger: LifeLedger, fund_id: str) -> None:
    with pytest.raises(Invalid):
        duties.meet_duty(
            fund_id,
            "annual-summary",
            met_on=TODAY + timedelta(days=1),
            reference="",
            desk=ledger.life,
            cause=ledger.by(PROVIDER_STAFF, "meet"),
        )


def test_nothing_of_a_closed_fund_is_due(ledger: LifeLedger, fund_id: str) -> None:
    ledger.close(fund_id)
    for _ in range(2):
        duties.end_duties(fund_id, desk=ledger.life, cause=ledger.by(a_caller(), "end"))

    assert due(ledger, fund_id) == {}
    with pytest.raises(NotYetPossible):
        meet(ledger, fund_id, "annual-summary")
    assert set(SERIES) == {"payment", "contribution-invoice", "annual-summary", "monthly-data"}
