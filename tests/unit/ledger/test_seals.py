"""Seals: one root over all heads, and a path from each book to it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.errors import NotSealed
from services.ledger.handlers.sealing import latest_seal, prove_inclusion
from services.ledger.model.seals import Leaf, inclusion_path, leaf_hash, merkle_root, root_of
from services.ledger.store import BLOCKS, SEAL_PAGES, SEALS
from services.ledger.store.proving import prove_all
from shared.errors import NotFound
from tests.support.ledger_builders import MONDAY, Ledger, a_caller

counts = st.integers(1, 40)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def leaves(count: int) -> list[Leaf]:
    return [Leaf(book=f"fund-{number}", number=number, hash=f"{number:064x}") for number in range(count)]


@given(count=counts)
def test_every_leaf_has_a_path_to_the_root_and_no_other_leaf_has(count: int) -> None:
    every = leaves(count)
    hashes = [leaf_hash(leaf) for leaf in every]

    for place, leaf in enumerate(every):
        path = inclusion_path(hashes, place)
        assert root_of(leaf, path) == merkle_root(hashes)
        assert root_of(replace(leaf, number=leaf.number + 1), path) != merkle_root(hashes)


@given(count=counts, data=st.data())
def test_the_root_is_another_if_any_leaf_is_changed_left_out_or_swapped(count: int, data: st.DataObject) -> None:
    hashes = [leaf_hash(leaf) for leaf in leaves(count)]
    place = data.draw(st.integers(0, count - 1))

    others = [[*hashes[:place], "0" * 64, *hashes[place + 1 :]], hashes[:place] + hashes[place + 1 :]]
    if place:
        others.append([*hashes[: place - 1], hashes[place], hashes[place - 1], *hashes[place + 1 :]])

    assert merkle_root(hashes) not in [merkle_root(other) for other in others]


def test_two_leaves_by_hand() -> None:
    one, two = (hashlib.sha256(b"\x00" + f"fund-{n}/{n}/{n:064x}".encode()).digest() for n in range(2))

    assert merkle_root([leaf_hash(leaf) for leaf in leaves(2)]) == hashlib.sha256(b"\x01" + one + two).hexdigest()


def test_all_books_with_entries_are_under_a_seal(ledger: Ledger) -> None:
    funds = [ledger.open_and_funded() for _ in range(5)]
    empty = ledger.open().id

    seal = ledger.seal()

    assert (seal.number, seal.books, seal.previous_root) == (1, 5, "0" * 64)
    for fund_id in funds:
        found = prove_inclusion(fund_id, sealed=None, caller=a_caller(), funds=ledger.funds, desk=ledger.sealing)
        assert found.leaf.hash == ledger.head(fund_id).hash
        assert root_of(found.leaf, found.path) == seal.root
    with pytest.raises(NotSealed):
        prove_inclusion(empty, sealed=None, caller=a_caller(), funds=ledger.funds, desk=ledger.sealing)


def test_a_book_is_shown_under_an_earlier_seal_too(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    first = ledger.seal()
    ledger.spend(fund_id)
    second = ledger.seal()

    found = prove_inclusion(fund_id, sealed=first.seal_id, caller=a_caller(), funds=ledger.funds, desk=ledger.sealing)

    assert (found.leaf.number, root_of(found.leaf, found.path)) == (1, first.root)
    assert (second.number, second.previous_root, second.root != first.root) == (2, first.root, True)


def test_nobody_is_told_of_a_fund_that_is_not_theirs(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.seal()
    stranger = a_caller(organisation_id="provider-0099", roles=("isf_provider",))

    with pytest.raises(NotFound):
        prove_inclusion(fund_id, sealed=None, caller=stranger, funds=ledger.funds, desk=ledger.sealing)


def test_before_the_first_seal_there_is_none(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()

    assert latest_seal(ledger.sealing) is None
    with pytest.raises(NotSealed):
        prove_inclusion(fund_id, sealed=None, caller=a_caller(), funds=ledger.funds, desk=ledger.sealing)


def test_a_repeat_of_the_command_gets_its_seal(ledger: Ledger) -> None:
    ledger.open_and_funded()

    first = ledger.seal(key="k1")

    assert ledger.seal(key="k1").root == first.root
    assert ledger.seal(key="k2").number == 2


def test_the_next_seal_is_made_by_itself_a_day_later_and_once(ledger: Ledger) -> None:
    ledger.open_and_funded()
    ledger.seal()

    ledger.clock.at = MONDAY + timedelta(hours=23)
    early = ledger.sweep_seals()
    ledger.clock.at = MONDAY + timedelta(hours=25)
    due = ledger.sweep_seals()
    again = ledger.sweep_seals()

    newest = latest_seal(ledger.sealing)
    assert (early, due, again) == (0, 1, 0)
    assert newest
    assert newest.number == 2
    assert newest.made_by.startswith("schedule:")


def test_two_replicas_make_one_seal(ledger: Ledger) -> None:
    ledger.open_and_funded()
    first = ledger.seal()
    ledger.memory_of(SEALS).before_next_write(ledger.seal)

    second = ledger.seal()

    assert latest_seal(ledger.sealing) == ledger.seals.get(second.seal_id).state
    assert (second.number, second.previous_root) == (2, first.root)


def test_all_is_proved_against_every_seal(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    ledger.seal()
    ledger.spend(fund_id)
    ledger.seal()

    assert prove_all(ledger.store).findings == ()


def test_a_tail_that_was_cut_off_is_found_by_its_seal(ledger: Ledger) -> None:
    fund_id = ledger.open_and_funded()
    ledger.spend(fund_id)
    ledger.seal()

    del ledger.memory_of(BLOCKS).by_id[f"{fund_id}/0000000002"]

    [finding] = prove_all(ledger.store).findings
    assert (finding.book, finding.number) == (fund_id, 2)


def test_a_seal_that_was_touched_is_found(ledger: Ledger) -> None:
    ledger.open_and_funded()
    ledger.open_and_funded()
    first, second = ledger.seal(), ledger.seal()
    page = next(iter(ledger.memory_of(SEAL_PAGES).by_id.values()))
    page["leaves"].pop()
    ledger.memory_of(SEALS).by_id[second.seal_id]["state"]["previous_root"] = "0" * 64

    found = [(finding.book, finding.number) for finding in prove_all(ledger.store).findings]

    assert found == [(first.seal_id, 1), (second.seal_id, 2)]
