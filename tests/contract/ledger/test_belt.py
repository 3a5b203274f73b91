"""The store itself refuses blocks that are none, whoever writes them past the ledger."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from sqlite3 import IntegrityError
from typing import Any

import pytest
from pymongo.errors import WriteError

from services.ledger.model.entries import undone
from services.ledger.store import BLOCKS
from shared.store.documents import RefusedByBelt
from tests.contract.ledger.conftest import Kept
from tests.support.ledger_builders import ANY_ID, a_fund, a_key, a_payment_draft, a_spend_draft

Block = dict[str, Any]
Change = Callable[[Block], object]


def two_blocks(kept: Kept) -> list[Block]:
    """A payment and a spend of two entries, as stored."""
    kept.ledger.post(a_payment_draft("400.00", key=a_key("in")))
    kept.ledger.post(a_spend_draft("12.50", key=a_key("out")))
    return kept.ledger.stored(ANY_ID)


def third(block: Block) -> Block:
    """What could come after the second block, but for its hash."""
    following = copy.deepcopy(block)
    following |= {"_id": f"{ANY_ID}/0000000003", "number": 3, "sequence": 3, "previous_hash": block["hash"]}
    following["entries"][0]["entry_id"] = f"{ANY_ID}.3.1"
    del following["keys"]
    return following


def first_posting(block: Block) -> list[Any]:
    posting: list[Any] = block["entries"][0]["postings"][0]
    return posting


NONSENSE: dict[str, Change] = {
    "a leg of another amount": lambda block: first_posting(block).__setitem__(1, 1251),
    "half pennies that balance": lambda block: block["entries"][0].update(
        postings=[["payee:pool", 12.5, 13], ["held", -12.5, 38750]]
    ),
    "pence as text": lambda block: first_posting(block).__setitem__(1, "1250"),
    "a balance after that is no number": lambda block: first_posting(block).__setitem__(2, None),
    "one leg alone": lambda block: block["entries"][0].update(postings=[["held", 0, 38750]]),
    "no legs": lambda block: block["entries"][0].update(postings=[]),
    "no entries": lambda block: block.update(entries=[]),
    "entries that are none": lambda block: block.update(entries="spend"),
    "an entry without its instant": lambda block: block["entries"][0].pop("recorded_at"),
    "no number": lambda block: block.pop("number"),
    "a number below one": lambda block: block.update(number=0, _id=f"{ANY_ID}/0000000000"),
    "no hash": lambda block: block.pop("hash"),
    "a hash that is none": lambda block: block.update(hash="abc"),
    "no link": lambda block: block.pop("previous_hash"),
    "a summary that does not sum to nought": lambda block: block["balances"][0].__setitem__(1, 0),
    "an overdrawn fund": lambda block: block.update(balances=[["held", -1], ["payee:pool", 1]]),
    "an overdrawn allocation": lambda block: block.update(balances=[["held", 1], ["allocated:outcome-fit", -1]]),
    "overdrawn reservations": lambda block: block.update(balances=[["held", 1], ["reserved", -1]]),
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_whoever_writes_it(kept: Kept, nonsense: str) -> None:
    block = third(two_blocks(kept)[1])
    raw = _as_it_lies(kept, block)
    NONSENSE[nonsense](block)
    NONSENSE[nonsense](raw)

    with pytest.raises((RefusedByBelt, TypeError)):
        kept.ledger.blocks.insert(block)
    with pytest.raises((IntegrityError, WriteError)):
        kept.intruder.insert(raw)

    assert [stored["number"] for stored in kept.ledger.stored(ANY_ID)] == [1, 2]


def test_among_many_the_one_that_is_nonsense_is_refused(kept: Kept) -> None:
    block = third(two_blocks(kept)[1])
    block["entries"][0]["postings"][0][1] = 1

    with pytest.raises(RefusedByBelt):
        kept.ledger.blocks.insert_many([block])

    assert [stored["number"] for stored in kept.ledger.stored(ANY_ID)] == [1, 2]


def test_a_stored_block_is_not_made_nonsense_afterwards(kept: Kept) -> None:
    two_blocks(kept)

    with pytest.raises((IntegrityError, WriteError)):
        kept.intruder.overwrite(f"{ANY_ID}/0000000002", lambda block: first_posting(block).__setitem__(1, 1))

    assert kept.ledger.blocks.get(f"{ANY_ID}/0000000002") == kept.ledger.stored(ANY_ID)[1]


def test_what_the_ledger_writes_is_let_in(kept: Kept) -> None:
    ledger = kept.ledger
    fund_id = ledger.open_and_funded()
    reservation = ledger.reserved(fund_id, "20.00")
    paid = ledger.pay_reserved(fund_id, reservation)
    ledger.reverse(fund_id, paid.entry.entry_id)
    payment = next(ledger.books.entries(fund_id))
    ledger.reverse(fund_id, payment.entry_id)
    ledger.close(fund_id)

    assert ledger.head(fund_id).closed
    assert len(ledger.stored(fund_id)) == 6


def test_the_relay_may_empty_the_outbox_of_a_block(kept: Kept) -> None:
    block = two_blocks(kept)[1]
    relayed = block | {"outbox": [], "outbox_due": None, "version": 2}

    kept.ledger.blocks.replace(relayed, version=1)

    assert kept.ledger.blocks.get(block["_id"]) == relayed


def test_a_file_keeps_what_is_posted_and_every_block(tmp_path: Any) -> None:
    """MongoDB has no such rule; there the proof finds it."""
    from services.ledger.store import COLLECTIONS
    from shared.store.sqlite import SqliteStore
    from tests.support.ledger_builders import Ledger
    from tests.support.past_the_ledger import SqliteIntruder

    store = SqliteStore(tmp_path / "ledger.sqlite3", synchronous="NORMAL")
    store.migrate(COLLECTIONS)
    ledger, intruder = Ledger(store=store), SqliteIntruder(tmp_path / "ledger.sqlite3")
    ledger.post(a_payment_draft())
    entry = ledger.post(a_spend_draft()).entry
    ledger.post(a_spend_draft(type="reversal", reverses=entry.entry_id, legs=undone(entry)), fund=a_fund())
    before = ledger.stored(ANY_ID)

    changes: tuple[Block, ...] = ({"hash": "0" * 64}, {"book": "fund-0008"}, {"reverses": []}, {"_id": "elsewhere"})
    for change in changes:
        with pytest.raises(IntegrityError):
            intruder.overwrite(f"{ANY_ID}/0000000003", partial(_update, change))
    with pytest.raises(IntegrityError):
        intruder.delete(f"{ANY_ID}/0000000003")

    assert ledger.stored(ANY_ID) == before
    store.close()


def test_a_rule_that_was_taken_off_is_put_back_by_the_next_migration(kept: Kept) -> None:
    block = third(two_blocks(kept)[1])
    block["entries"][0]["postings"][0][1] = 1
    kept.intruder.loosen()

    said = kept.ledger.store.migrate([BLOCKS])

    assert said
    assert kept.ledger.store.migrate([BLOCKS]) == []
    with pytest.raises(RefusedByBelt):
        kept.ledger.blocks.insert(block)


def _as_it_lies(kept: Kept, block: Block) -> Block:
    """A copy as the intruder's engine holds it."""
    lying = copy.deepcopy(block)
    if type(kept.intruder).__name__ == "SqliteIntruder":
        lying["entries"][0]["recorded_at"] = {"$at": 1772442000000}
        lying["outbox"], lying["outbox_due"] = [], None
    return lying


def _update(change: Block, block: Block) -> None:
    block.update(change)
