"""What is read from the end of a book, or kept beside it, is what the whole book says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ledger.errors import WouldOverdrawFund
from services.ledger.handlers import overview
from services.ledger.handlers.overview import Overlooked
from services.ledger.model.entries import Period, undone
from services.ledger.model.funds import Fund
from services.ledger.model.payments import next_unpaid
from services.ledger.model.standing_payments import paid_among
from services.ledger.model.statements import Tail
from services.ledger.store import BLOCKS, STANDING_PAYMENTS, FoldedPayments, StoredBooks
from shared.dates import add_days
from tests.support.ledger_builders import (
    ANY_ID,
    MONDAY,
    TODAY,
    Ledger,
    a_caller,
    a_fund,
    a_payment_draft,
    a_spend_draft,
)

Step = tuple[str, int]


def folded(ledger: Ledger, *, kept_after: int) -> FoldedPayments:
    return FoldedPayments(blocks=ledger.blocks, kept=ledger.memory_of(STANDING_PAYMENTS), kept_after=kept_after)


def a_payment_of(weeks_on: int) -> Any:
    """A payment for a week, so many weeks on."""
    first_on = add_days(TODAY, 7 * weeks_on)
    return a_payment_draft("400.00", period=Period(from_on=first_on, to_on=add_days(first_on, 6)))


def take(ledger: Ledger, step: Step, *, kept_after: int) -> None:
    what, number = step
    entries = list(ledger.books.entries(ANY_ID))
    if what == "pay":
        ledger.post(a_payment_of(number))
    elif what == "keep":
        folded(ledger, kept_after=kept_after).of_many([ANY_ID])
    elif what == "spend" and entries:
        ledger.post(a_spend_draft("1.00"))
    elif what == "reverse" and entries:
        entry = entries[number % len(entries)]
        if entry.draft.undoes is None and ledger.books.reversal_of(entry.entry_id) is None:
            ledger.post(a_spend_draft(type="reversal", reverses=entry.entry_id, legs=undone(entry)))


@settings(deadline=None, max_examples=40)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["pay", "spend", "reverse", "keep"]), st.integers(0, 12)), max_size=12),
    kept_after=st.integers(1, 4),
)
def test_what_was_kept_and_the_blocks_since_are_the_whole_book(steps: list[Step], kept_after: int) -> None:
    ledger = Ledger()
    for step in steps:
        try:
            take(ledger, step, kept_after=kept_after)
        except WouldOverdrawFund:
            continue

    found = folded(ledger, kept_after=kept_after).of(ANY_ID)

    head, whole = ledger.head(ANY_ID), paid_among(list(ledger.books.entries(ANY_ID)))
    assert (found.paid, found.number, found.hash) == (whole, head.number, head.hash)
    assert next_unpaid(a_fund(), found.paid) == next_unpaid(a_fund(), whole)
    for number in range(head.number + 1):
        up_to = folded(ledger, kept_after=kept_after).of(ANY_ID, up_to=number)
        assert up_to.paid == paid_among(list(ledger.books.entries(ANY_ID, up_to=number)))


class WholeBooks(StoredBooks):
    """Books of which nothing is carried: every question reads them from the first block."""

    def tail(self, fund_id: str, *, since: datetime | None, up_to: int | None = None) -> Tail:
        return super().tail(fund_id, since=None, up_to=up_to)


@settings(deadline=None, max_examples=25)
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 120), st.sampled_from(["spend", "pay", "reverse"]), st.integers(0, 60)), max_size=12
    )
)
def test_what_is_read_from_the_end_of_a_book_is_what_the_whole_book_says(steps: list[tuple[int, str, int]]) -> None:
    ledger = Ledger()
    fund_id = ledger.open_with_plan()
    fund, at = ledger.funds.get(fund_id).state, 0
    for days, what, number in steps:
        at += days
        today = _later(ledger, at)
        try:
            _take(ledger, fund, what, number, on=max(today - timedelta(days=number), TODAY))
        except WouldOverdrawFund:
            continue
    whole = WholeBooks(documents=ledger.store.documents(BLOCKS), clock=ledger.clock, nudge=lambda _: None)
    other = replace(_desk(ledger), books=whole)

    for ask in (overview.get_position, partial(overview.get_month, on=None), partial(overview.get_summary, on=None)):
        assert ask(fund_id, caller=a_caller(), desk=_desk(ledger)) == ask(fund_id, caller=a_caller(), desk=other)


def _take(ledger: Ledger, fund: Fund, what: str, number: int, *, on: date) -> None:
    """A spend or payment that counts from an earlier day, or the reversal of one of the entries there are."""
    entries = list(ledger.books.entries(fund.fund_id))
    if what == "pay":
        ledger.post(a_payment_draft("400.00", effective_on=on), fund=fund)
    elif what == "spend":
        ledger.post(a_spend_draft("12.50", effective_on=on), fund=fund)
    elif entries:
        entry = entries[number % len(entries)]
        if entry.draft.undoes is None and ledger.books.reversal_of(entry.entry_id) is None:
            back = a_spend_draft(type="reversal", reverses=entry.entry_id, legs=undone(entry), effective_on=on)
            ledger.post(back, fund=fund)


def _later(ledger: Ledger, days: int) -> date:
    ledger.clock.at = MONDAY + timedelta(days=days)
    return TODAY + timedelta(days=days)


def _desk(ledger: Ledger) -> Overlooked:
    return Overlooked(funds=ledger.funds, books=ledger.books, policies=ledger.policies, clock=ledger.clock)
