"""Where the next block is tried first: an old place costs one more try, never money, and a page of books one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.ledger.errors import WouldOverdrawFund
from services.ledger.handlers.posting import ForBook, key_of, post_to_books
from services.ledger.model.blocks import Head, Posted
from services.ledger.model.verification import verify
from services.ledger.store import BLOCKS, StoredBooks
from services.ledger.store.heads import LastNumbers
from shared.money import Pence
from shared.store.documents import Condition, Documents, Page
from tests.support.ledger_builders import Ledger, a_fund, a_payment_draft, pounds

FUNDS = [f"fund-{number:04d}" for number in range(5)]


class Asked:
    """The blocks, and how often each kind of question was asked of them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self.gets = 0
        self.finds = 0
        self.parted = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._documents, name)

    def get(self, id: str) -> dict[str, Any] | None:
        self.gets += 1
        return self._documents.get(id)

    def parts(self, ids: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
        self.parted += 1
        return self._documents.parts(ids, names)

    def find(self, where: Sequence[Condition] = (), **how: Any) -> Page:
        self.finds += 1
        return self._documents.find(where, **how)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def replica_of(ledger: Ledger) -> Ledger:
    """Another replica of the ledger over the same store."""
    return Ledger(store=ledger.store, clock=ledger.clock)


def in_hand(ledger: Ledger, fund_id: str) -> Pence:
    return ledger.head(fund_id).in_hand


def books_that_count(ledger: Ledger) -> tuple[StoredBooks, Asked]:
    """The books of a replica that has not looked at any of them yet."""
    asked = Asked(ledger.store.documents(BLOCKS))
    return StoredBooks(documents=asked, clock=ledger.clock, nudge=lambda _: None), asked


def pay_all(ledger: Ledger, books: StoredBooks, name: str, numbers: dict[str, int | None]) -> list[Any]:
    """One payment into each fund, as a page of a payment run has it."""
    wanted = []
    for fund_id in FUNDS:
        cause = ledger.cause("pay", fund_id, key=f"{name} {fund_id}")
        draft = a_payment_draft("10.00", key=key_of(cause))
        fund, number = a_fund(fund_id=fund_id), numbers.get(fund_id)
        wanted.append(ForBook(fund=fund, decide=lambda _, draft=draft: draft, cause=cause, head_number=number))
    return post_to_books(wanted, books=books, clock=ledger.clock, attempts=3)


def test_a_book_that_another_replica_has_written_to_since_gets_its_next_block(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    other = replica_of(ledger)
    other.spend(fund_id, amount=pounds("100.00"))

    ledger.spend(fund_id, amount=pounds("50.00"))
    other.spend(fund_id, amount=pounds("25.00"))

    assert in_hand(ledger, fund_id) == pounds("225.00")
    assert verify(ledger.books.stored_blocks(fund_id)) == []


def test_what_would_be_refused_where_the_book_was_last_seen_is_decided_of_its_head(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id, amount=pounds("400.00"))
    replica_of(ledger).post(a_payment_draft("10.00"), fund=a_fund(fund_id=fund_id))

    ledger.spend(fund_id, amount=pounds("10.00"))

    with pytest.raises(WouldOverdrawFund):
        ledger.spend(fund_id, amount=pounds("0.01"))
    assert in_hand(ledger, fund_id) == pounds("0.00")


def test_a_repeat_finds_its_first_answer_wherever_the_book_was_last_seen(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    other = replica_of(ledger)
    first = other.spend(fund_id, amount=pounds("400.00"), key="k1")

    assert ledger.spend(fund_id, amount=pounds("400.00"), key="k1") == first
    assert other.spend(fund_id, amount=pounds("400.00"), key="k1") == first
    assert in_hand(ledger, fund_id) == pounds("0.00")


def test_a_book_whose_last_block_is_gone_goes_on_from_what_is_left(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id, amount=pounds("100.00"))
    last = ledger.stored(fund_id)[-1]["_id"]
    del ledger.memory.by_id[last]

    ledger.spend(fund_id, amount=pounds("25.00"))

    assert in_hand(ledger, fund_id) == pounds("375.00")


def test_a_known_book_is_asked_for_one_block_by_its_id(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    books, asked = books_that_count(ledger)
    head = books.head(fund_id)
    asked.finds = asked.parted = 0

    assert books.head_to_build_on(fund_id) == head
    assert (asked.parted, asked.gets, asked.finds) == (1, 0, 0)


@pytest.mark.parametrize("known", ["by their lines", "by the process"])
def test_a_page_of_known_books_is_one_question(ledger: Ledger, known: str) -> None:
    books, asked = books_that_count(ledger)
    pay_all(ledger, books, "first", {})
    if known == "by their lines":
        books, asked = books_that_count(ledger)
    asked.finds = asked.gets = asked.parted = 0

    answers = pay_all(ledger, books, "second", dict.fromkeys(FUNDS, 1 if known == "by their lines" else None))

    assert all(isinstance(answer, Posted) for answer in answers)
    assert (asked.parted, asked.gets, asked.finds) == (1, 0, 0)
    assert {books.head(fund_id).in_hand for fund_id in FUNDS} == {pounds("20.00")}


def test_books_without_a_block_are_not_asked_for_at_all(ledger: Ledger) -> None:
    books, asked = books_that_count(ledger)

    pay_all(ledger, books, "first", dict.fromkeys(FUNDS, 0))

    assert (asked.parted, asked.gets, asked.finds) == (0, 0, 0)
    assert {books.head(fund_id).in_hand for fund_id in FUNDS} == {pounds("10.00")}


def test_lines_that_are_old_or_wrong_cost_one_more_try(ledger: Ledger) -> None:
    books, _ = books_that_count(ledger)
    for name in ("first", "second"):
        pay_all(ledger, books, name, {})
    afresh, _ = books_that_count(ledger)

    answers = pay_all(ledger, afresh, "third", {FUNDS[0]: 1, FUNDS[1]: 0, FUNDS[2]: 9, FUNDS[3]: None, FUNDS[4]: 2})

    assert all(isinstance(answer, Posted) for answer in answers)
    assert {afresh.head(fund_id).in_hand for fund_id in FUNDS} == {pounds("30.00")}
    assert [finding for fund_id in FUNDS for finding in verify(afresh.stored_blocks(fund_id))] == []


def test_only_so_many_books_are_remembered_the_last_seen_ones() -> None:
    numbers = LastNumbers(most=2)
    for book, number in (("a", 1), ("b", 2), ("a", 3), ("c", 0)):
        numbers.note(book, number)

    assert [numbers.of(book) for book in "abc"] == [3, None, 0]


def test_a_book_that_had_no_block_has_an_empty_head(ledger: Ledger) -> None:
    books, _ = books_that_count(ledger)

    assert books.head("fund-none") == books.head_to_build_on("fund-none") == Head(book="fund-none")
