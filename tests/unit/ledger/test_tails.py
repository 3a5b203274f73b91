"""Statements and balances of later days are made from the end of a book and the balances carried into it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from services.ledger.handlers.reading import get_balance, get_statement
from services.ledger.model.entries import Period, fold
from services.ledger.model.history import PastEntry
from services.ledger.model.statements import make_balance, make_statement, read_from
from services.ledger.store import BLOCKS, StoredBooks
from shared.errors import Invalid
from tests.support.ledger_builders import Ledger, a_caller, a_fund, a_payment_draft, a_spend_draft, pounds

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAYS = 90


class Counted(StoredBooks):
    """The books, and how many blocks were read of them backwards."""

    read = 0

    def _newest_first(self, fund_id: str, number: int) -> Iterator[dict[str, object]]:
        for document in super()._newest_first(fund_id, number):
            self.read += 1
            yield document


@pytest.fixture(scope="module")
def long_book() -> Ledger:
    """A spend a day for ninety days, many of them for days long gone; some come with an import's marks."""
    ledger, chance = Ledger(), random.Random(6)
    ledger.clock.at = BEGAN
    ledger.open_with_plan()
    ledger.post(a_payment_draft("900.00", effective_on=BEGAN.date()), fund=a_fund())
    for day in range(1, DAYS):
        ledger.clock.at = BEGAN + timedelta(days=day)
        ago = chance.choice([0, 0, 0, 1, 5, 40])
        effective_on = max(ledger.clock.at.date() - timedelta(days=ago), BEGAN.date())
        ledger.post(a_spend_draft("1.50", f"payee-{day % 3}", effective_on=effective_on), fund=a_fund())
    return ledger


def books_of(ledger: Ledger) -> Counted:
    return Counted(documents=ledger.store.documents(BLOCKS), clock=ledger.clock, nudge=lambda _: None)


def days() -> list[date]:
    return [BEGAN.date() + timedelta(days=day) for day in (-3, 0, 1, 30, 59, 88, 89, 95)]


@pytest.mark.parametrize("from_on", days())
def test_a_statement_made_from_the_end_is_the_one_made_from_the_whole(long_book: Ledger, from_on: date) -> None:
    books, fund = books_of(long_book), a_fund()
    for last in (from_on, from_on + timedelta(days=28)):
        about = {"period": Period(from_on=from_on, to_on=last), "made_at": long_book.clock.at}
        tail = books.tail(fund.fund_id, since=read_from(on=from_on, known_at=long_book.clock.at))

        from_the_end = make_statement(fund, tail, head_number=0, head_hash="", **about)

        whole = books.tail(fund.fund_id, since=None)
        assert from_the_end == make_statement(fund, whole, head_number=0, head_hash="", **about)


@pytest.mark.parametrize("as_of", days())
@pytest.mark.parametrize("known_on", [0, 1, 45, 89, 120])
def test_a_balance_made_from_the_end_is_the_one_made_from_the_whole(
    long_book: Ledger, as_of: date, known_on: int
) -> None:
    books, fund, known_at = books_of(long_book), a_fund(), BEGAN + timedelta(days=known_on)

    tail = books.tail(fund.fund_id, since=read_from(on=as_of, known_at=known_at))

    whole = books.tail(fund.fund_id, since=None)
    assert make_balance(fund, tail, as_of=as_of, known_at=known_at) == make_balance(
        fund, whole, as_of=as_of, known_at=known_at
    )


def test_the_last_days_are_read_from_the_last_blocks_alone(long_book: Ledger) -> None:
    books, fund_id = books_of(long_book), a_fund().fund_id

    tail = books.tail(fund_id, since=read_from(on=BEGAN.date() + timedelta(days=86), known_at=long_book.clock.at))

    assert (len(tail.entries), tail.number, books.read) == (5, 85, 6)
    assert tail.balances == fold(books.entries(fund_id, up_to=85))


def test_what_was_imported_is_at_the_end_from_when_it_was_brought_in() -> None:
    ledger = Ledger()
    ledger.clock.at = brought_in_at = BEGAN + timedelta(days=400)
    fund_id = ledger.open_with_plan()
    ledger.bring_in(
        fund_id,
        PastEntry(
            type="payment-in",
            amount=pounds("10.00"),
            effective_on=BEGAN.date(),
            recorded_at=BEGAN,
            reference="sample 1",
            period=Period(from_on=BEGAN.date(), to_on=BEGAN.date()),
        ),
    )

    lately = ledger.books.tail(fund_id, since=brought_in_at)
    later = ledger.books.tail(fund_id, since=brought_in_at + timedelta(days=1))

    assert [(entry.recorded_at, entry.posted_at >= brought_in_at) for entry in lately.entries] == [(BEGAN, True)]
    assert (lately.number, later.number, later.entries) == (0, 1, ())


@pytest.mark.parametrize("day", [date.min, date.max])
def test_days_at_the_ends_of_the_calendar_are_answered_or_refused(long_book: Ledger, day: date) -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    asked = {"caller": a_caller(), "funds": ledger.funds, "books": ledger.books, "clock": ledger.clock}

    balance = get_balance(fund_id, as_of=day, known_at=None, **asked)

    assert balance.in_hand == (pounds("400.00") if day == date.max else pounds("0.00"))
    if day == date.max:
        with pytest.raises(Invalid):
            get_statement(fund_id, from_on=day, to_on=None, **asked)
    else:
        assert get_statement(fund_id, from_on=day, to_on=None, **asked).closing == pounds("400.00")
