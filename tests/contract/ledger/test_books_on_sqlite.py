"""Books on the embedded store: writers in threads of their own lose no money and leave no hole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.ledger.errors import WouldOverdrawFund
from services.ledger.model.verification import verify
from services.ledger.store import COLLECTIONS
from shared.money import Pence
from shared.store.sqlite import SqliteStore
from tests.support.ledger_builders import Ledger, pounds

WRITERS = 8


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    store = SqliteStore(tmp_path / "ledger.sqlite3", synchronous="NORMAL")
    store.migrate(COLLECTIONS)
    yield Ledger(store=store, attempts=500)
    store.close()


def test_eight_writers_on_one_book_spend_exactly_what_there_is(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    def spend_until_empty(_: int) -> int:
        count = 0
        while True:
            try:
                ledger.spend(fund_id, amount=pounds("12.50"))
            except WouldOverdrawFund:
                return count
            count += 1

    with ThreadPoolExecutor(WRITERS) as writers:
        spent = list(writers.map(spend_until_empty, range(WRITERS)))

    assert sum(spent) == 32
    assert ledger.head(fund_id).in_hand == Pence(0)
    assert verify(ledger.books.stored_blocks(fund_id)) == []


def test_eight_writers_with_one_key_post_one_entry_and_get_one_answer(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    with ThreadPoolExecutor(WRITERS) as writers:
        answers = list(writers.map(lambda _: ledger.spend(fund_id, key="k1"), range(WRITERS)))

    assert all(answer == answers[0] for answer in answers)
    assert ledger.head(fund_id).in_hand == pounds("387.50")


def test_a_book_reads_back_across_many_pages(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    for _ in range(250):
        ledger.spend(fund_id, amount=pounds("1.00"))

    proof = verify(ledger.books.stored_blocks(fund_id))

    assert proof == []
    assert len(list(ledger.books.entries(fund_id))) == 251
    assert len(list(ledger.books.entries(fund_id, up_to=7))) == 7
