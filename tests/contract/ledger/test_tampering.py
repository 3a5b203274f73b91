"""Whatever is done to stored blocks behind the ledger's back is found, and located by book and number.

The rules of the engine are taken off first: what it would have refused must be found too. The ledger's README has this as a
table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.ledger.model.entries import undone
from services.ledger.model.verification import Anchor, verify
from tests.contract.ledger.conftest import Kept
from tests.support.ledger_builders import ANY_ID, a_key, a_payment_draft, a_spend_draft
from tests.support.past_the_ledger import Document, Intruder

Deed = Callable[[Intruder], object]


def six_blocks(kept: Kept) -> list[Document]:
    """A payment, three spends, one more and its reversal."""
    ledger = kept.ledger
    ledger.post(a_payment_draft("400.00", key=a_key("in")))
    for amount in ("12.50", "7.00", "30.00"):
        ledger.post(a_spend_draft(amount, key=a_key(amount), reference=f"invoice {amount}"))
    wrong = ledger.post(a_spend_draft("1.00")).entry
    ledger.post(a_spend_draft(type="reversal", reverses=wrong.entry_id, legs=undone(wrong)))
    return ledger.stored(ANY_ID)


def block(number: int) -> str:
    return f"{ANY_ID}/{number:010d}"


def in_block(number: int, change: Callable[[Document], Any]) -> Deed:
    return lambda intruder: intruder.overwrite(block(number), change)


def in_entry(number: int, **values: Any) -> Deed:
    return in_block(number, lambda document: document["entries"][0].update(values))


def amount_of_one_leg(document: Document) -> None:
    document["entries"][0]["postings"][0][1] += 1


def amounts_of_both_legs_and_all_balances(document: Document) -> None:
    """A forger's work: it balances, the balances after agree, the summary too."""
    for posting, difference in zip(document["entries"][0]["postings"], (100, -100), strict=True):
        posting[1] += difference
        posting[2] += difference
    moved = {"payee:payee-pool": 100, "held": -100}
    document["balances"] = [[account, pence + moved.get(account, 0)] for account, pence in document["balances"]]


def swapped(intruder: Intruder) -> None:
    """The third block's content under the fourth's id, and the other way round."""
    kept: dict[str, Document] = {}
    intruder.overwrite(block(3), lambda document: kept.update(third=dict(document)))
    intruder.overwrite(block(4), lambda document: kept.update(fourth=dict(document)))

    def become(other: str) -> Callable[[Document], None]:
        return lambda document: document.update(kept[other] | {"_id": document["_id"]})

    intruder.overwrite(block(3), become("fourth"))
    intruder.overwrite(block(4), become("third"))


def entry_dropped(document: Document) -> None:
    document["entries"] = document["entries"][:0]


DEEDS: dict[str, tuple[Deed, int]] = {
    "amount of one leg": (in_block(3, amount_of_one_leg), 3),
    "amounts that still balance, balances and summary fitted": (in_block(3, amounts_of_both_legs_and_all_balances), 3),
    "balance after": (in_block(3, lambda document: document["entries"][0]["postings"][1].__setitem__(2, 1)), 3),
    "account": (in_block(3, lambda document: document["entries"][0]["postings"][0].__setitem__(0, "payee:other")), 3),
    "memo": (in_entry(3, reference="invoice 8.00"), 3),
    "day it counts from": (in_entry(3, effective_on="2026-02-01"), 3),
    "who posted it": (in_entry(3, actor_id="officer-0002"), 3),
    "policy version": (in_entry(3, policy_version="pack/2"), 3),
    "key of a command": (in_entry(3, idempotency_key="key-other"), 3),
    "list of keys": (in_block(3, lambda document: document.update(keys=["key-other"])), 3),
    "what is reversed": (in_entry(6, reverses=f"{ANY_ID}.4.1"), 6),
    "a field added": (in_block(3, lambda document: document.update(note="added")), 3),
    "an entry dropped": (in_block(3, entry_dropped), 3),
    "hash": (in_block(3, lambda document: document.update(hash="0" * 64)), 3),
    "link": (in_block(3, lambda document: document.update(previous_hash="0" * 64)), 3),
    "two blocks swapped": (swapped, 3),
    "first block dropped": (lambda intruder: intruder.delete(block(1)), 1),
    "a block dropped": (lambda intruder: intruder.delete(block(3)), 3),
    "another book's number": (in_block(3, lambda document: document.update(number=9)), 3),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_done_behind_the_ledgers_back_is_found_where_it_was_done(kept: Kept, deed: str) -> None:
    six_blocks(kept)
    kept.intruder.loosen()
    do, number = DEEDS[deed]

    do(kept.intruder)

    found = verify(kept.ledger.books.stored_blocks(ANY_ID))
    assert (ANY_ID, number) in {(finding.book, finding.number) for finding in found}, f"unnoticed: {deed}"
    assert {finding.book for finding in found} == {ANY_ID}


def test_untouched_it_has_no_findings(kept: Kept) -> None:
    six_blocks(kept)

    assert verify(kept.ledger.books.stored_blocks(ANY_ID)) == []


def test_a_tail_that_was_cut_off_shows_against_a_head_told_earlier(kept: Kept) -> None:
    head = six_blocks(kept)[-1]
    kept.intruder.loosen()

    kept.intruder.delete(block(6))

    told = Anchor(book=ANY_ID, number=6, hash=head["hash"])
    found = verify(kept.ledger.books.stored_blocks(ANY_ID), anchors=[told])
    assert [(finding.number, finding.what) for finding in found] == [
        (6, "the block is missing, though it was told of earlier")
    ]
