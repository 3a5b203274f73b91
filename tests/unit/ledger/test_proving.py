"""Proof of all books at once: read through book after book, with what lies beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.ledger.model.reservations import open_until
from services.ledger.model.verification import Finding, read_through, verify
from services.ledger.store import BLOCKS, EXPIRIES, FUNDS
from services.ledger.store.proving import prove_all
from tests.support.ledger_builders import TODAY, Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def blocks_of(*books: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The blocks of several books by their ids."""
    return iter(sorted((block for book in books for block in book), key=lambda block: str(block["_id"])))


def test_a_book_that_was_read_stands_where_its_head_does_with_the_same_open_days(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.void(fund_id, ledger.reserved(fund_id))
    ledger.reserved(fund_id, "30.00")

    read = read_through(ledger.blocks.each())[fund_id]

    assert read.head == ledger.head(fund_id)
    assert read.open_days == open_until(ledger.books.entries(fund_id)) == {TODAY}


def test_of_a_book_that_was_read_only_where_it_stands_is_kept(ledger: Ledger) -> None:
    first, second = sorted([ledger.open_and_funded(), ledger.open_and_funded()])
    ledger.spend(first)

    books = read_through(ledger.blocks.each())

    assert (books[first].keys, books[first].posted, books[first].head) == (set(), {}, ledger.head(first))
    assert books[second].posted


def test_a_block_that_says_it_is_of_another_book_leaves_its_neighbours_alone(ledger: Ledger) -> None:
    first, second = sorted([ledger.open_and_funded(), ledger.open_and_funded()])
    ledger.spend(first)
    ledger.reverse(first, f"{first}.2.1")
    stored = ledger.stored(first)
    stored[1] = stored[1] | {"book": second}

    found = verify(blocks_of(stored, ledger.stored(second)))

    assert Finding(book=second, number=2, what="the block stands under another block's id") in found
    assert Finding(book=first, number=2, what="the block is missing") in found


def test_instants_as_they_are_hashed_prove_like_instants(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    stored = ledger.stored(fund_id)

    as_text = json.loads(json.dumps(stored, default=lambda at: at.isoformat(timespec="milliseconds")))

    assert verify(as_text) == verify(stored) == []


def test_what_lies_beside_all_books_is_proved_and_told_at_the_last_block(ledger: Ledger) -> None:
    fund_id, other = ledger.open_and_funded(), ledger.open_and_funded()
    ledger.reserved(fund_id)
    assert prove_all(ledger.store).findings == ()

    ledger.memory_of(EXPIRIES).by_id.clear()
    ledger.memory_of(FUNDS).by_id[other]["state"]["status"] = "closed"

    assert set(prove_all(ledger.store).findings) == {
        Finding(book=fund_id, number=2, what=f"a reservation runs out on {TODAY}, and nothing will free it"),
        Finding(book=other, number=1, what="the fund is closed, but its book has no end"),
        Finding(book=other, number=1, what="the fund is closed with money in hand"),
    }


def test_a_book_that_does_not_hold_is_told_once_and_not_by_what_lies_beside_it(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.reserved(fund_id)
    ledger.memory_of(BLOCKS).by_id[f"{fund_id}/0000000002"]["council_id"] = "another"
    ledger.memory_of(EXPIRIES).by_id.clear()

    [finding] = prove_all(ledger.store).findings

    assert (finding.book, finding.number) == (fund_id, 2)
