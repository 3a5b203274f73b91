"""Entries and blocks: double entry to the penny, limits on every account, a hash that nothing stored escapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.errors import FundClosed, WouldBreakLimit, WouldOverdrawFund
from services.ledger.model.blocks import (
    MOST_ENTRIES,
    NO_BLOCK_BEFORE,
    OUTSIDE_THE_HASH,
    Block,
    Head,
    block_id,
    canonical,
    digest,
    entry_id,
    next_block,
    place_of,
)
from services.ledger.model.chart import CHART, NotAnAccount, family_of, in_hand, is_within_limit
from services.ledger.model.entries import Draft, Leg, Unbalanced
from services.ledger.model.entry_forms import entry_as_json, entry_from_json
from shared.money import Pence
from tests.support.ledger_builders import ANY_ID, COUNCIL, MONDAY, TODAY, a_key, a_payment_draft, a_spend_draft, pounds


def a_block(*drafts: Draft, head: Head | None = None, recorded_at: datetime = MONDAY) -> Block:
    head = head or Head(book=ANY_ID)
    return next_block(head, drafts, council_id=COUNCIL, actor_id="officer-0001", recorded_at=recorded_at)


def a_head_with(amount: str) -> Head:
    return Head(book=ANY_ID, balances={"held": pounds(amount), "council": -pounds(amount)})


def a_draft_of(*legs: tuple[str, int]) -> Draft:
    return Draft(
        type="spend",
        legs=tuple(Leg(account=account, amount=Pence(pence)) for account, pence in legs),
        effective_on=TODAY,
        policy_version="pack/1",
    )


def test_the_first_block_follows_nothing() -> None:
    block = a_block(a_payment_draft("400.00"))

    assert (block.number, block.previous_hash, block.sequence) == (1, NO_BLOCK_BEFORE, 1)
    assert block.block_id == "fund-0007/0000000001"


def test_each_posting_holds_the_balance_after_it() -> None:
    block = a_block(a_payment_draft("400.00"), a_spend_draft("12.50"), a_spend_draft("7.50"))

    held = [posting.balance_after for entry in block.entries for posting in entry.postings if posting.account == "held"]
    assert held == [pounds("400.00"), pounds("387.50"), pounds("380.00")]
    assert list(block.in_hand_after) == held
    assert block.balances["payee:payee-pool"] == pounds("20.00")


def test_all_accounts_together_sum_to_nought() -> None:
    block = a_block(a_payment_draft("400.00"), a_spend_draft("12.50"))

    assert sum(balance.amount for balance in block.balances.values()) == 0


@pytest.mark.parametrize(
    "legs",
    [
        [("payee:p", 1001), ("held", -1000)],
        [("held", 0), ("council", 0)],
        [("held", 100)],
        [],
    ],
    ids=["a penny out", "moving nothing", "one leg only", "no legs"],
)
def test_an_entry_that_is_not_double_entry_is_refused(legs: list[tuple[str, int]]) -> None:
    with pytest.raises(Unbalanced):
        a_block(a_draft_of(*legs), head=a_head_with("400.00"))


def test_a_spend_above_what_is_free_is_refused_with_both_amounts() -> None:
    with pytest.raises(WouldOverdrawFund, match=r"£12\.49 free to spend; this needs £12\.50"):
        a_block(a_spend_draft("12.50"), head=a_head_with("12.49"))


def test_a_fund_may_be_spent_to_the_last_penny() -> None:
    block = a_block(a_spend_draft("12.50"), head=a_head_with("12.50"))

    assert block.balances["held"] == Pence(0)


def test_one_entry_that_cannot_stand_keeps_the_whole_block_off_the_book() -> None:
    with pytest.raises(WouldOverdrawFund):
        a_block(a_payment_draft("10.00"), a_spend_draft("5.00"), a_spend_draft("5.01"))


@pytest.mark.parametrize("account", ["reserved", "fees", "returned", "contribution", "payee:p", "allocated:equipment"])
def test_an_account_on_the_debit_side_cannot_stand_below_nought(account: str) -> None:
    with pytest.raises(WouldBreakLimit):
        a_block(a_draft_of((account, -1), ("held", 1)), head=a_head_with("1.00"))


@pytest.mark.parametrize("account", ["council", "contribution-contra"])
def test_an_account_on_the_credit_side_cannot_stand_above_nought(account: str) -> None:
    head = Head(book=ANY_ID, balances={"held": Pence(500)})

    with pytest.raises(WouldBreakLimit):
        a_block(a_draft_of((account, 1), ("held", -1)), head=head)


@pytest.mark.parametrize("account", ["heldd", "payee", "payee:", "held:x", ""])
def test_an_account_that_the_chart_does_not_have_is_refused(account: str) -> None:
    with pytest.raises(NotAnAccount):
        family_of(account)


def test_only_the_fund_s_own_money_is_in_hand() -> None:
    balances = {"held": 1, "reserved": 10, "allocated:x": 100, "fees": 1000, "payee:p": 10000, "contribution": 100000}

    assert in_hand({account: Pence(pence) for account, pence in balances.items()}) == Pence(111)


def test_every_family_may_stand_at_nought_and_only_on_its_own_side() -> None:
    for family in CHART.values():
        account = f"{family.name}:x" if family.named else family.name
        sign = 1 if family.side == "debit" else -1
        assert is_within_limit(account, Pence(0))
        assert is_within_limit(account, Pence(sign))
        assert is_within_limit(account, Pence(-sign)) == (family.side == "either")


def test_a_closed_book_takes_nothing_more() -> None:
    with pytest.raises(FundClosed):
        a_block(a_payment_draft(), head=Head(book=ANY_ID, closed=True))


def test_one_key_twice_in_a_block_is_refused_as_the_store_does_not_look_inside() -> None:
    with pytest.raises(ValueError, match="same key"):
        a_block(a_payment_draft(key=a_key("a")), a_payment_draft(key=a_key("a")))


@pytest.mark.parametrize("count", [0, MOST_ENTRIES + 1])
def test_a_block_holds_from_one_entry_to_its_limit(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 500"):
        a_block(*[a_payment_draft("0.01")] * count)


def test_the_hash_is_the_same_however_fields_are_ordered_and_instants_written() -> None:
    stored = a_block(a_payment_draft()).as_json()
    in_another_zone = timezone(timedelta(hours=1))
    again = dict(reversed(stored.items()))
    again["entries"] = [
        entry | {"recorded_at": entry["recorded_at"].astimezone(in_another_zone)} for entry in stored["entries"]
    ]

    assert digest(again) == digest(stored)


def test_what_the_relay_changes_is_outside_the_hash_and_nothing_else() -> None:
    stored = a_block(a_payment_draft(key=a_key("a"))).as_json()

    for name in OUTSIDE_THE_HASH:
        assert digest(stored | {name: "changed"}) == digest(stored)
    for name in stored:
        assert digest(stored | {name: "changed"}) != digest(stored)
    assert digest(stored | {"added": 1}) != digest(stored)


def test_instants_are_hashed_as_they_are_stored_to_the_millisecond() -> None:
    instant = datetime(2026, 3, 2, 9, 0, 0, 123_999, tzinfo=UTC)

    block = a_block(a_payment_draft(), recorded_at=instant)

    assert block.entries[0].recorded_at == instant.replace(microsecond=123_000)


def test_an_entry_reads_back_as_it_was_written() -> None:
    entry = a_block(a_payment_draft(key=a_key("a"), evidence="receipt", reference="R-1", reverses=None)).entries[0]

    assert entry_from_json(entry_as_json(entry)) == entry


@given(book=st.from_regex(r"[a-z0-9.-]{1,20}", fullmatch=True), number=st.integers(1, 10**9), place=st.integers(1, 500))
def test_an_entry_id_names_its_place(book: str, number: int, place: int) -> None:
    assert place_of(entry_id(book, number, place)) == (book, number, place)


@pytest.mark.parametrize(
    "text", ["", "fund", "fund.1", "fund.1.x", "fund.01.1", "fund.0.1", ".1.1", "fund.-1.1", "fund.²1.1"]
)
def test_what_is_no_entry_id_names_no_place(text: str) -> None:
    assert place_of(text) is None


def test_block_ids_sort_by_number() -> None:
    assert sorted([block_id("f", 10), block_id("f", 9), block_id("f", 100)]) == [
        block_id("f", 9),
        block_id("f", 10),
        block_id("f", 100),
    ]


# ------------------------------------------------------------------ the canonical form

_TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["\x7f", "\u2028", 'a"b\\/', "\x00\x1f", "\ud800", "é", "😀"]))
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), _TEXTS, st.datetimes(timezones=st.just(UTC)))
_VALUES = st.recursive(
    _PLAIN,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_TEXTS, inner, max_size=3)),
    max_leaves=6,
)


def _written_plainly(value: Any) -> str:
    assert isinstance(value, datetime)
    return value.isoformat(timespec="milliseconds")


@given(fields=st.dictionaries(_TEXTS.filter(lambda name: name not in OUTSIDE_THE_HASH), _VALUES, max_size=4))
def test_the_canonical_form_is_plain_sorted_json_whatever_the_block_holds(fields: dict[str, Any]) -> None:
    plainly = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=_written_plainly)

    assert canonical(fields | {"_id": "x", "outbox": ["y"]}) == plainly.encode("ascii")


def test_a_stored_block_hashes_to_what_it_always_hashed_to() -> None:
    block = a_block(a_payment_draft("400.00", key=a_key("in"), reference="Übertrag\x7f"))

    plainly = json.dumps(block.as_json(), sort_keys=True, separators=(",", ":"), default=_written_plainly)

    assert canonical(block.as_json()) == plainly.encode("ascii")
    assert "\\u00dcbertrag\\u007f" in plainly


@pytest.mark.parametrize("value", [object(), {1}, Pence(1), b"x"])
def test_what_no_block_may_hold_has_no_canonical_form(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"book": value})
