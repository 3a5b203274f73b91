"""The standing payments of a book: folded block by block and kept, they are those of the whole book."""

from __future__ import annotations

from typing import Any

import pytest

from services.ledger.errors import BookBroken
from services.ledger.handlers.proving import get_proof
from services.ledger.model.entries import Period
from services.ledger.model.verification import Finding
from services.ledger.store import STANDING_PAYMENTS
from services.ledger.store.proving import prove_all
from services.ledger.store.standing_payments import FoldedPayments
from shared.dates import add_days
from shared.store.documents import Between
from tests.support.ledger_builders import ANY_ID, TODAY, Ledger, a_caller, a_payment_draft, a_spend_draft


def folded(ledger: Ledger, *, kept_after: int = 1) -> FoldedPayments:
    return FoldedPayments(blocks=ledger.blocks, kept=ledger.memory_of(STANDING_PAYMENTS), kept_after=kept_after)


def a_payment_of(weeks_on: int) -> Any:
    """A payment for a week, so many weeks on."""
    first_on = add_days(TODAY, 7 * weeks_on)
    return a_payment_draft("400.00", period=Period(from_on=first_on, to_on=add_days(first_on, 6)))


def test_behind_what_was_kept_later_blocks_only_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger()
    ledger.post(a_payment_of(0))
    ledger.post(a_spend_draft("1.00"))
    folded(ledger).of_many([ANY_ID])
    ledger.post(a_payment_of(1))
    asked: list[Any] = []
    each = ledger.blocks.each
    monkeypatch.setattr(ledger.blocks, "each", lambda where: asked.extend(where) or each(where))

    found = folded(ledger).of(ANY_ID)

    assert [part.period.from_on for part in found.paid if part.period] == [TODAY, add_days(TODAY, 7)]
    [where] = asked
    assert isinstance(where, Between)
    assert where.low == f"{ANY_ID}/0000000002"


def test_kept_of_a_block_that_is_another_now_it_is_folded_anew() -> None:
    ledger = Ledger()
    ledger.post(a_payment_of(0))
    folded(ledger).of_many([ANY_ID])
    kept = ledger.memory_of(STANDING_PAYMENTS).by_id[ANY_ID]
    kept["hash"], kept["paid"] = "0" * 64, []

    assert len(folded(ledger).of(ANY_ID).paid) == 1


def test_few_new_blocks_are_read_again_rather_than_kept() -> None:
    ledger = Ledger()
    ledger.post(a_payment_of(0))

    folded(ledger, kept_after=2).of_many([ANY_ID])
    assert not ledger.memory_of(STANDING_PAYMENTS).by_id

    ledger.post(a_spend_draft("1.00"))
    folded(ledger, kept_after=2).of_many([ANY_ID])
    ledger.post(a_spend_draft("1.00"))
    folded(ledger, kept_after=2).of_many([ANY_ID])
    assert ledger.memory_of(STANDING_PAYMENTS).by_id[ANY_ID]["number"] == 2


def test_a_book_with_a_gap_pays_nobody() -> None:
    ledger = Ledger()
    for _ in range(3):
        ledger.post(a_payment_of(0))
    del ledger.memory.by_id[f"{ANY_ID}/0000000002"]

    with pytest.raises(BookBroken):
        folded(ledger).of_many([ANY_ID])


def test_what_is_kept_beside_a_book_is_proved_with_it() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    folded(ledger).of_many([fund_id])
    ledger.spend(fund_id)
    assert prove_all(ledger.store).findings == ()

    ledger.memory_of(STANDING_PAYMENTS).by_id[fund_id]["paid"].clear()

    what = "the payments kept beside the book are not those that stand in it"
    assert prove_all(ledger.store).findings == (Finding(book=fund_id, number=3, what=what),)
    proof = get_proof(fund_id, caller=a_caller(), funds=ledger.funds, books=ledger.books, expiries=ledger.expiries)
    assert proof.findings == (Finding(book=fund_id, number=3, what=what),)


def test_a_tail_that_was_cut_off_is_found_by_what_is_kept() -> None:
    ledger = Ledger()
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    folded(ledger).of_many([fund_id])

    del ledger.memory.by_id[f"{fund_id}/0000000002"]

    assert [(each.book, each.number) for each in prove_all(ledger.store).findings] == [(fund_id, 2)]
