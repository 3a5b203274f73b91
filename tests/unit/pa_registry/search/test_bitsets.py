"""Bitsets against Python's own sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.pa_registry.search.bitsets import Bitsets, slots_in

MEMBERS = st.lists(st.frozensets(st.integers(0, 3_000), max_size=40), min_size=1, max_size=70)


def held(members: list[frozenset[int]]) -> Bitsets:
    bits = Bitsets()
    for _ in members:
        bits.add_row()
    bits.reserve(3_001)
    pairs = [(row, slot) for row, slots in enumerate(members) for slot in slots]
    bits.set([row for row, _ in pairs], [slot for _, slot in pairs])
    return bits


@given(members=MEMBERS, data=st.data())
def test_any_of_is_the_union_and_counts_are_sizes_of_intersections(
    members: list[frozenset[int]], data: st.DataObject
) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(members) - 1), max_size=5))
    bits = held(members)

    mask = bits.any_of(chosen)

    union = frozenset().union(*(members[row] for row in chosen))
    assert slots_in(mask).tolist() == sorted(union)
    assert bits.counts(mask) == [len(member & union) for member in members]
    assert bits.counts(mask, [len(members) - 1, 0]) == [len(members[-1] & union), len(members[0] & union)]


@given(members=MEMBERS, data=st.data())
def test_a_cleared_document_has_no_value_and_others_keep_theirs(
    members: list[frozenset[int]], data: st.DataObject
) -> None:
    slot = data.draw(st.sampled_from(sorted(frozenset().union(*members)) or [0]))
    bits = held(members)

    bits.clear(slot)

    for row, member in enumerate(members):
        assert slots_in(bits.any_of([row])).tolist() == sorted(member - {slot})


@given(members=MEMBERS, slots=st.lists(st.integers(0, 3_000), max_size=20))
def test_holds_says_for_each_value_and_document_whether_it_has_it(
    members: list[frozenset[int]], slots: list[int]
) -> None:
    table = held(members).holds(range(len(members)), np.array(slots, dtype=np.intp))

    assert table.tolist() == [[slot in member for slot in slots] for member in members]


@given(st.lists(st.booleans(), max_size=200))
def test_a_mask_of_flags_has_the_flagged_documents(flags: list[bool]) -> None:
    bits = held([frozenset()])

    mask = bits.mask_of(np.array(flags, dtype=np.bool_))

    assert slots_in(mask).tolist() == [slot for slot, up in enumerate(flags) if up]


def test_growing_keeps_what_is_held() -> None:
    bits = Bitsets()
    row = bits.add_row()
    bits.set([row, row], [0, 63])

    bits.reserve(5_000)
    for _ in range(300):
        bits.add_row()
    bits.set([300], [4_999])

    assert slots_in(bits.any_of([row])).tolist() == [0, 63]
    assert slots_in(bits.any_of([300])).tolist() == [4_999]
