"""Proof of a book: whatever is done to the stored blocks behind the ledger's back is found, and where."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.model.blocks import OUTSIDE_THE_HASH, digest
from services.ledger.model.entries import undone
from services.ledger.model.verification import Anchor, prove, verify
from tests.support.ledger_builders import ANY_ID, Ledger, a_key, a_payment_draft, a_spend_draft

Blocks = list[dict[str, Any]]


def six_blocks() -> Blocks:
    """A payment, three spends, one more and its reversal."""
    ledger = Ledger()
    ledger.post(a_payment_draft("400.00", key=a_key("in")))
    for amount in ("12.50", "7.00", "30.00"):
        ledger.post(a_spend_draft(amount, key=a_key(amount)))
    wrong = ledger.post(a_spend_draft("1.00")).entry
    ledger.post(a_spend_draft(type="reversal", reverses=wrong.entry_id, legs=undone(wrong)))
    return ledger.stored(ANY_ID)


SIX = six_blocks()


def found_in(blocks: Blocks, **how: Any) -> list[tuple[int, str]]:
    return [(finding.number, finding.what) for finding in verify(blocks, **how)]


def after(change: Callable[[Blocks], object], *, sealed_again: int | None = None) -> list[tuple[int, str]]:
    """What is found in a copy of the blocks after a change, and after giving one block a fitting hash again."""
    blocks = copy.deepcopy(SIX)
    change(blocks)
    if sealed_again is not None:
        blocks[sealed_again]["hash"] = digest(blocks[sealed_again])
    return found_in(blocks)


def test_a_book_as_it_was_written_has_no_findings() -> None:
    proof = prove(SIX)

    assert proof.findings == ()
    assert (proof.blocks, proof.entries, proof.in_balance) == (6, 6, True)
    assert (proof.head_number, proof.head_hash) == (6, SIX[-1]["hash"])


def test_the_relay_emptying_the_outbox_changes_nothing() -> None:
    blocks = [block | {"outbox": [], "outbox_due": None, "version": 2} for block in SIX]

    assert found_in(blocks) == []


def test_a_flipped_character_anywhere_in_a_block_is_found_in_that_block() -> None:
    for number, place in _places(SIX):
        blocks = copy.deepcopy(SIX)
        _flip(blocks[number], place)

        assert number + 1 in [finding.number for finding in verify(blocks)], f"unnoticed: {place} of block {number + 1}"


def test_an_altered_reference_is_found_though_every_sum_still_holds() -> None:
    assert after(lambda blocks: blocks[2]["entries"][0].update(reference="something else")) == [
        (3, "the block's content is not what its hash was made from")
    ]


def test_an_altered_day_is_found() -> None:
    assert after(lambda blocks: blocks[2]["entries"][0].update(effective_on="2020-01-01")) == [
        (3, "the block's content is not what its hash was made from")
    ]


def test_an_added_field_is_found() -> None:
    assert after(lambda blocks: blocks[2].update(note="added")) == [
        (3, "the block's content is not what its hash was made from")
    ]


def test_a_flipped_hash_is_found_where_it_was_flipped_and_nowhere_else() -> None:
    assert after(lambda blocks: blocks[2].update(hash="0" * 64)) == [
        (3, "the block's content is not what its hash was made from")
    ]


def test_a_block_sealed_again_after_an_edit_no_longer_links_to_the_next() -> None:
    assert after(lambda blocks: blocks[2]["entries"][0].update(reference="other"), sealed_again=2) == [
        (4, "the block does not link to the one before it")
    ]


@pytest.mark.parametrize("dropped", range(5))
def test_a_dropped_block_is_named(dropped: int) -> None:
    assert (dropped + 1, "the block is missing") in after(lambda blocks: blocks.pop(dropped))


def test_dropped_blocks_are_named_together() -> None:
    assert found_in([SIX[0], *SIX[3:]]) == [(2, "the blocks up to 3 are missing")]


def test_two_blocks_that_changed_places_are_found() -> None:
    def swap(blocks: Blocks) -> None:
        blocks[2]["_id"], blocks[3]["_id"] = blocks[3]["_id"], blocks[2]["_id"]
        blocks[2], blocks[3] = blocks[3], blocks[2]

    found = after(swap)

    assert (3, "the block stands under another block's id") in found
    assert (4, "the block stands under another block's id") in found


def test_two_blocks_read_in_the_wrong_order_are_found() -> None:
    blocks = [*SIX[:2], SIX[3], SIX[2], *SIX[4:]]

    assert (3, "the block stands after a later one") in found_in(blocks)


def test_a_balanced_change_of_two_legs_is_found_even_in_a_block_sealed_again() -> None:
    def skim(blocks: Blocks) -> None:
        postings = blocks[2]["entries"][0]["postings"]
        postings[0][1] += 100
        postings[1][1] -= 100

    found = after(skim, sealed_again=2)

    assert (3, "entry 1 gives a wrong balance for held") in found
    assert (3, "entry 1 gives a wrong balance for payee:payee-pool") in found


def test_a_change_of_one_leg_is_found_even_in_a_block_sealed_again() -> None:
    found = after(lambda blocks: blocks[2]["entries"][0]["postings"][0].__setitem__(1, 1), sealed_again=2)

    assert (3, "entry 1 does not sum to nought") in found


def test_a_broken_limit_is_found_even_in_a_block_sealed_again() -> None:
    def overdraw(blocks: Blocks) -> None:
        blocks[1]["entries"][0]["postings"] = [["payee:payee-pool", 50000, 50000], ["held", -50000, -10000]]
        blocks[1]["balances"] = [["council", -40000], ["held", -10000], ["payee:payee-pool", 50000]]

    found = after(overdraw, sealed_again=1)

    assert (2, "entry 1 takes held to the side of nought where it may not stand") in found


def test_an_account_outside_the_chart_is_found() -> None:
    def divert(blocks: Blocks) -> None:
        blocks[1]["entries"][0]["postings"][0][0] = "pocket"

    assert (2, "entry 1 posts to an account that the chart does not have") in after(divert, sealed_again=1)


def test_an_amount_that_is_not_whole_pence_is_found() -> None:
    def fray(blocks: Blocks) -> None:
        blocks[1]["entries"][0]["postings"][0][1] = 1250.0

    assert (2, "entry 1 has an amount that is not whole pence") in after(fray, sealed_again=1)


def test_a_summary_that_does_not_follow_from_the_postings_is_found() -> None:
    found = after(lambda blocks: blocks[1]["balances"][0].__setitem__(1, -1), sealed_again=1)

    assert (2, "the block's balances are not what its postings lead to") in found


def test_a_reversal_of_another_amount_is_found() -> None:
    def halve(blocks: Blocks) -> None:
        for posting in blocks[5]["entries"][0]["postings"]:
            posting[1] //= 2

    assert (6, "entry 1 does not net to nought with the entry it reverses") in after(halve, sealed_again=5)


def test_a_second_reversal_is_found() -> None:
    ledger = Ledger()
    ledger.post(a_payment_draft("400.00"))
    wrong = ledger.post(a_spend_draft("1.00")).entry
    ledger.post(a_spend_draft("1.00"))
    ledger.post(a_spend_draft(type="reversal", reverses=wrong.entry_id, legs=undone(wrong)))
    ledger.post(a_spend_draft(type="reversal", reverses=f"{ANY_ID}.3.1", legs=undone(wrong)))
    blocks = ledger.stored(ANY_ID)

    blocks[4]["entries"][0]["reverses"] = blocks[4]["reverses"][0] = wrong.entry_id
    blocks[4]["hash"] = digest(blocks[4])

    assert found_in(blocks) == [(5, "entry 1 reverses an entry a second time")]


def test_a_key_used_twice_is_found() -> None:
    def reuse(blocks: Blocks) -> None:
        blocks[2]["keys"] = [blocks[1]["keys"][0]]
        blocks[2]["entries"][0]["idempotency_key"] = blocks[1]["keys"][0]

    assert (3, "a key was used before in this book") in after(reuse, sealed_again=2)


def test_keys_that_are_not_those_of_the_entries_are_found() -> None:
    assert (2, "the block's keys are not those of its entries") in after(
        lambda blocks: blocks[1].pop("keys"), sealed_again=1
    )


def test_a_gap_in_the_sequence_of_events_is_found() -> None:
    found = after(lambda blocks: blocks[2].update(sequence=9), sealed_again=2)

    assert (3, "the sequence of its events does not follow on") in found


def test_a_block_after_the_closing_is_found() -> None:
    ledger = Ledger()
    ledger.post(a_payment_draft("1.00"))
    ledger.post(a_spend_draft("1.00"))
    blocks = ledger.stored(ANY_ID)
    blocks[0]["entries"][0]["type"] = "closing"
    blocks[0]["closed"] = True
    blocks[0]["hash"] = blocks[1]["previous_hash"] = digest(blocks[0])
    blocks[1]["hash"] = digest(blocks[1])

    assert found_in(blocks) == [(2, "the block stands after the book was closed")]


@pytest.mark.parametrize("junk", [{}, {"number": 3}, {"number": "3"}, {"number": True}, {"number": 3, "entries": 7}])
def test_what_does_not_read_as_a_block_is_a_finding_and_no_crash(junk: dict[str, Any]) -> None:
    blocks = [*SIX[:2], {"book": ANY_ID} | junk, *SIX[3:]]

    assert 3 in [number for number, _ in found_in(blocks)]


def test_an_absurd_number_is_one_finding_not_a_thousand_million() -> None:
    assert len(after(lambda blocks: blocks[5].update(number=10**12))) < 10


def test_a_tail_cut_off_shows_against_a_head_told_earlier() -> None:
    told = Anchor(book=ANY_ID, number=6, hash=SIX[5]["hash"])

    assert found_in(SIX[:5]) == []
    assert found_in(SIX[:5], anchors=[told]) == [(6, "the block is missing, though it was told of earlier")]


def test_a_book_written_anew_shows_against_a_head_told_earlier() -> None:
    told = Anchor(book=ANY_ID, number=2, hash=SIX[1]["hash"])
    anew = Ledger()
    anew.post(a_payment_draft("400.00"))
    anew.post(a_spend_draft("12.51"))
    blocks = anew.stored(ANY_ID)

    assert found_in(blocks) == []
    assert found_in(blocks, anchors=[told]) == [(2, "the block is not the one that was told of earlier")]


def test_a_head_that_still_stands_is_no_finding() -> None:
    assert found_in(SIX, anchors=[Anchor(book=ANY_ID, number=3, hash=SIX[2]["hash"])]) == []


def test_several_books_are_proved_side_by_side() -> None:
    other = copy.deepcopy(SIX)
    for block in other:
        block["book"] = "fund-0008"

    found = verify([*SIX, *other])

    assert {finding.book for finding in found} == {"fund-0008"}


@given(data=st.data())
def test_no_single_change_to_what_is_hashed_goes_unnoticed(data: st.DataObject) -> None:
    blocks = copy.deepcopy(SIX)
    number, place = data.draw(st.sampled_from(list(_places(SIX))))
    parent, name = _parent(blocks[number], place)
    new = data.draw(st.one_of(st.none(), st.integers(-(10**9), 10**9), st.text(max_size=5)))
    if new == parent[name] and type(new) is type(parent[name]):
        return
    parent[name] = new

    assert verify(blocks), f"unnoticed: {place} of block {number + 1}"


Place = tuple[str | int, ...]


def _places(blocks: Blocks) -> list[tuple[int, Place]]:
    """Every value inside the hashed part of every block, and the hash itself."""
    return [
        (number, place)
        for number, block in enumerate(blocks)
        for place in _leaves(block)
        if place[0] not in OUTSIDE_THE_HASH - {"hash", "_id"}
    ]


def _leaves(value: Any, place: Place = ()) -> list[Place]:
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in _leaves(each, (*place, name))]
    if isinstance(value, list):
        return [leaf for index, each in enumerate(value) for leaf in _leaves(each, (*place, index))]
    return [place]


def _parent(block: dict[str, Any], place: Place) -> tuple[Any, str | int]:
    parent: Any = block
    for name in place[:-1]:
        parent = parent[name]
    return parent, place[-1]


def _flip(block: dict[str, Any], place: Place) -> None:
    parent, name = _parent(block, place)
    value = parent[name]
    if isinstance(value, str):
        parent[name] = chr(ord(value[0]) ^ 1) + value[1:]
    elif isinstance(value, int):
        parent[name] = value ^ 1
    else:
        parent[name] = value.replace(year=value.year + 1)
