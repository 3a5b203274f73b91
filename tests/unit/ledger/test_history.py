"""Importing a book's earlier life: with its own instants, before anything else, marked, and all or nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.ledger.errors import BookHasOwnEntries, NotInOrder, WouldOverdrawFund
from services.ledger.model.blocks import posted_in
from services.ledger.model.history import PastEntry
from services.ledger.model.statements import make_balance
from services.ledger.model.verification import verify
from services.ledger.schemas.entries import entry_out
from shared.errors import Invalid, KeyReused
from shared.money import Pence
from tests.support.ledger_builders import MONDAY, TODAY, Ledger, pounds

EARLIER = MONDAY - timedelta(days=100)


def paid(**changes: Any) -> PastEntry:
    """£400.00 that came in a hundred days ago."""
    past = PastEntry(
        type="payment-in",
        amount=pounds("400.00"),
        effective_on=EARLIER.date(),
        recorded_at=EARLIER,
        reference="old-1",
    )
    return replace(past, **changes)


def used(**changes: Any) -> PastEntry:
    """£12.50 paid ten days later."""
    at = EARLIER + timedelta(days=10)
    past = PastEntry(
        type="spend",
        amount=pounds("12.50"),
        effective_on=at.date(),
        recorded_at=at,
        reference="old-2",
        category="activity",
        payee_id="payee-pool",
    )
    return replace(past, **changes)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def fund_id(ledger: Ledger) -> str:
    return ledger.open_with_plan()


def in_hand(ledger: Ledger, fund_id: str, known_at: Any) -> Pence:
    fund = ledger.funds.get(fund_id).state
    return make_balance(fund, ledger.books.tail(fund_id, since=None), as_of=TODAY, known_at=known_at).in_hand


def test_history_is_known_from_when_it_was_recorded_and_marked_as_imported(ledger: Ledger, fund_id: str) -> None:
    block = ledger.bring_in(fund_id, paid(), used())

    shown = [entry_out(posted) for posted in posted_in(block)]
    assert [each["words"] for each in shown] == ["Payment in (imported)", "Spend (imported)"]
    assert [each["imported"]["source"] for each in shown] == ["earlier-system"] * 2
    assert {each["actor_id"] for each in shown} == {"officer-0001"}
    assert in_hand(ledger, fund_id, EARLIER - timedelta(seconds=1)) == Pence(0)
    assert in_hand(ledger, fund_id, EARLIER) == pounds("400.00")
    assert in_hand(ledger, fund_id, MONDAY) == ledger.head(fund_id).in_hand == pounds("387.50")


def test_it_reads_back_as_it_was_posted_and_is_proved(ledger: Ledger, fund_id: str) -> None:
    block = ledger.bring_in(fund_id, paid(), used())

    assert [entry_out(each) for each in posted_in(block)] == [
        entry_out(each) for each in reversed(ledger.books.page(fund_id, after=None, limit=5).items)
    ]
    assert [entry.recorded_at for entry in ledger.books.entries(fund_id)] == [EARLIER, used().recorded_at]
    assert verify(ledger.stored(fund_id)) == []


def test_more_of_it_follows_in_order_and_own_entries_come_after(ledger: Ledger, fund_id: str) -> None:
    ledger.bring_in(fund_id, paid())
    ledger.bring_in(fund_id, used())
    ledger.spend(fund_id)

    assert [bool(entry.draft.imported) for entry in ledger.books.entries(fund_id)] == [True, True, False]
    with pytest.raises(BookHasOwnEntries):
        ledger.bring_in(fund_id, used(recorded_at=MONDAY))


@pytest.mark.parametrize(
    ("entries", "line"),
    [
        ([used(), paid()], 1),
        ([paid(), used(recorded_at=MONDAY + timedelta(days=1))], 1),
        ([paid(recorded_at=EARLIER - timedelta(days=2000)), used(recorded_at=EARLIER - timedelta(days=2001))], 1),
    ],
)
def test_what_is_out_of_order_or_of_the_future_is_refused_by_its_line(
    ledger: Ledger, fund_id: str, entries: list[PastEntry], line: int
) -> None:
    with pytest.raises(NotInOrder) as refusal:
        ledger.bring_in(fund_id, *entries)

    assert [(error.field, error.rule) for error in refusal.value.errors] == [
        (f"entries.{line}.recorded_at", "in-order")
    ]
    assert ledger.head(fund_id).number == 0


def test_what_was_recorded_before_the_history_there_is_is_refused(ledger: Ledger, fund_id: str) -> None:
    ledger.bring_in(fund_id, used(type="payment-in", payee_id=None, category=""))

    with pytest.raises(NotInOrder):
        ledger.bring_in(fund_id, paid())


def test_limits_hold_for_history_too_and_nothing_is_half_imported(ledger: Ledger, fund_id: str) -> None:
    with pytest.raises(WouldOverdrawFund):
        ledger.bring_in(fund_id, paid(), used(), used(amount=pounds("387.51")))

    assert ledger.head(fund_id).number == 0


def test_nothing_counts_from_a_day_to_come(ledger: Ledger, fund_id: str) -> None:
    with pytest.raises(Invalid):
        ledger.bring_in(fund_id, paid(effective_on=TODAY + timedelta(days=1)))


def test_a_repeat_gets_its_first_answer_and_other_content_is_refused(ledger: Ledger, fund_id: str) -> None:
    first = ledger.bring_in(fund_id, paid(), used(), key="k1")
    ledger.spend(fund_id)

    assert ledger.bring_in(fund_id, paid(), used(), key="k1").hash == first.hash
    with pytest.raises(KeyReused):
        ledger.bring_in(fund_id, paid(), key="k1")


def test_history_is_told_as_any_entry_is_and_the_ledger_goes_on_from_it(ledger: Ledger, fund_id: str) -> None:
    ledger.bring_in(fund_id, paid())
    told = [event["type"] for event in ledger.told(fund_id)]

    assert told == ["fund.funded"]
    assert ledger.pay_in(fund_id).posted.in_hand == pounds("800.00")
